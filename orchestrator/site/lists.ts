/** What failed last, and what comes next. */
import { backfillCommand, duration, plural } from '../text/format.ts';
import { minuteName } from './columns.ts';
import { type Content, html, type Markup } from './html.ts';
import { anchor } from './map.ts';
import type { Overview } from './overview.ts';
import type { Ended, Run } from './records.ts';

const MOST_FAILURES = 25;
const MOST_UNRUN = 25;
const MOST_NEXT = 15;

export function lists(overview: Overview): Content {
  const { rows, failures, unrun, next, now, environment } = overview;
  const anchors = new Map(rows.map(({ job }, index) => [job, anchor(index)]));
  const link = (job: string): Markup => {
    const place = anchors.get(job);
    return place === undefined ? html`${job}` : html`<a href="#${place}">${job}</a>`;
  };
  return html`<section aria-labelledby="failures"><h2 id="failures">Last failures</h2>
${failures.length === 0 ? html`<p>None since ${minuteName(overview.history.from)}.</p>` : failureTable(failures, link)}
${failures.length > MOST_FAILURES ? html`<p>The newest ${MOST_FAILURES} of ${plural(failures.length, 'failure')}.</p>` : ''}
<p>Everything about one of them: <code>tidemill report --environment ${environment} --run-id …</code></p>
</section>
<section aria-labelledby="unrun"><h2 id="unrun">Slots without a run of their own</h2>
${unrun.length === 0 ? html`<p>None since ${minuteName(overview.history.from)}.</p>` : unrunTable(unrun, link)}
${unrun.length > MOST_UNRUN ? html`<p>The newest ${MOST_UNRUN} of ${unrun.length} lines.</p>` : ''}
${overview.unread.map(({ job, ...span }) => html`<p>Not read: <code>${backfillCommand(job, span, environment)}</code></p>`)}
</section>
<section aria-labelledby="next"><h2 id="next">Next slots</h2>
${next.length === 0 ? html`<p>No job waits for a slot.</p>` : nextTable(next.slice(0, MOST_NEXT), now, link)}
</section>`;
}

const failureTable = (
  failures: readonly Run[],
  link: (job: string) => Markup,
): Markup => html`<div class="scroll" tabindex="0" role="region" aria-label="Last failures"><table class="list">
<thead><tr><th scope="col">started</th><th scope="col">job</th><th scope="col">slot</th><th scope="col">what</th><th scope="col">who must act</th><th scope="col">run</th></tr></thead>
<tbody>${failures.slice(0, MOST_FAILURES).map((run) => {
  const [what, who] = causeOf(run);
  return html`<tr><td>${minuteName(new Date(run.startedAt))}</td><th scope="row">${link(run.job)}</th><td>${slotName(run.slot)}</td><td><span class="late">✗</span> <code>${what}</code></td><td>${who}</td><td><code>${run.run}</code></td></tr>
`;
})}</tbody></table></div>`;

function causeOf({ ending, failure, slot }: Run): readonly [string, string] {
  if (failure !== undefined) return [failure.code, failure.who];
  if (ending === 'gate') return ['gate-not-met', 'you: the data is loaded, but a gate of `expect` is not met'];
  const next = slot.startsWith('manual-') ? 'a run by hand is not tried again' : 'its slot is owed again';
  return ['lost', `nobody yet: its leg ended without a report, and ${next}`];
}

const slotName = (slot: string): string => {
  const instant = new Date(slot);
  return Number.isNaN(instant.getTime()) ? 'by hand' : minuteName(instant);
};

const unrunTable = (
  unrun: readonly Ended[],
  link: (job: string) => Markup,
): Markup => html`<div class="scroll" tabindex="0" role="region" aria-label="Slots without a run of their own"><table class="list">
<thead><tr><th scope="col">settled</th><th scope="col">job</th><th scope="col">slot</th><th scope="col">what</th><th scope="col">what is read of it</th></tr></thead>
<tbody>${unrun.slice(0, MOST_UNRUN).map((ended) => {
  const [what, then] = fateOf(ended);
  return html`<tr><td>${minuteName(new Date(ended.at))}</td><th scope="row">${link(ended.job)}</th><td>${slotsName(ended)}</td><td>${what}</td><td>${then}</td></tr>
`;
})}</tbody></table></div>`;

const slotsName = ({ from, slot, slots }: Ended): string =>
  slots === 1 ? slotName(slot) : `${plural(slots, 'slot')}, ${slotName(from ?? slot)} to ${slotName(slot)}`;

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

const nextTable = (
  next: Overview['next'],
  now: Date,
  link: (job: string) => Markup,
): Markup => html`<div class="scroll" tabindex="0" role="region" aria-label="Next slots"><table class="list">
<thead><tr><th scope="col">slot</th><th scope="col">after</th><th scope="col">job</th></tr></thead>
<tbody>${next.map(
  ({
    job,
    slot,
  }) => html`<tr><td>${minuteName(new Date(slot))}</td><td>${duration((Date.parse(slot) - now.getTime()) / 1000)}</td><th scope="row">${link(job)}</th></tr>
`,
)}</tbody></table></div>`;
