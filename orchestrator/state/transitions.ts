/** How a job's state changes: pure, from one state to the next. `ledger.ts` and `store.ts` swap them in. */
import { TidemillError } from '@tidemill/kit';
import {
  type Claim,
  type JobState,
  type PendingPackage,
  type Schedule,
  type Settlement,
  STATE_VERSION,
} from './job-state.ts';

/** Settlements a state keeps; all of them are in the run records. */
export const RECENT = 30;

export function emptyState(job: string): JobState {
  return { version: STATE_VERSION, job, revision: 0, recent: [], packages: [] };
}

/**
 * Starts a schedule: slots up to `effective_from` are nobody's debt. What is settled stays so: a leg that was planned
 * under the old schedule may still come.
 */
export function register(state: JobState, schedule: Schedule): JobState {
  const { attempt: _, ...rest } = state;
  return { ...rest, schedule };
}

/** Records what became of slots, and moves the line below which everything is settled. */
export function settle(state: JobState, settlements: readonly Settlement[]): JobState {
  const slots = settlements.map((settlement) => settlement.slot).filter((slot) => !slot.startsWith('manual-'));
  const through = [state.settled_through, ...slots].reduce(latest, undefined);
  const { attempt, claim, ...rest } = state;
  const isSettledNow = (slot: string): boolean => settlements.some((settlement) => settlement.slot === slot);
  const isOpen = attempt !== undefined && !isSettledNow(attempt.slot);
  return {
    ...rest,
    ...(isOpen && !(through !== undefined && attempt.slot <= through) ? { attempt } : {}),
    // A claim on a slot that is settled is over: its holder, should it wake up, has lost its lease.
    ...(claim === undefined || isSettledNow(claim.slot) ? {} : { claim }),
    ...(through === undefined ? {} : { settled_through: through }),
    recent: [...state.recent, ...settlements].slice(-RECENT),
  };
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
  if (isSettled(state, slot)) return { covered: 'the slot is settled already' };
  if (state.claim !== undefined && isLive(state.claim, request)) {
    return { covered: `run ${state.claim.run} is at it, until ${state.claim.lease_until} at the latest` };
  }
  return {
    ...state,
    claim: {
      slot,
      run,
      attempt: attemptsAt(state, slot) + 1,
      claimed_at: now.toISOString(),
      lease_until: leaseUntil.toISOString(),
      ...(holder === undefined ? {} : { holder }),
    },
  };
}

function isSettled(state: JobState, slot: string): boolean {
  if (!slot.startsWith('manual-')) return state.settled_through !== undefined && slot <= state.settled_through;
  return state.recent.some((settlement) => settlement.slot === slot && settlement.outcome === 'done');
}

/** Tries at a slot so far: failures that were recorded, and one whose process died before it could record any. */
export function attemptsAt(state: JobState, slot: string): number {
  const recorded = state.attempt?.slot === slot ? state.attempt.count : 0;
  const died = state.claim?.slot === slot ? state.claim.attempt : 0;
  return Math.max(recorded, died);
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

export interface Commit {
  readonly package?: PendingPackage;
  readonly cursor?: NonNullable<JobState['cursor']>;
  /** The source was read to its end. */
  readonly isLast?: boolean;
}

/** The package is bronze's from here on, and the cursor stands behind it. */
export function commitPackage(state: JobState, run: string, commit: Commit): JobState {
  const { slot } = held(state, run);
  return {
    ...state,
    ...(commit.isLast === true ? { extracted: slot } : {}),
    packages: commit.package === undefined ? state.packages : [...state.packages, commit.package],
    ...(commit.cursor === undefined ? {} : { cursor: commit.cursor }),
  };
}

/** The package is in silver. */
export function dropPackage(state: JobState, run: string, packageId: string): JobState {
  held(state, run);
  return { ...state, packages: state.packages.filter((pending) => pending.id !== packageId) };
}

/** Ends the claim with the slot settled, and with it the older ones it took the place of. */
export function settleClaim(state: JobState, run: string, settlements: readonly Settlement[]): JobState {
  held(state, run);
  const { claim: _, ...rest } = state;
  return settle(rest, settlements);
}

/** Ends the claim with the slot still owed. */
export function failClaim(state: JobState, run: string, reason: string, now: Date): JobState {
  const { slot, attempt } = held(state, run);
  const { claim: _, ...rest } = state;
  return { ...rest, attempt: { slot, count: attempt, at: now.toISOString(), reason } };
}

/** Ends the claim as if it had never been: a person stopped the run. */
export function releaseClaim(state: JobState, run: string): JobState {
  held(state, run);
  const { claim: _, ...rest } = state;
  return rest;
}

function held(state: JobState, run: string): Claim {
  if (state.claim?.run === run) return state.claim;
  throw new TidemillError('transient', 'lease-lost', `${state.job}: the lease was lost to another run`, {
    hint: 'Nothing was changed after that. The other run, or the next plan, does the work.',
  });
}

function latest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined) return b;
  return b === undefined || a >= b ? a : b;
}
