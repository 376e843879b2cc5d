/** A table of a few columns, whose rows become blocks where the window is narrow: the roles keep it a table for who hears it. */
import { type Content, html, type Markup } from './html.ts';

/** Of each row the cell with this index names it. */
const NAMING = 1;

export function listTable(label: string, head: readonly string[], rows: readonly (readonly Content[])[]): Markup {
  return html`<table class="list" role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${head.map((title) => html`<th scope="col" role="columnheader">${title}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (cells) => html`<tr role="row">${cells.map((cell, index) => cellMarkup(cell, index, head[index]))}</tr>
`,
  )}</tbody></table>`;
}

const cellMarkup = (cell: Content, index: number, title: string | undefined): Markup =>
  index === NAMING
    ? html`<th scope="row" role="rowheader" data-head="${title}">${cell}</th>`
    : html`<td role="cell" data-head="${title}">${cell}</td>`;
