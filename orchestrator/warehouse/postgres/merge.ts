/** A merge from beginning to end, in one transaction: stage the rows, settle them against the table, record the package. */
import { TidemillError } from '@tidemill/kit';
import type { Capabilities, Load, MergeCounts, MergeResult, Table } from '../contract.ts';
import { recordPackage } from '../sql.ts';
import { checkLoad } from '../table.ts';
import { countRows, countsOf, foundTable } from './catalogue.ts';
import { postgres } from './dialect.ts';
import { type MergeSteps, mergeSteps } from './merge-sql.ts';
import { checkRights } from './rights.ts';
import type { Session, Waiting } from './session.ts';
import { checkNames, shapeChanges } from './shape.ts';
import { copyRows, type Staged } from './stage.ts';
import { makeState } from './state.ts';
import { begin, lock, lockSchemas } from './transaction.ts';

export const CAPABILITIES: Capabilities = { atomic: 'package', deletes: true, schemaChanges: true };

/** How often a merge is tried again that somebody else's transaction got in the way of; the rows are staged then. */
const CONFLICTS = 3;
const CONFLICT_WAIT_MS = 1_000;

/** How long the answer to a COMMIT is looked for, should the connection be lost before it came: a minute in all. */
const LOOKS_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

export interface World extends Waiting {
  /** A new connection. */
  open(): Promise<Session>;
}

export async function merge(world: World, load: Load): Promise<MergeResult> {
  const session = await world.open();
  try {
    return await mergeIn(session, load, world);
  } finally {
    await session.close();
  }
}

async function mergeIn(session: Session, load: Load, world: World): Promise<MergeResult> {
  await makeState(session);
  await session.run(begin.load);
  await lock(session, nameOf(load.table));
  const recorded = await recordedIn(session, load);
  if (recorded !== undefined) return { counts: recorded, alreadyLoaded: true };
  const plan = await planned(session, load);
  await session.run(plan.steps.createStaging);
  const staged: Staged = { rows: 0, deletions: 0, rejected: 0 };
  await session.copy(plan.steps.copy, copyRows(load, staged));
  await session.run(plan.steps.analyze);
  const counts = await settled(session, load, { ...plan, staged }, world);
  await load.beforeCommit(counts);
  await commit(session, load, world);
  return { counts, alreadyLoaded: false };
}

const nameOf = ({ schema, name }: Table): string => JSON.stringify([schema, name]);

async function recordedIn(session: Session, { packageId }: Load): Promise<MergeCounts | undefined> {
  const counts = await countsOf(session, packageId);
  return counts === undefined ? undefined : JSON.parse(counts);
}

interface Plan {
  readonly isThere: boolean;
  readonly changes: readonly string[];
  readonly steps: MergeSteps;
}

/** Throws kind `config` when the table cannot be made or changed, or may not. */
async function planned(session: Session, load: Load): Promise<Plan> {
  const { table, now } = load;
  checkLoad(load, CAPABILITIES);
  checkNames(table);
  const found = await foundTable(session, table);
  const changes = shapeChanges(table, found);
  await checkRights(session, changes.length > 0 ? 'shape' : 'rows', table);
  return { isThere: found !== undefined, changes, steps: mergeSteps(table, now, found?.columns ?? []) };
}

interface Settling extends Plan {
  readonly staged: Staged;
}

async function settled(session: Session, load: Load, settling: Settling, world: Waiting): Promise<MergeCounts> {
  for (let tries = CONFLICTS; ; tries -= 1) {
    await session.run('SAVEPOINT settled');
    try {
      return await settle(session, load, settling);
    } catch (error) {
      if (!(error instanceof TidemillError) || error.code !== 'postgres-conflict' || tries === 0) throw error;
      await session.run('ROLLBACK TO SAVEPOINT settled');
      await world.clock.sleep(CONFLICT_WAIT_MS * (0.5 + world.random()));
    }
  }
}

async function settle(session: Session, load: Load, { staged, ...plan }: Settling): Promise<MergeCounts> {
  const { changes, steps, isThere } = plan;
  if (!isThere) await lockSchemas(session);
  for (const change of changes) await session.run(change).catch((error) => Promise.reject(keyFault(error, load.table)));
  const room = load.replaces?.length ? await session.run(steps.deleteFrom(load.replaces)) : 0;
  const found =
    load.table.key.length === 0
      ? { ...NOTHING, inserted: await session.run(steps.insert) }
      : await settleKeys(session, load, { staged, ...plan });
  const counts = { rows: staged.rows, ...found, deleted: found.deleted + room };
  await session.run(recordPackage(postgres, { ...load, counts }));
  // What constraints of people put off until the end is seen now, before anything is told.
  await session.run('SET CONSTRAINTS ALL IMMEDIATE');
  return counts;
}

type Found = Omit<MergeCounts, 'rows'>;

const NOTHING: Found = { inserted: 0, updated: 0, unchanged: 0, duplicates: 0, deleted: 0, deletions: 0 };

async function settleKeys(session: Session, load: Load, { steps, staged }: Settling): Promise<Found> {
  const duplicates = await session.run(steps.deleteDuplicates);
  const asked = staged.deletions === 0 ? 0 : await session.run(steps.deleteAsked);
  const deletions = staged.deletions === 0 ? 0 : await session.run(steps.forgetDeletions);
  const { gone, ...left } = await settleUnnamed(session, load, { steps, staged, asked });
  await session.run(steps.findFresh);
  const [fresh = []] = await session.rows(steps.countFresh);
  const [inserted = 0, updated = 0] = fresh.map(Number);
  const written = inserted + updated === 0 ? 0 : await session.run(steps.insert);
  if (written !== inserted + updated) {
    throw new TidemillError('transient', 'postgres-conflict', `Somebody else writes to ${nameOf(load.table)}`);
  }
  const unchanged = staged.rows - duplicates - deletions - written;
  return { inserted, updated, unchanged, duplicates, deleted: asked + gone, deletions, ...left };
}

/** Deletes the rows that a package of everything does not name, or leaves them all. */
async function settleUnnamed(
  session: Session,
  { table, scope, unnamed: decide }: Load,
  { steps, staged, asked }: Pick<Settling, 'steps' | 'staged'> & { readonly asked: number },
): Promise<{ readonly gone: number } & Pick<MergeCounts, 'left'>> {
  if (scope !== 'everything' || staged.rejected > 0) return { gone: 0 };
  const [count = []] = await session.rows(steps.countGone);
  const unnamed = Number(count[0]);
  if (unnamed === 0) return { gone: 0 };
  const rows = { unnamed, of: asked + (await countRows(session, table)) };
  if (decide(rows) === 'leave') return { gone: 0, left: rows };
  return { gone: await session.run(steps.deleteGone) };
}

/** Rows that are there share a key that has become shorter: no statement of ours may choose among them. */
function keyFault(error: unknown, { schema, name, key }: Table): unknown {
  if (!(error instanceof TidemillError) || error.code !== 'warehouse-value') return error;
  return new TidemillError(
    'config',
    'key-not-unique',
    `${schema}.${name} has several rows with the same ${key.join(', ')}, which is declared as its key now`,
    {
      hint: `Rename the table (ALTER TABLE ${schema}.${name} RENAME TO …), then load it from bronze with \`tidemill replay JOB\`.`,
    },
  );
}

/** A COMMIT whose answer is lost was carried out or was not: the record of packages says. */
async function commit(session: Session, load: Load, world: World): Promise<void> {
  try {
    const { command } = await session.ask('COMMIT');
    if (command !== 'COMMIT') throw new TidemillError('bug', 'warehouse-failed', 'PostgreSQL did not commit');
  } catch (error) {
    const isLost = error instanceof TidemillError && error.code === 'warehouse-lost';
    if (!isLost || !(await wasCommitted(load, world))) throw error;
  }
}

/** Undefined when nobody can say. */
async function wasCommitted(load: Load, world: World): Promise<boolean | undefined> {
  for (const wait of LOOKS_MS) {
    await world.clock.sleep(wait);
    const session = await world.open().catch(() => undefined);
    try {
      await session?.run(begin.load);
      if (session === undefined) continue;
      // It may still be at it: the lock is free when it is over.
      await lock(session, nameOf(load.table));
      return (await recordedIn(session, load)) !== undefined;
    } catch (error) {
      if (!(error instanceof TidemillError) || error.kind !== 'transient') throw error;
    } finally {
      await session?.close();
    }
  }
  return undefined;
}
