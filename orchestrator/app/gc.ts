/** Finds, and removes, what runs that died have left in the bucket and nothing refers to. */
import type { TidemillError } from '@tidemill/kit';
import type { Leftover, Owner } from '../run/bronze/orphans.ts';
import type { JobState } from '../state/job-state.ts';
import { LEASE_MS } from '../state/ledger.ts';
import { endDeadClaim } from '../state/operate.ts';
import { readState, readStates, updateState } from '../state/store.ts';
import { keys } from '../storage/keys.ts';
import { isLiveIn } from './operate.ts';
import type { Session } from './session.ts';

interface Removal {
  /** What could go, or has gone. */
  readonly orphans: readonly Leftover[];
  /** Each with why. */
  readonly kept: readonly Leftover[];
}

export interface Garbage extends Removal {
  readonly isRemoved: boolean;
  /** One error for each job whose state cannot be read: nothing of it is removed. */
  readonly unreadable: readonly TidemillError[];
}

const CHANGED = 'its job has changed meanwhile; the next gc looks again';

/** Only looks, unless it is told to remove. */
export async function gc(session: Session, { remove }: { readonly remove?: true | undefined } = {}): Promise<Garbage> {
  const { owners, unreadable } = await readOwners(session);
  const olderThan = new Date(session.host.clock.now().getTime() - LEASE_MS);
  // Not before it is needed: every other use case starts without it.
  const { findLeftovers } = await import('../run/bronze/orphans.ts');
  const leftovers = await findLeftovers(session.bucket, { owners, olderThan });
  const orphans = leftovers.filter(({ kept }) => kept === undefined);
  const held = leftovers.filter(({ kept }) => kept !== undefined);
  const { kept, ...rest } = remove ? await collect(session, orphans, owners) : { orphans, kept: [] };
  return { ...rest, kept: [...held, ...kept], isRemoved: remove === true, unreadable };
}

/** Every job the bucket has a state of, also those the configuration knows no more. */
async function readOwners(session: Session) {
  const { bucket } = session;
  const ids: string[] = [];
  for await (const { key } of bucket.list(keys.statePrefix)) {
    if (key.endsWith('.json')) ids.push(key.slice(keys.statePrefix.length, -'.json'.length));
  }
  const { states, faults } = await readStates(
    ids.map((id) => ({ id })),
    ({ id }) => readState(bucket, id),
  );
  const isLive = isLiveIn(session);
  const owners = ids.map((job): Owner => {
    const state: Partial<JobState> = states.get(job) ?? {};
    const { claim, head, targets = {} } = state;
    const isClaimed = claim !== undefined && isLive(claim) ? 'claimed' : undefined;
    return { job, head, replays: listsOf(targets), held: faults.has(job) ? 'unreadable' : isClaimed };
  });
  return { owners, unreadable: [...faults.values()] };
}

const listsOf = (targets: JobState['targets']): string[] =>
  Object.values(targets).flatMap(({ replay }) => (replay === undefined ? [] : [replay.list]));

/** Removes the orphans of every job that nobody has touched since they were found. */
async function collect(session: Session, orphans: readonly Leftover[], owners: readonly Owner[]): Promise<Removal> {
  const removed: Leftover[] = [];
  const kept: Leftover[] = [];
  for (const [job, own] of Map.groupBy(orphans, (orphan) => orphan.job)) {
    const owner = owners.find((candidate) => candidate.job === job);
    if (owner === undefined || !(await isUntouched(session, owner))) {
      kept.push(...own.map((orphan) => ({ ...orphan, kept: CHANGED })));
      continue;
    }
    for (const orphan of own) for (const key of orphan.keys) await session.bucket.remove(key);
    removed.push(...own);
  }
  return { orphans: removed, kept };
}

/** A run whose lease is over might still wake up and commit what it has written: its claim is ended first. */
async function isUntouched(session: Session, { job, head }: Owner): Promise<boolean> {
  const { bucket, host } = session;
  const { state } = await updateState(bucket, job, (found) => endDeadClaim(found, isLiveIn(session), host.clock.now()));
  return state.claim === undefined && state.head === head;
}
