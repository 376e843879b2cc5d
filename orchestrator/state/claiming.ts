/** How a run comes to hold a claim, and what that changes in a state besides. */

import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../storage/contract.ts';
import type { Claim, JobState } from './job-state.ts';
import { LEASE_MS, Ledger } from './ledger.ts';
import { type Announcement, announce, listen } from './outbox.ts';
import { giveUpAfter, readState, swapState, unlessUnknown } from './store.ts';
import { type Aligned, type Alignment, alignTargets } from './targets.ts';
import * as transitions from './transitions.ts';

interface Listening {
  /** Names of the sinks that are told of the job; where it is not said, those who were stay. */
  readonly sinks?: readonly string[] | undefined;
  /** What they are told of the claim, by the state before it, and with it. */
  readonly claimed?: ((before: JobState, after: JobState) => readonly Announcement[]) | undefined;
}

export interface ClaimOptions extends Listening {
  readonly bucket: Bucket;
  readonly job: string;
  readonly slot: string;
  /** Names of the warehouses that the job loads into, one at least. */
  readonly targets: readonly string[];
  readonly about: Alignment;
  /** Unique per process and job. */
  readonly run: string;
  readonly clock: Clock;
  readonly holder?: Claim['holder'] | undefined;
  readonly isAlive?: transitions.ClaimRequest['isAlive'];
  /** A last look at the state before it is claimed: a reason not to. */
  readonly refuse?: (state: JobState) => string | undefined;
}

/** Claims the slot, or says why it needs no run. */
export async function claimSlot(options: ClaimOptions): Promise<Ledger | { readonly covered: string }> {
  const { bucket, job, slot, run, clock } = options;
  let notices: readonly string[] = [];
  for (let tries = 1; ; tries += 1) {
    const stored = await readState(bucket, job);
    const { claim } = stored.state;
    // Written before, by the attempt whose answer was lost.
    if (claim?.run === run && claim.slot === slot) return new Ledger(options, stored, notices);
    const refusal = options.refuse?.(stored.state);
    if (refusal !== undefined) return { covered: refusal };
    const now = clock.now();
    const next = transitions.claim(stored.state, { ...options, now, leaseUntil: new Date(now.getTime() + LEASE_MS) });
    if ('covered' in next) return next;
    const aligned = alignTargets(next, options.targets, options.about);
    notices = aligned.notices;
    const swapped = await swapState(bucket, stored, claimedState(stored.state, aligned, { ...options, now })).catch(
      unlessUnknown,
    );
    if (swapped !== undefined) return new Ledger(options, swapped, notices);
    giveUpAfter(tries, job);
  }
}

/**
 * What becomes of packages is nobody's order: the state remembers it as what was done by hand. Those who are told of the job are told
 * of its claim.
 */
function claimedState(
  before: JobState,
  { state, notices }: Aligned,
  { now, sinks, claimed }: Listening & { readonly now: Date },
): JobState {
  const at = now.toISOString();
  const noted = notices.reduce(
    (known, why) => transitions.recordOperation(known, { at, who: 'tidemill', operation: 'retarget', why }),
    state,
  );
  const heard = sinks === undefined ? noted : listen(noted, sinks);
  return heard.outbox === undefined ? heard : announce(heard, claimed?.(before, heard) ?? []);
}
