/** Finds, and removes, what runs that died have left in the bucket and nothing refers to. */
import { TidemillError } from '@tidemill/kit';
import type { Leftover, Owner } from '../run/bronze/orphans.ts';
import type { JobState } from '../state/job-state.ts';
import { LEASE_MS } from '../state/ledger.ts';
import { endDeadClaim } from '../state/operate.ts';
import { readState, readStates, updateState } from '../state/store.ts';
import { keys } from '../storage/keys.ts';
import type { Leftover as SilverLeftover } from '../warehouse/leftover.ts';
import { isLiveIn } from './operate.ts';
import type { Session } from './session.ts';

interface Removal<T = Leftover> {
  /** What could go, or has gone. */
  readonly orphans: readonly T[];
  /** Each with why. */
  readonly kept: readonly T[];
}

export interface Garbage extends Removal {
  /** What warehouses keep in the bucket is their own business; here it is only removed. */
  readonly silver: Removal<SilverLeftover>;
  readonly isRemoved: boolean;
  /** One error for each job whose state, and each warehouse that cannot be read: nothing of it is removed. */
  readonly unreadable: readonly TidemillError[];
}

const CHANGED = 'its job has changed meanwhile; the next gc looks again';

/** Only looks, unless it is told to remove. */
export async function gc(session: Session, { remove }: { readonly remove?: true | undefined } = {}): Promise<Garbage> {
  const { owners, unreadable } = await readOwners(session);
  const now = session.host.clock.now();
  const olderThan = new Date(now.getTime() - LEASE_MS);
  // Not before it is needed: every other use case starts without it.
  const { findLeftovers } = await import('../run/bronze/orphans.ts');
  const leftovers = await findLeftovers(session.bucket, { owners, now, olderThan });
  const orphans = leftovers.filter(({ kept }) => kept === undefined);
  const held = leftovers.filter(({ kept }) => kept !== undefined);
  const { faults, ...silver } = await leftByWarehouses(session);
  const { kept, ...rest } = remove ? await collect(session, orphans, owners) : { orphans, kept: [] };
  if (remove) for (const key of silver.orphans.flatMap((one) => one.keys)) await session.bucket.remove(key);
  const errors = [...unreadable, ...faults];
  return { ...rest, kept: [...held, ...kept], silver, isRemoved: remove === true, unreadable: errors };
}

/** One that cannot be asked holds up neither the others nor what is done about bronze. */
async function leftByWarehouses({ warehouses }: Session) {
  const left: SilverLeftover[] = [];
  const faults: TidemillError[] = [];
  for (const open of warehouses.values()) {
    try {
      left.push(...((await (await open()).leftovers?.()) ?? []));
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      faults.push(error);
    }
  }
  const { orphans = [], kept = [] } = Object.groupBy(left, (one) => (one.kept === undefined ? 'orphans' : 'kept'));
  return { orphans, kept, faults };
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
    const { claim, head, listing, outbox, targets = {} } = state;
    const isClaimed = claim !== undefined && isLive(claim) ? 'claimed' : undefined;
    return {
      job,
      head,
      replays: listsOf(targets),
      listing,
      events: hasMoved(states, state.moved_to) ? undefined : outbox?.aside?.folder,
      held: faults.has(job) ? 'unreadable' : isClaimed,
    };
  });
  return { owners, unreadable: [...faults.values()] };
}

/** Whether all that a state had is that of another id by now, and not only on its way there. */
const hasMoved = (states: ReadonlyMap<string, JobState>, id: string | undefined): boolean => {
  const there = id === undefined ? undefined : states.get(id);
  return there !== undefined && there.moved_to === undefined;
};

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
async function isUntouched(session: Session, { job, head, listing, events }: Owner): Promise<boolean> {
  const { bucket, host } = session;
  const { state } = await updateState(bucket, job, (found) => endDeadClaim(found, isLiveIn(session), host.clock.now()));
  const waiting = events === undefined && state.moved_to !== undefined ? undefined : state.outbox?.aside?.folder;
  const isSame = state.listing?.object === listing?.object && waiting === events;
  return state.claim === undefined && state.head === head && isSame;
}
