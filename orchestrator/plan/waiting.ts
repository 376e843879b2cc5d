/** Jobs whose source answers later: which slot a plan goes on with, and when. Pure. */
import type { Interval } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { attemptsAt } from '../state/attempts.ts';
import { crawlSlot, MOST_WAIT_MS, openCrawls, type Parked, waitedFor } from '../state/crawl.ts';
import type { JobState } from '../state/job-state.ts';
import { plural } from '../text/format.ts';
import { openBreaker } from './breaker.ts';
import { isManual, isOwed } from './owed.ts';
import type { PlanInput, PlannedRun } from './types.ts';
import { idle, missingReason, type Verdict } from './verdict.ts';
import { instantText } from './words.ts';
import { MINUTE_MS } from './zone.ts';

/** What the run of a slot that waits is to read, as it was when it began; undefined for any other. */
export function intervalOfWaiting({ parked, crawls = [] }: JobState, slot: string): Interval | undefined {
  const known = parked?.slot === slot ? parked : crawls.find((crawl) => crawl.slot === slot);
  if (known === undefined) return undefined;
  const { start, end } = known.interval;
  return { start: new Date(start), end: new Date(end) };
}

/** Why no run may begin for the slot: another one waits, and is gone on with first. */
export function waitingRefusal({ parked }: JobState, slot: string): string | undefined {
  if (parked === undefined || parked.slot === slot) return undefined;
  return `the slot ${parked.slot} comes first: its crawls have no answer yet`;
}

/** The slot to go on with; undefined where nothing waits. */
function slotOfWaiting(state: JobState): string | undefined {
  if (state.parked !== undefined) return state.parked.slot;
  const [first] = openCrawls(state);
  if (first === undefined) return undefined;
  const { slot } = first;
  // A slot that was given up is not run again; what it has asked for is fetched all the same.
  return isManual(slot) || isOwed(state, slot) ? slot : crawlSlot(slot.replace(/[-:]|\.000/g, ''));
}

/** The verdict on a job that waits; undefined for one that does not. */
export function waitingVerdict(job: Job, state: JobState, input: PlanInput, next?: string): Verdict | undefined {
  const slot = slotOfWaiting(state);
  if (slot === undefined) return undefined;
  const { parked } = state;
  const waits = waitsText(state);
  const isAsking = parked === undefined || waitedFor(parked, state).open > 0;
  if (input.selection === undefined && parked !== undefined && isAsking && isEarly(job, parked, input.now)) {
    const until = instantText(new Date(parked.next_poll_at));
    return idle(job, 'waiting', `${waits}, asked again after ${until}`, { slot, next });
  }
  const missing = missingReason(job, input);
  if (missing !== undefined) return idle(job, 'missing_credentials', missing, { slot, next });
  const breaker = openBreaker(job, state);
  if (input.selection === undefined && breaker !== undefined && breaker.probeAt > input.now) {
    const reason = `the last ${breaker.failures} runs failed; the next probe is at ${instantText(breaker.probeAt)}`;
    return idle(job, 'breaker_open', reason, { slot, next });
  }
  const reason = isAsking ? `${waits}: asks again` : 'its crawls have all ended: goes on';
  const run: PlannedRun = {
    job: job.id,
    slot,
    interval: span(state, slot, input.now),
    attempt: attemptsAt(state, slot) + 1,
    reason,
  };
  return {
    decision: { job: job.id, decision: 'resume', reason, slot, ...(next === undefined ? {} : { next }) },
    runs: [run],
    records: [],
  };
}

/** Nobody asks for now. What lies further ahead than any run can have meant is of a clock that was wrong. */
function isEarly({ crawl }: Job, { next_poll_at }: Parked, now: Date): boolean {
  const ahead = Date.parse(next_poll_at) - now.getTime();
  return ahead > 0 && ahead <= Math.max(crawl.ask_again_minutes * MINUTE_MS, MOST_WAIT_MS);
}

/** `waiting for 2 of 5 crawls since 2026-11-30 10:09 UTC, until 2026-12-01 10:09 UTC at the latest`. */
function waitsText({ parked, crawls }: JobState): string {
  const open = openCrawls({ crawls });
  const since = parked?.since ?? open[0]?.intent_at;
  const last = open.reduce((latest, { deadline = '' }) => (deadline > latest ? deadline : latest), '');
  const counts = parked && waitedFor(parked, { crawls });
  const what = counts === undefined ? plural(open.length, 'crawl') : `${counts.open} of ${plural(counts.of, 'crawl')}`;
  const from = since === undefined ? '' : ` since ${instantText(new Date(since))}`;
  return `waiting for ${what}${from}${last === '' ? '' : `, until ${instantText(new Date(last))} at the latest`}`;
}

function span(state: JobState, slot: string, now: Date): PlannedRun['interval'] {
  const { start, end } = intervalOfWaiting(state, slot) ?? { start: now, end: now };
  return { start: start.toISOString(), end: end.toISOString() };
}
