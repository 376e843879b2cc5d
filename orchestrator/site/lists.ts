/** What failed last, which slots have no run, and what comes next. */
import { backfillCommand, count, duration, plural } from '../text/format.ts';
import { dayName } from './columns.ts';
import { anchor } from './groups.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Overview } from './overview.ts';
import { causeOf, causeText, linksOf } from './reasons.ts';
import type { Ended, Run } from './records.ts';
import { listTable } from './table.ts';
import { when, withTimes } from './times.ts';

/** Of them the first are shown, and the others can be opened. */
const MOST_FAILURES = 50;
const SHOWN_FAILURES = 8;
const MOST_UNRUN = 25;
const MOST_NEXT = 15;

/** A job's name, which leads to where it stands in the list. */
type Link = (job: string) => Markup;

export function lists(overview: Overview): Content {
  const anchors = new Map(overview.rows.map(({ job }, index) => [job, anchor(index)]));
  const link: Link = (job) => {
    const place = anchors.get(job);
    return place === undefined ? html`${job}` : html`<a href="#${place}">${job}</a>`;
  };
  return [failureSection(overview, link), unrunSection(overview, link), nextSection(overview, link)];
}

const none = ({ history }: Overview): Markup => html`<p>None since ${dayName(history.from)}.</p>`;

function failureSection(overview: Overview, link: Link): Markup {
  const { failures, environment } = overview;
  const table = (label: string, shown: readonly Run[]): Markup => failureTable(label, shown, overview, link);
  const older = failures.slice(SHOWN_FAILURES, MOST_FAILURES);
  const left = failures.length - MOST_FAILURES;
  return html`<section aria-labelledby="failures"><h2 id="failures">Last failures</h2>
${failures.length === 0 ? none(overview) : table('Last failures', failures.slice(0, SHOWN_FAILURES))}
${older.length === 0 ? '' : html`<details><summary>${plural(older.length, 'older failure')}</summary>${table('Older failures', older)}</details>`}
${left <= 0 ? '' : html`<p>${plural(left, 'failure')} before that: each run of them is in the bucket.</p>`}
<p>Everything about one of them: <code>npx tidemill report --environment ${environment} --run-id …</code></p>
</section>
`;
}

const failureTable = (label: string, failures: readonly Run[], { issueOf }: Overview, link: Link): Markup =>
  listTable(
    label,
    ['started', 'job', 'slot', 'what', 'who must act', 'run'],
    failures.map((run) => [
      when(new Date(run.startedAt)),
      link(run.job),
      slotName(run.slot),
      causeText(run),
      causeOf(run).who,
      html`<code>${run.run}</code>${linksOf(run, issueOf?.(run.job))}`,
    ]),
  );

const slotName = (slot: string): Content => {
  const instant = new Date(slot);
  return Number.isNaN(instant.getTime()) ? 'by hand' : when(instant);
};

function unrunSection(overview: Overview, link: Link): Markup {
  const { unrun, unread, environment } = overview;
  return html`<section aria-labelledby="unrun"><h2 id="unrun">Slots without a run of their own</h2>
${unrun.length === 0 ? none(overview) : unrunTable(unrun.slice(0, MOST_UNRUN), link)}
${unrun.length > MOST_UNRUN ? html`<p>The newest ${MOST_UNRUN} of ${count(unrun.length)} lines.</p>` : ''}
${unread.map(({ job, ...span }) => html`<p>Not read: <code>${backfillCommand(job, span, environment)}</code></p>`)}
</section>
`;
}

const unrunTable = (unrun: readonly Ended[], link: Link): Markup =>
  listTable(
    'Slots without a run of their own',
    ['settled', 'job', 'slot', 'what', 'what is read of it'],
    unrun.map((ended) => {
      const [what, then] = fateOf(ended);
      const why = ended.reason === undefined ? '' : html`: ${withTimes(ended.reason)}`;
      return [when(new Date(ended.at)), link(ended.job), slotsName(ended), html`${what}${why}`, then];
    }),
  );

const slotsName = ({ from, slot, slots }: Ended): Content =>
  slots === 1 ? slotName(slot) : [plural(slots, 'slot'), ', ', slotName(from ?? slot), ' to ', slotName(slot)];

/** What became of it, and of what it should have read. */
function fateOf({ outcome, unreadFrom }: Ended): readonly [string, string] {
  switch (outcome) {
    case 'failed':
      return ['✗ given up', 'all, by the next run that ends well'];
    case 'superseded':
      return ['› superseded', 'all, by the newer slot'];
    case 'skipped':
      return ['– skipped', 'all, by the next run that ends well'];
    case 'missed':
      return ['! missed', unreadFrom === undefined ? 'all, by the next run that ends well' : 'nothing by the schedule'];
    case 'done':
      return ['✓ done', 'all'];
    default:
      return outcome satisfies never;
  }
}

function nextSection({ next, now }: Overview, link: Link): Markup {
  const rows = next
    .slice(0, MOST_NEXT)
    .map(({ job, slot }) => [
      when(new Date(slot)),
      link(job),
      `in ${duration((Date.parse(slot) - now.getTime()) / 1000)}`,
    ]);
  return html`<section aria-labelledby="next"><h2 id="next">Next slots</h2>
${rows.length === 0 ? html`<p>No job waits for a slot.</p>` : listTable('Next slots', ['slot', 'job', 'after'], rows)}
</section>
`;
}
