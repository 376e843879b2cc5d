/** A merge from beginning to end, in one transaction: stage the rows, settle them against the table, record the packages. */
import { TidemillError } from '@tidemill/kit';
import type { Capabilities, Load, MergeCounts, MergeResult, PackageCounts, PackageRows, Table } from '../contract.ts';
import { addCounts, addRoom, allNew, mergedPackages, newIn, type Tally, talliesFor } from '../packages.ts';
import { recordPackages } from '../sql.ts';
import { checkLoad } from '../table.ts';
import { countRows, foundTable, recordedOf } from './catalogue.ts';
import { postgres } from './dialect.ts';
import { LATER, MET, type MergeSteps, mergeSteps } from './merge-sql.ts';
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
  const recorded = await recordedOf(session, idsOf(load));
  const packages = newIn(load, recorded);
  if (packages.length === 0) return { packages: mergedPackages(load, recorded) };
  const plan = await planned(session, load);
  await session.run(plan.steps.createStaging);
  const staged = packages.map((): Staged => ({ rows: 0, rejected: 0 }));
  await session.copy(plan.steps.copy, copyRows({ table: load.table, packages }, staged));
  await session.run(plan.steps.analyze);
  const applied = await settled({ ...plan, session, load, packages, staged }, world);
  await load.beforeCommit(applied);
  await commit(session, load, world);
  return { packages: mergedPackages(load, recorded, applied) };
}

const idsOf = ({ packages }: Pick<Load, 'packages'>): readonly string[] => packages.map(({ id }) => id);

const nameOf = ({ schema, name }: Table): string => JSON.stringify([schema, name]);

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
  readonly session: Session;
  readonly load: Load;
  /** Those that are not loaded yet, and what was taken in of each. */
  readonly packages: readonly PackageRows[];
  readonly staged: readonly Staged[];
}

async function settled(settling: Settling, world: Waiting): Promise<PackageCounts[]> {
  const { session } = settling;
  for (let tries = CONFLICTS; ; tries -= 1) {
    await session.run('SAVEPOINT settled');
    try {
      return await settle(settling);
    } catch (error) {
      if (!(error instanceof TidemillError) || error.code !== 'postgres-conflict' || tries === 0) throw error;
      await session.run('ROLLBACK TO SAVEPOINT settled');
      await world.clock.sleep(CONFLICT_WAIT_MS * (0.5 + world.random()));
    }
  }
}

async function settle(settling: Settling): Promise<PackageCounts[]> {
  const { session, load, packages, staged, changes, steps, isThere } = settling;
  if (!isThere) await lockSchemas(session);
  for (const change of changes) await session.run(change).catch((error) => Promise.reject(keyFault(error, load.table)));
  const tallies = talliesFor(packages.length);
  const objects = packages.flatMap(({ replaces = [] }) => replaces);
  if (objects.length > 0) addRoom(tallies, packages, await session.rows(steps.deleteFrom(objects)));
  const left = load.table.key.length === 0 ? await insertAll(settling, tallies) : await settleKeys(settling, tallies);
  const applied = packages.map(({ id }, index): PackageCounts => {
    return { id, counts: { rows: staged[index]?.rows ?? 0, ...(tallies[index] as Tally), ...left } };
  });
  await session.run(recordPackages(postgres, load, applied));
  // What constraints of people put off until the end is seen now, before anything is told.
  await session.run('SET CONSTRAINTS ALL IMMEDIATE');
  return applied;
}

/** Of a table without a key. */
async function insertAll(
  { session, staged, steps }: Settling,
  tallies: readonly Tally[],
): Promise<Pick<MergeCounts, 'left'>> {
  const rows = staged.reduce((sum, one) => sum + one.rows, 0);
  const written = await session.run(steps.insert(false));
  // Should rows be missing, the load does not balance.
  addCounts(tallies, [[0, written - rows]], ['inserted']);
  return allNew(staged, tallies);
}

async function settleKeys(settling: Settling, tallies: readonly Tally[]): Promise<Pick<MergeCounts, 'left'>> {
  const { session, load, staged, steps } = settling;
  addCounts(tallies, await session.rows(steps.deleteDuplicates), ['duplicates']);
  const hasFirsts = staged.length > 1 && (await foldPackages(settling, tallies));
  await session.run(steps.findFresh(hasFirsts));
  addCounts(tallies, await session.rows(steps.countFresh), MET);
  const left = await settleUnnamed(settling, tallies);
  const [changes = []] = await session.rows(steps.countChanges);
  const [writes = 0, goes = 0] = changes.map(Number);
  const gone = goes === 0 ? 0 : await session.run(steps.deleteAsked);
  const written = writes === 0 ? 0 : await session.run(steps.insert(hasFirsts));
  if (written !== writes || gone !== goes) {
    throw new TidemillError('transient', 'postgres-conflict', `Somebody else writes to ${nameOf(load.table)}`);
  }
  for (const [index, { rows }] of staged.entries()) {
    const tally = tallies[index] as Tally;
    tally.unchanged = rows - tally.inserted - tally.updated - tally.duplicates - tally.deletions;
  }
  return left;
}

/** Leaves one row of each key that several packages name. Answers whether some stay for others that meet the table. */
async function foldPackages({ session, steps }: Settling, tallies: readonly Tally[]): Promise<boolean> {
  if ((await session.run(steps.findLinks)) === 0) return false;
  addCounts(tallies, await session.rows(steps.countLater), LATER);
  await session.run(steps.findFinals);
  const firsts = await session.run(steps.findFirsts);
  await session.run(steps.keepFinals);
  return firsts > 0;
}

/** Deletes the rows that a package of everything does not name, or leaves them all. */
async function settleUnnamed(
  { session, load, staged, steps }: Settling,
  tallies: readonly Tally[],
): Promise<Pick<MergeCounts, 'left'>> {
  const { table, scope, unnamed: decide } = load;
  if (scope !== 'everything' || staged.some(({ rejected }) => rejected > 0)) return {};
  const [count = []] = await session.rows(steps.countGone);
  const unnamed = Number(count[0]);
  if (unnamed === 0) return {};
  const rows = { unnamed, of: await countRows(session, table) };
  if (decide(rows) === 'leave') return { left: rows };
  addCounts(tallies, [[0, await session.run(steps.deleteGone)]], ['deleted']);
  return {};
}

/** Rows that are there share a key that has become shorter: no statement of ours may choose among them. */
function keyFault(error: unknown, { schema, name, key }: Table): unknown {
  if (!(error instanceof TidemillError) || error.code !== 'warehouse-value') return error;
  return new TidemillError(
    'config',
    'key-not-unique',
    `${schema}.${name} has several rows with the same ${key.join(', ')}, which is declared as its key now`,
    {
      hint: `Rename the table (ALTER TABLE ${schema}.${name} RENAME TO …), then load it from bronze with \`npx tidemill replay JOB\`.`,
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
      const { size } = await recordedOf(session, idsOf(load));
      return size === load.packages.length;
    } catch (error) {
      if (!(error instanceof TidemillError) || error.kind !== 'transient') throw error;
    } finally {
      await session?.close();
    }
  }
  return undefined;
}
