/** The top of the page: how it is, in one sentence and a few numbers. */
import { count, plural } from '../text/format.ts';
import { dayName } from './columns.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Overview, Row } from './overview.ts';
import { when } from './times.ts';

export function summary(overview: Overview): Markup {
  const { environment, now, history } = overview;
  return html`<header>
<p class="brand">Tidemill <span>${environment}</span></p>
<h1>${headline(overview.rows)}</h1>
<p>As of ${when(now)}, from the runs since ${dayName(history.from)}. <span id="zone">All times are UTC.</span></p>
${remarks(overview)}
<dl class="tiles">${tiles(overview).map(([name, value, of]) => html`<div><dt>${name}</dt><dd>${value}${of === '' ? '' : html` <small>${of}</small>`}</dd></div>`)}</dl>
</header>`;
}

const MOST_NAMED = 3;

function headline(rows: readonly Row[]): string {
  const needy = rows.filter(({ needsAttention }) => needsAttention).map(({ job }) => job);
  if (rows.length === 0) return 'There are no jobs yet';
  if (needy.length === 0) return 'No job needs attention';
  const more = needy.length > MOST_NAMED ? ` and ${count(needy.length - MOST_NAMED)} more` : '';
  const verb = needy.length === 1 ? 'needs' : 'need';
  return `${count(needy.length)} of ${plural(rows.length, 'job')} ${verb} attention: ${needy.slice(0, MOST_NAMED).join(', ')}${more}`;
}

function tiles({ rows, totals, history }: Overview): [string, Content, string][] {
  const sum = (what: 'runs' | 'red' | 'records'): number => totals.reduce((all, total) => all + total[what], 0);
  const following = rows.filter(({ freshness }) => freshness?.position !== undefined);
  const words = (word: string): number => following.filter(({ freshness }) => freshness?.word === word).length;
  return [
    ['Up to date', count(words('fresh')), `of ${count(following.length)} scheduled`],
    ['Late', count(words('late')), words('due') === 0 ? '' : `and ${count(words('due'))} due`],
    ['Runs', count(sum('runs')), `${count(sum('red'))} not green`],
    ['Records', short(sum('records')), ''],
    ['Last plan', history.lastPlan === undefined ? 'none yet' : when(history.lastPlan), ''],
  ];
}

const short = (value: number): string =>
  value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** What the page does not show, and why. */
function remarks({ history: { daysLeftOut, unreadable } }: Overview): Content {
  const lines = [
    daysLeftOut === 0 ? '' : `${plural(daysLeftOut, 'older day')} left out: there are too many records for one page.`,
    unreadable === 0 ? '' : `${plural(unreadable, 'record')} could not be read.`,
  ];
  return lines.filter((line) => line !== '').map((line) => html`<p class="remark">${line}</p>`);
}
