/** The charts with their captions, and the same as a table. */
import { count, duration, plural } from '../text/format.ts';
import { durationsChart, freshnessChart, outcomesChart, recordsChart } from './charts.ts';
import { html, type Markup } from './html.ts';
import type { Overview, Total } from './overview.ts';

export function charts(overview: Overview): Markup {
  const { totals, rows } = overview;
  const words = Map.groupBy(rows, ({ freshness }) => freshness?.word);
  const jobs = (word: 'fresh' | 'due' | 'late'): number => words.get(word)?.length ?? 0;
  const red = totals.reduce((sum, total) => sum + total.red, 0);
  const runs = totals.reduce((sum, total) => sum + total.runs, 0);
  const records = totals.reduce((sum, total) => sum + total.records, 0);
  const slowest = Math.max(0, ...totals.map(({ slow = 0 }) => slow));
  return html`<section aria-labelledby="over-time"><h2 id="over-time">Over time <small>(UTC)</small></h2>
<div class="charts">
${figure('Runs', html`${key('done', 'done')} ${key('red', '✗ not green')}`, outcomesChart(overview, `${plural(runs, 'run')}, ${count(red)} not green. The table below has the numbers.`))}
${figure('Freshness', html`jobs by how many slots of their own schedule they are behind: ${key('done', 'up to date')} ${key('due', 'due')} ${key('red', '✗ late')}`, freshnessChart(overview, `${count(jobs('fresh'))} jobs up to date, ${count(jobs('due'))} due, ${count(jobs('late'))} late. The list of jobs says which.`))}
${figure('Records', html`read from the sources`, recordsChart(overview, `${plural(records, 'record')} in all. The table below has the numbers.`))}
${figure('Duration of a run', html`● the median, ■ dashed: one in ten takes longer`, durationsChart(overview, `One run in ten took longer than ${duration(slowest)} at worst. The table below has the numbers.`))}
</div>
${table(totals)}
</section>`;
}

/** The sign and its word stay together. */
const key = (mark: string, says: string): Markup =>
  html`<span class="pair"><span class="key ${mark}"></span> ${says}</span>`;

const figure = (title: string, says: Markup, chart: Markup): Markup =>
  html`<figure><figcaption><h3>${title}</h3><p>${says}</p></figcaption>${chart}</figure>`;

const seconds = (value: number | undefined): string => (value === undefined ? '' : duration(value));

const table = (totals: readonly Total[]): Markup => html`<details><summary>The charts as a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="The charts as a table"><table>
<thead><tr><th scope="col">from</th><th scope="col">runs</th><th scope="col">done</th><th scope="col">not green</th><th scope="col">records</th><th scope="col">median</th><th scope="col">one in ten over</th></tr></thead>
<tbody>${totals.map(
  ({
    name,
    runs,
    done,
    red,
    records,
    median,
    slow,
  }) => html`<tr><th scope="row">${name}</th><td>${count(runs)}</td><td>${count(done)}</td><td>${count(red)}</td><td>${count(records)}</td><td>${seconds(median)}</td><td>${seconds(slow)}</td></tr>
`,
)}</tbody></table></div></details>`;
