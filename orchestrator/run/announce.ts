/** What is published of a run: events for the outbox of its job, each swapped in with the change that it tells of. */
import type { EventKind } from '../events/published/kind-names.ts';
import type { Said } from '../events/published/kinds.ts';
import type { Drift, ToldChanges } from '../events/run-event.ts';
import type { JobState } from '../state/job-state.ts';
import type { Announcement } from '../state/outbox.ts';
import { type Order, packagePrefix, type World } from './order.ts';
import { readingUnder } from './reading.ts';
import type { Telling } from './telling.ts';
import type { Work } from './work.ts';

/** A run, as far as events say who it is. */
export interface Announcing {
  readonly order: Order;
  readonly world: World;
  readonly telling: Telling;
}

/**
 * An event for the outbox; none where nobody is told of the kind. `name` makes its id, with the kind: the same whenever the same
 * thing is told, and that of nothing else.
 */
export function announcing<K extends EventKind>(
  { order, world }: Pick<Announcing, 'order' | 'world'>,
  kind: K,
  name: string,
  says: () => Said<K>,
): Announcement[] {
  if (world.audienceOf?.(order.job).wants(kind) !== true) return [];
  // No dots: who signs an event puts one behind its id.
  const id = `${kind}.${name}`.replaceAll('.', ':');
  return [{ id, type: kind, at: world.clock.now().toISOString(), data: says() }];
}

/** Of a run of its job that holds the claim, or held it. */
export interface Claimed {
  readonly slot: string;
  readonly run: string;
  readonly attempt: number;
  readonly continues?: string | undefined;
}

/** Unique among all runs there will ever be. */
export const runName = ({ order, world }: Pick<Announcing, 'order' | 'world'>): string =>
  packagePrefix(order, world, 1);

const runSaid = (
  { order, world }: Pick<Announcing, 'order' | 'world'>,
  { slot, run, attempt, continues }: Claimed,
) => ({
  environment: world.environment,
  job: order.job.id,
  service: order.job.service,
  data_type: order.job.data_type,
  ...{ run, slot, attempt },
  ...(continues === undefined ? {} : { continues }),
});

/** What a run reads and since when. `order.interval` is what it was planned to read, unless it holds its claim. */
export function readingSaid(announcing: Announcing, claimed: Claimed) {
  const { order, world, telling } = announcing;
  const { start, end } = order.interval;
  return {
    ...runSaid(announcing, claimed),
    mode: order.mode,
    interval: { start: start.toISOString(), end: end.toISOString() },
    started_at: telling.startedAt.toISOString(),
    ...(order.job.description === '' ? {} : { description: telling.clean(order.job.description) }),
    ...(world.commit === undefined ? {} : { commit: world.commit }),
  };
}

/** That the run has claimed its slot; and that the one before it, whose claim it has found, ended without a word. */
export function claimSaid(announcing: Announcing, before: JobState, after: JobState): Announcement[] {
  const { order, telling } = announcing;
  const { claim } = after;
  if (claim === undefined) return [];
  const { interval } = readingUnder(order, after, telling.startedAt);
  const reading = { ...announcing, order: { ...order, interval } };
  return [...(before.claim === undefined ? [] : deathSaid(announcing, before.claim)), ...announced(reading, claim)];
}

const announced = (reading: Announcing, claim: Claimed): Announcement[] =>
  announcing(reading, 'run-started', runName(reading), () => readingSaid(reading, claim));

/** Of a run that somebody else finds dead: nobody knows what it has done. */
function deathSaid(living: Announcing, claim: Claimed & { readonly claimed_at: string }): Announcement[] {
  const { order, world } = living;
  const dead = { world: { ...world, runId: claim.run }, order: { ...order, slot: claim.slot } };
  return announcing(dead, 'run-failed', runName(dead), () => ({
    ...runSaid(dead, claim),
    started_at: claim.claimed_at,
    outcome: 'died',
    is_settled: false,
  }));
}

/** A package, as the state gets it. */
interface CommittedPackage {
  readonly id: string;
  readonly manifest: string;
  readonly records: number;
  readonly bytes: number;
}

export const packageSaid = (work: Work, { id, manifest, records, bytes }: CommittedPackage): Announcement[] =>
  announcing(work, 'package-committed', id, () => ({
    ...runSaid(work, work.ledger.claim),
    ...{ package: id, manifest, records, bytes },
  }));

/** `packages` are those whose records had other fields, one at least. */
export const driftSaid = (work: Work, { added, missing }: Drift, packages: readonly string[]): Announcement[] =>
  added.length + missing.length === 0
    ? []
    : announcing(work, 'schema-drift', packages.at(-1) ?? runName(work), () => ({
        ...runSaid(work, work.ledger.claim),
        ...{ added: [...added], missing: [...missing] },
      }));

/** Changes of the table that lie in the object; the rows that a summary may show are not among what is said. */
export function changesSaid(work: Work, object: string, changes: ToldChanges): Announcement[] {
  const { inserted, updated, deleted, moved, split, columns, from, to } = changes;
  return announcing(work, 'data-changed', object.replaceAll('/', '.'), () => ({
    ...runSaid(work, work.ledger.claim),
    ...{ object, inserted, updated, deleted, moved, split },
    columns: { ...columns },
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }));
}
