/** The jobs one by one: how fresh each is, and why. */
import { duration, plural } from '../text/format.ts';
import { anchor, groupsOf, legend, needyText } from './groups.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Overview, Row } from './overview.ts';
import { isWaiting, reasonOf } from './reasons.ts';
import { when, withTimes } from './times.ts';

export function jobList(overview: Overview): Markup {
  const { rows, elsewhere, issueOf } = overview;
  return html`<section aria-labelledby="jobs"><h2 id="jobs" tabindex="-1">Jobs</h2>
${toolbar()}
${legend('Freshness', freshnessMarks)}
<div id="list">
${groupsOf(rows).map(
  ({
    service,
    own,
    isOpen,
  }) => html`<details class="group"${isOpen ? html` open` : ''}><summary><h3>${service}</h3> ${needyText(own)}</summary>
<ul class="jobs">
${own.map(([row, index]) => item(row, anchor(index), issueOf?.(row.job)))}</ul></details>
`,
)}
</div>
<p id="nothing" hidden>No job fits.</p>
${elsewhere.length === 0 ? '' : foldedAway(elsewhere)}
</section>`;
}

const toolbar = (): Markup => html`<form class="toolbar scripted" role="search" aria-label="Jobs">
<p><label for="filter">Filter</label> <input id="filter" type="search" autocomplete="off" placeholder="name or service" aria-keyshortcuts="/"></p>
<p><label for="which">Show</label> <select id="which"><option value="all">all jobs</option><option value="attention">those that need attention</option></select></p>
<p><button type="button" id="open">Open all</button> <button type="button" id="close">Close all</button></p>
<p id="shown" role="status"></p>
</form>`;

const freshnessMarks: readonly (readonly [Content, string])[] = [
  [html`<b class="fresh">●</b>`, 'up to date'],
  [
    html`<b class="due">▲</b>`,
    'due: a slot has come, and its tolerance is not over, or its run waits for crawls of its source',
  ],
  [html`<b class="late">✗</b>`, 'late, or not green'],
  [html`<b class="new">○</b>`, 'new, or only run by hand'],
  [html`<b class="resting">–</b>`, 'paused or switched off'],
];

function item(row: Row, id: string, issue: string | undefined): Markup {
  const { job, freshness, decision, needsAttention } = row;
  const next =
    decision?.next === undefined ? '' : html` <span class="next">next ${when(new Date(decision.next))}</span>`;
  return html`<li id="${id}"${needsAttention ? html` class="needy"` : ''}><strong class="name">${job}</strong> <span class="now ${freshness?.word ?? 'gone'}">${freshnessText(row)}</span> <span class="why">${reasonOf(row, issue)}</span>${next}</li>
`;
}

const foldedAway = (
  elsewhere: Overview['elsewhere'],
): Markup => html`<details class="elsewhere"><summary>${plural(elsewhere.length, 'job')} of other environments</summary>
<ul>${elsewhere.map(({ job, reason }) => html`<li>${job}: ${withTimes(reason)}</li>`)}</ul></details>`;

function freshnessText(row: Row): Content {
  const { freshness, decision } = row;
  if (freshness === undefined) return 'not configured any more';
  const { word, behind = 0, lateSeconds = 0, asOf } = freshness;
  const slots = `${plural(behind, 'slot')}, ${duration(lateSeconds)}`;
  switch (word) {
    case 'fresh':
      return '● up to date';
    case 'due':
      return `▲ ${isWaiting(row) ? 'waiting' : 'due'}: ${slots}`;
    case 'late':
      return `✗ late: ${slots}`;
    case 'new':
      return '○ new';
    case 'by_hand':
      return asOf === undefined ? '○ by hand' : ['○ by hand, ', when(asOf)];
    case 'resting':
      return `– ${(decision?.decision ?? '').replaceAll('_', ' ')}`;
    default:
      return word satisfies never;
  }
}
