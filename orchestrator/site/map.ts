/** The map of jobs and time: a table, so that every cell can be reached and read without seeing it. */
import { duration, plural } from '../text/format.ts';
import { type Cell, cellText, type Mark } from './cells.ts';
import { type Column, minuteName } from './columns.ts';
import type { Freshness } from './freshness.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Overview, Row } from './overview.ts';

/** With more jobs than this, only the groups that need attention are open. */
const MOST_OPEN = 40;

export function jobMap(overview: Overview): Markup {
  const { rows, columns } = overview;
  const groups = [...Map.groupBy(rows, ({ service }) => service || 'no longer known')];
  const anchors = new Map(rows.map(({ job }, index) => [job, anchor(index)]));
  return html`<section aria-labelledby="jobs"><h2 id="jobs" tabindex="-1">Jobs</h2>
${toolbar()}
<div id="map" class="map ${density(columns)}">
${groups.map(([service, own]) => group(service, own, columns, anchors, rows.length <= MOST_OPEN))}
</div>
<p id="nothing" hidden>No job fits.</p>
</section>`;
}

/** Where a job stands in the page: names may be anything. */
export const anchor = (index: number): string => `job-${index + 1}`;

const density = (columns: readonly Column[]): string =>
  columns.length > 31 ? 'many' : columns.length > 16 ? 'some' : 'few';

const toolbar = (): Markup => html`<form class="toolbar" role="search" aria-label="Jobs">
<p class="scripted"><label for="filter">Filter</label> <input id="filter" type="search" autocomplete="off" placeholder="name or service" aria-keyshortcuts="/"></p>
<p class="scripted"><label for="which">Show</label> <select id="which"><option value="all">all jobs</option><option value="attention">those that need attention</option></select></p>
<fieldset><legend>Shade by</legend>${[
  ['outcome', 'outcome'],
  ['records', 'records'],
  ['duration', 'duration'],
].map(
  ([value, name], index) =>
    html`<label><input type="radio" name="shade" id="shade-${value}" value="${value}"${index === 0 ? html` checked` : ''}> ${name}</label>`,
)}</fieldset>
<p class="scripted"><button type="button" id="open">Open all</button> <button type="button" id="close">Close all</button></p>
<p id="shown" class="scripted" role="status"></p>
</form>
<ul class="legend" aria-label="Marks">${marks.map(([mark, says]) => html`<li><span class="${mark}"></span> ${says}</li>`)}<li class="levels"><span></span><span class="r1 s1"></span><span class="r2 s2"></span><span class="r3 s3"></span><span class="r4 s4"></span> more, within each job</li></ul>
<p class="scripted hint">Arrow keys move through the map, / goes to the filter. A cell's numbers are shown when it has the focus or the pointer is over it.</p>`;

const marks: readonly (readonly [Mark, string])[] = [
  ['done', 'done'],
  ['recovered', 'failed first, then done'],
  ['failed', 'failed, lost or over a gate'],
  ['missed', 'missed'],
  ['skipped', 'skipped or stopped'],
];

function group(
  service: string,
  rows: readonly Row[],
  columns: readonly Column[],
  anchors: ReadonlyMap<string, string>,
  isOpen: boolean,
): Markup {
  const needy = rows.filter(({ needsAttention }) => needsAttention).length;
  const says =
    needy === 0
      ? html`<span>${plural(rows.length, 'job')}</span>`
      : html`<span>${plural(rows.length, 'job')}</span> <span class="late">✗ ${needy} to look at</span>`;
  const open = isOpen || needy > 0 ? html` open` : '';
  return html`<details class="group"${open}><summary><h3>${service}</h3> ${says}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${service}"><table>
<thead><tr><th scope="col" class="name">job</th><th scope="col" class="now">freshness</th>${columns.map(heading)}<th scope="col" class="next">next</th></tr></thead>
<tbody>
${rows.map((row) => line(row, columns, anchors.get(row.job) ?? ''))}</tbody></table></div></details>
`;
}

const heading = ({ name, short, heading: begins }: Column): Markup =>
  html`<th scope="col"><small>${begins}</small><abbr title="${name}">${short}</abbr></th>`;

function line(
  { job, freshness, decision, cells, needsAttention }: Row,
  columns: readonly Column[],
  id: string,
): Markup {
  const most = (what: 'records' | 'seconds'): number => Math.max(...cells.map((cell) => cell?.[what] ?? 0));
  const scale = { records: most('records'), seconds: most('seconds') };
  const next = decision?.next === undefined ? '' : minuteName(new Date(decision.next));
  return html`<tr id="${id}"${needsAttention ? html` class="needy"` : ''}><th scope="row" class="name">${job}</th><td class="now ${freshness?.word ?? 'gone'}">${freshnessText(freshness, decision?.decision)}</td>${cells.map((cell, index) => cellMarkup(cell, columns[index]?.name, scale))}<td class="next">${next}</td></tr>
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

function freshnessText(freshness: Freshness | undefined, decision: string | undefined): Content {
  if (freshness === undefined) return 'not configured any more';
  const { word, behind = 0, lateSeconds = 0, asOf } = freshness;
  const slots = `${plural(behind, 'slot')}, ${duration(lateSeconds)}`;
  switch (word) {
    case 'fresh':
      return '● up to date';
    case 'due':
      return `▲ due: ${slots}`;
    case 'late':
      return `✗ late: ${slots}`;
    case 'new':
      return '○ new';
    case 'by_hand':
      return asOf === undefined ? '○ by hand' : `○ by hand, ${minuteName(asOf)}`;
    case 'resting':
      return `– ${(decision ?? '').replaceAll('_', ' ')}`;
    default:
      return word satisfies never;
  }
}
