/** The map of jobs and time: a table, so that every cell can be reached and read without seeing it. */
import { type Cell, cellText, type Mark } from './cells.ts';
import { type Column, isHourly } from './columns.ts';
import { type Group, groupsOf, legend, needyText } from './groups.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Overview, Row } from './overview.ts';
import { attribute } from './times.ts';

export function jobMap({ rows, columns }: Overview): Markup {
  return html`<section aria-labelledby="history"><h2 id="history">History</h2>
<form class="toolbar"><fieldset><legend>Shade by</legend>${['outcome', 'records', 'duration'].map(
    (value, index) =>
      html`<label><input type="radio" name="shade" id="shade-${value}" value="${value}"${index === 0 ? html` checked` : ''}> ${value}</label>`,
  )}</fieldset></form>
${legend('Marks', markLegend, LEVELS)}
<p class="hint">${isHourly(columns) ? '' : 'A column is a day in UTC. '}<span class="scripted">Arrow keys move through the map, / goes to the filter, which counts here, too. A cell's numbers are shown when it has the focus or the pointer is over it.</span></p>
<div id="map" class="map ${density(columns)}">
${groupsOf(rows).map((group) => groupMarkup(group, columns))}
</div>
</section>`;
}

const density = (columns: readonly Column[]): string =>
  columns.length > 31 ? 'many' : columns.length > 16 ? 'some' : 'few';

const says = {
  done: 'done',
  superseded: 'done, and older slots superseded by it',
  recovered: 'failed first, then done',
  failed: 'failed, given up or over a gate',
  lost: 'lost: its run ended without a report',
  missed: 'missed',
  skipped: 'skipped or stopped',
  waiting: 'waiting for crawls of its source',
} as const satisfies Record<Mark, string>;

const markLegend: readonly (readonly [Content, string])[] = [
  ...Object.entries(says).map(([mark, text]) => [html`<span class="${mark}"></span>`, text] as const),
  [html`<span class="empty"></span>`, 'nothing ran'],
];

const LEVELS = html`<li class="levels"><span></span><span class="r1 s1"></span><span class="r2 s2"></span><span class="r3 s3"></span><span class="r4 s4"></span> more, within each job</li>`;

const groupMarkup = (
  { service, own, isOpen }: Group,
  columns: readonly Column[],
): Markup => html`<details class="group"${isOpen ? html` open` : ''}><summary><h3>${service}</h3> ${needyText(own)}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${service}, over time"><table>
<thead><tr><th scope="col" class="name">job</th>${columns.map((column) => heading(column, isHourly(columns)))}</tr></thead>
<tbody>
${own.map(([row]) => line(row, columns))}</tbody></table></div></details>
`;

const heading = ({ name, short, start, heading: begins }: Column, hasHours: boolean): Markup =>
  html`<th scope="col"><small>${begins}</small>${hasHours ? html`<time datetime="${attribute(new Date(start))}">${short}</time>` : html`<abbr title="${name}">${short}</abbr>`}</th>`;

function line({ job, cells, needsAttention }: Row, columns: readonly Column[]): Markup {
  const most = (what: 'records' | 'seconds'): number => Math.max(...cells.map((cell) => cell?.[what] ?? 0));
  const scale = { records: most('records'), seconds: most('seconds') };
  return html`<tr${needsAttention ? html` class="needy"` : ''}><th scope="row" class="name">${job}</th>${cells.map((cell, index) => cellMarkup(cell, columns[index]?.name, scale))}</tr>
`;
}

interface Scale {
  readonly records: number;
  readonly seconds: number;
}

function cellMarkup(cell: Cell | undefined, name: string | undefined, scale: Scale): Markup {
  if (cell === undefined) return html`<td></td>`;
  const { mark, records, seconds } = cell;
  const levels: Content = [level('r', records, scale.records), level('s', seconds, scale.seconds)];
  return html`<td class="${mark}${levels}"><i>${name}: ${cellText(cell)}</i></td>`;
}

/** From 1 to 4, by the share of the job's own most. */
const level = (letter: string, value: number, most: number): string =>
  value === 0 ? '' : ` ${letter}${Math.ceil((value / most) * 4)}`;
