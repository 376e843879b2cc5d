/** How a job's state changes: pure, from one state to the next. `ledger.ts` and `store.ts` swap them in. */

import { TidemillError } from '@tidemill/kit';
import { attemptsAt, passedAt, passedOf } from './attempts.ts';
import { isCrawlSlot, openCrawls } from './crawl.ts';
import { learned } from './fields.ts';
import {
  type Claim,
  type HistoryEntry,
  type JobState,
  type Schedule,
  type Settlement,
  versionOf,
} from './job-state.ts';
import { addUnread } from './unread.ts';

/** Settlements a state keeps; all of them are in the run records. */
export const RECENT = 30;

/** Operations by hand a state remembers. */
const MOST_HISTORY = 50;

export function emptyState(job: string): JobState {
  return { version: versionOf({}), job, revision: 0, recent: [], targets: {} };
}

/**
 * Starts a schedule: slots up to `effective_from` are nobody's debt. What is settled stays so: a leg that was planned
 * under the old schedule may still come. `readsFrom` is where the first interval of the schedule begins, an instant.
 */
export function register(state: JobState, schedule: Schedule, readsFrom?: string): JobState {
  const { attempt: _, ...rest } = state;
  return { ...rest, schedule, ...(readsFrom === undefined ? {} : { read_through: readsFrom }) };
}

/** Remembers who did what by hand, and why. */
export const recordOperation = (state: JobState, entry: HistoryEntry): JobState => ({
  ...state,
  history: [...(state.history ?? []), entry].slice(-MOST_HISTORY),
});

/**
 * Records what became of slots, and moves the line below which everything is settled. A state from before intervals
 * were kept was read, as far as it knows, up to that line.
 */
export function settle(state: JobState, settlements: readonly Settlement[]): JobState {
  const slots = settlements.map((settlement) => settlement.slot).filter((slot) => !slot.startsWith('manual-'));
  const through = [state.settled_through, ...slots].reduce(latest, undefined);
  const isOver = (slot: string): boolean =>
    settlements.some((settlement) => settlement.slot === slot) ||
    (!slot.startsWith('manual-') && through !== undefined && slot <= through);
  const { claim } = state;
  // A claim on a slot that is settled is over: its holder, should it wake up, has lost its lease.
  const isLost = claim !== undefined && isOver(claim.slot);
  const buried = isLost ? endClaimAsFailure(state, settlements.at(-1)?.at ?? claim.claimed_at) : state;
  const { attempt, extracted = [], parked, ...rest } = buried;
  const open = extracted.filter((slot) => !isOver(slot));
  const ends = settlements.map(({ read_through, unread_from, slot }) => read_through ?? (unread_from && slot));
  return {
    ...rest,
    ...readUpTo(state.read_through ?? state.settled_through ?? state.schedule?.effective_from, ends),
    ...addUnread(state, settlements),
    ...(open.length === 0 ? {} : { extracted: open }),
    ...(attempt === undefined || isOver(attempt.slot) ? {} : { attempt }),
    ...(parked === undefined || isOver(parked.slot) ? {} : { parked }),
    ...(through === undefined ? {} : { settled_through: through }),
    recent: [...state.recent, ...settlements].slice(-RECENT),
  };
}

/** The line up to which the source was read never goes back. */
export function readUpTo(
  known: string | undefined,
  ends: readonly (string | undefined)[],
): Pick<JobState, 'read_through'> {
  const through = ends.reduce(latest, known);
  return through === undefined ? {} : { read_through: through };
}

export interface ClaimRequest {
  readonly slot: string;
  readonly run: string;
  readonly now: Date;
  readonly leaseUntil: Date;
  readonly holder?: Claim['holder'] | undefined;
  /** Whether the process that holds a claim can still be seen; undefined when that cannot be known. */
  readonly isAlive?: ((holder: NonNullable<Claim['holder']>) => boolean | undefined) | undefined;
}

/** The claimed state, or why the slot needs no run. */
export function claim(state: JobState, request: ClaimRequest): JobState | { readonly covered: string } {
  const { slot, run, now, leaseUntil, holder } = request;
  if (state.moved_to !== undefined) return { covered: `the job was renamed to ${state.moved_to}` };
  if (isSettled(state, slot)) return { covered: 'the slot is settled already' };
  if (state.claim !== undefined && isLive(state.claim, request)) {
    return { covered: `run ${state.claim.run} is at it, until ${state.claim.lease_until} at the latest` };
  }
  const { continues, ...taken } = takeUp(state, slot);
  return {
    ...endClaimAsFailure(state, now.toISOString()),
    ...taken,
    claim: {
      slot,
      run,
      attempt: attemptsAt(state, slot) + 1,
      claimed_at: now.toISOString(),
      lease_until: leaseUntil.toISOString(),
      ...(continues === undefined ? {} : { continues }),
      ...(holder === undefined ? {} : { holder }),
    },
  };
}

/** The run that was parked with the slot. However the next claim ends, unless by parking, the one after it is another run. */
function takeUp({ parked }: JobState, slot: string): Pick<JobState, 'parked'> & Pick<Claim, 'continues'> {
  if (parked?.slot !== slot || parked.begun_by === undefined) return {};
  const { begun_by: continues, ...rest } = parked;
  return { parked: rest, continues };
}

function isSettled(state: JobState, slot: string): boolean {
  if (!slot.startsWith('manual-')) return state.settled_through !== undefined && slot <= state.settled_through;
  // Somebody has triggered more under the same identity: its run does nothing but go on with what is open.
  if (isCrawlSlot(slot) && openCrawls(state).length > 0) return false;
  return state.recent.some((settlement) => settlement.slot === slot && settlement.outcome === 'done');
}

/** Ends a claim whose holder said nothing more: that was a try at its slot, and a failure as well. */
export function endClaimAsFailure(state: JobState, at: string): JobState {
  const { claim, ...rest } = state;
  if (claim === undefined) return state;
  const { slot, attempt: count } = claim;
  const attempt = { slot, count, at, reason: 'the run ended without a word', ...passedOf(passedAt(state, slot)) };
  return { ...countFailure(rest, at), ...(claim.slot.startsWith('manual-') ? {} : { attempt }) };
}

function isLive(claim: Claim, { now, holder, isAlive }: ClaimRequest): boolean {
  if (Date.parse(claim.lease_until) <= now.getTime()) return false;
  const isHere = holder !== undefined && claim.holder?.host === holder.host;
  return !(isHere && claim.holder !== undefined && isAlive?.(claim.holder) === false);
}

/** The rest are for the holder of the claim only: they throw `lease-lost` when `run` is not. */
export function renewLease(state: JobState, run: string, leaseUntil: Date): JobState {
  return { ...state, claim: { ...held(state, run), lease_until: leaseUntil.toISOString() } };
}

/**
 * What a failed run means for the breaker: it counts; or it says nothing against the source, which was read well
 * (`closes`) or was not asked (`stays`).
 */
export type OnBreaker = 'counts' | 'closes' | 'stays';

/** Ends the claim with the slot settled, and with it the older ones it took the place of. */
export function settleClaim(
  state: JobState,
  run: string,
  settlements: readonly Settlement[],
  breaker: OnBreaker = 'counts',
): JobState {
  held(state, run);
  const { claim: _, ...rest } = state;
  const last = settlements.at(-1);
  if (last?.outcome === 'failed') return settle(afterFailure(rest, breaker, last.at), settlements);
  return settle(closeBreaker(last?.outcome === 'done' ? learned(rest) : rest), settlements);
}

/** Why a try failed, and whether that may pass by itself. */
export interface Failure {
  readonly reason: string;
  readonly passes?: boolean;
}

/** Ends the claim with the slot still owed. */
export function failClaim(
  state: JobState,
  run: string,
  { reason, passes = false }: Failure,
  now: Date,
  breaker: OnBreaker = 'counts',
): JobState {
  const { slot, attempt } = held(state, run);
  const { claim: _, ...rest } = state;
  const at = now.toISOString();
  const failed = afterFailure(rest, breaker, at);
  // A run by hand is not tried again, and the tries of a slot that is owed must not be forgotten over it.
  if (slot.startsWith('manual-') && state.attempt !== undefined) return failed;
  return {
    ...failed,
    attempt: { slot, count: attempt, at, reason, ...passedOf(passedAt(state, slot) + (passes ? 1 : 0)) },
  };
}

function afterFailure(state: JobState, breaker: OnBreaker, at: string): JobState {
  switch (breaker) {
    case 'counts':
      return countFailure(state, at);
    case 'closes':
      return closeBreaker(state);
    case 'stays':
      return state;
    default:
      return breaker satisfies never;
  }
}

function countFailure(state: JobState, at: string): JobState {
  const { failures = 0, since = at } = state.breaker ?? {};
  return { ...state, breaker: { failures: failures + 1, since, last_failure_at: at } };
}

function closeBreaker(state: JobState): JobState {
  const { breaker: _, ...rest } = state;
  return rest;
}

/** Ends the claim as if it had never been: a person stopped the run. */
export function releaseClaim(state: JobState, run: string): JobState {
  held(state, run);
  const { claim: _, ...rest } = state;
  return rest;
}

/** The claim of the run. Throws `lease-lost` when it is another's, or nobody's. */
export function held(state: JobState, run: string): Claim {
  if (state.claim?.run === run) return state.claim;
  throw new TidemillError('transient', 'lease-lost', `${state.job}: the lease was lost to another run`, {
    hint: 'Nothing was changed after that. The other run does the work, or it is owed again.',
  });
}

function latest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined) return b;
  return b === undefined || a >= b ? a : b;
}
