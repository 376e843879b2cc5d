/** One attempt to make the table what the staged rows say: weigh, tell, change the schema, write. */

import { TidemillError } from '@tidemill/kit';
import type { PackageCounts } from '../contract.ts';
import { withMoreMemory } from '../engine/memory.ts';
import { provenance } from '../table.ts';
import type { Holding } from './held.ts';
import { keyText, placeIdentity } from './identity.ts';
import { type Done, NOTHING_DONE, stateOf, type TableState, tableName } from './journal.ts';
import { pathOf } from './names.ts';
import { doneBy, type Operating, operations, writtenColumns } from './operations.ts';
import { type CommitLimits, type Mutation, mutationsFor, portionsOf } from './portions.ts';
import type { Link } from './read.ts';
import { BEGUN, makeRecord, recordedOf, STATE, TABLES } from './record.ts';
import { changeSchema, changesOf, type Found, findTable } from './schema.ts';
import type { Taken } from './values.ts';
import { type Weighed, type Weighing, weigh } from './weigh.ts';
import { commit, writeOnce } from './write.ts';

export interface Settling extends Omit<Weighing, 'holding' | 'done'> {
  readonly link: Link;
  readonly limits: CommitLimits;
  /** Limits of the memory that are tried, in MB. */
  readonly more: readonly number[];
  readonly taken: Taken;
  /** Stands for everything that was staged. */
  readonly content: string;
}

/** What the packages came to, or that somebody else was first: then what was done stays done, and it is weighed again. */
export async function settle(settling: Settling): Promise<readonly PackageCounts[] | 'overtaken'> {
  const { link, load, session, packages, staged, content } = settling;
  const state = await stateOf(link, load.table);
  // Asked after the state: whoever records one of them from here on has written to the table last.
  if (
    (
      await recordedOf(
        link,
        packages.map(({ id }) => id),
      )
    ).size > 0
  )
    return 'overtaken';
  const found = await findTable(link, load.table);
  const begun = state.begun.get(packages[0]?.id ?? '');
  // Of a table that was dropped since, nothing is done.
  const isSame =
    found !== undefined &&
    begun?.content === content &&
    begun.packages.length === packages.length &&
    begun.packages.every(({ id, rows }, at) => packages[at]?.id === id && staged.packages[at]?.rows === rows);
  const done = isSame ? begun.done : NOTHING_DONE(packages.length);
  const holding: Holding = {
    ...{ link, session, table: load.table, at: state.at },
    existing: found?.columns.map(({ name }) => name),
    isSameKey: found === undefined || state.rowKey === keyText(load.table),
  };
  const weighing: Weighing = { ...settling, holding, done };
  const weighed = await withMoreMemory(session, settling.more, () => weigh(weighing));
  await load.beforeCommit(weighed.applied);
  await makeRecord(link);
  // Before the table is there: what rows of a new one are known by is said already when somebody finds it.
  await describe(link, settling, state, found);
  await changeSchema(link.client, changesOf(load.table, found));
  const leftovers = isSame || begun === undefined ? [] : leftoversOf(settling, begun.packages);
  return write({ ...weighing, ...weighed, ...shapeOf(settling, found), leftovers }, settling, state, found, weighed);
}

/** Rows without a key that an attempt may have left which staged more of them. */
function leftoversOf({ packages, staged, load }: Settling, begun: readonly { id: string; rows: number }[]): string[] {
  if (load.table.key.length > 0) return [];
  return begun.flatMap(({ id, rows }) => {
    const now = staged.packages[packages.findIndex((one) => one.id === id)]?.rows ?? 0;
    return Array.from({ length: Math.max(0, rows - now) }, (_, more) => placeIdentity(id, now + more));
  });
}

/** Bytes of staged rows that are read at once. */
const READ_BYTES = 8 * 1024 * 1024;
const MOST_AT_ONCE = 4_000;

function shapeOf({ load, taken }: Settling, found: Found | undefined): Pick<Operating, 'atOnce' | 'undeclared'> {
  const own = new Set([...load.table.columns, ...provenance].map(({ name }) => name.toLowerCase()));
  const undeclared = found?.columns.map(({ name }) => name).filter((name) => !own.has(name.toLowerCase())) ?? [];
  const average = taken.rows === 0 ? 0 : taken.bytes / taken.rows;
  const atOnce = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(READ_BYTES / (average + 1))));
  return { undeclared: undeclared.filter((name) => name !== 'tidemill_row'), atOnce };
}

/** What Spanner keeps nowhere: descriptions, and what rows are known by. The latter is said of a new table, and of one key alone. */
async function describe(
  link: Link,
  { load: { table } }: Settling,
  state: TableState,
  found: Found | undefined,
): Promise<void> {
  const columns = Object.fromEntries(
    [...table.columns, ...provenance].map(({ name, description }) => [name, description]),
  );
  const described = JSON.stringify({ description: table.description, columns });
  // Rows that are known by several keys are found by none: said before the first of them is written.
  const isOfThis = found === undefined || state.rowKey === keyText(table);
  const rowKey = isOfThis ? keyText(table) : undefined;
  if (described === state.described && rowKey === state.rowKey) return;
  const values = [[tableName(table), described, rowKey ?? null]];
  await writeOnce(link, [
    { insertOrUpdate: { table: TABLES, columns: ['table_name', 'described', 'row_key'], values } },
  ]);
}

async function write(
  operating: Operating,
  settling: Settling,
  state: TableState,
  found: Found | undefined,
  { applied }: Weighed,
): Promise<readonly PackageCounts[] | 'overtaken'> {
  const { link, load, packages } = settling;
  const columns = writtenColumns(operating);
  const costs = { columns: columns.length, indexes: found?.indexes ?? [] };
  const table = pathOf(load.table);
  let { limits } = settling;
  let { writer } = state;
  let { done } = operating;
  for (;;) {
    const rest = { ...operating, done };
    let isTooLarge = false;
    for await (const portion of portionsOf(operations(rest), costs, leftFor(packages.length, limits))) {
      const now = await doneBy(operating, done, portion.operations);
      const mutations = [
        ...mutationsFor(table, columns, portion.operations),
        ...(portion.isLast ? ending(settling, applied) : [going(settling, now)]),
      ];
      const committed = await commit(link, { table: tableName(load.table), after: writer, mutations });
      if (committed === 'overtaken') return 'overtaken';
      if (committed === 'too large') {
        if (portion.operations.length <= 1) throw tooLarge(settling);
        // Spanner counts otherwise, by indexes that are new or that nobody told: nothing was written, and less is sent.
        limits = { mutations: Math.ceil(limits.mutations / 2), bytes: Math.ceil(limits.bytes / 2) };
        isTooLarge = true;
        break;
      }
      ({ writer } = committed);
      done = now;
    }
    if (!isTooLarge) return applied;
  }
}

/** What a commit says besides its rows counts, too. */
const leftFor = (packages: number, { mutations, bytes }: CommitLimits): CommitLimits => ({
  mutations: Math.max(1, mutations - 5 * packages - 10),
  bytes,
});

/** The packages are loaded. */
function ending({ load, packages }: Settling, applied: readonly PackageCounts[]): Mutation[] {
  const { job, now, table } = load;
  const values = applied.map(({ id, counts }) => [
    id,
    job,
    tableName(table),
    now.toISOString(),
    JSON.stringify(counts),
  ]);
  const columns = ['package_id', 'job', 'table_name', 'loaded_at', 'counts'];
  const begun = { table: BEGUN, keySet: { keys: [[tableName(table), packages[0]?.id ?? '']] } };
  return [{ delete: begun }, { insert: { table: STATE, columns, values } }];
}

/** How far they have come. */
function going({ load, packages, staged, content }: Settling, done: Done): Mutation {
  const all = packages.map(({ id }, at) => ({ id, rows: staged.packages[at]?.rows ?? 0 }));
  const values = [tableName(load.table), packages[0]?.id ?? '', JSON.stringify(all), content, JSON.stringify(done)];
  const columns = ['table_name', 'package_id', 'packages', 'content', 'done'];
  return { insertOrUpdate: { table: BEGUN, columns, values: [values] } };
}

const tooLarge = ({ load: { table } }: Settling): TidemillError =>
  new TidemillError(
    'config',
    'spanner-too-large',
    `A row of ${table.schema}.${table.name} is too large for one commit`,
    {
      hint: 'Take away indexes of the table, or columns of the job; then run it again.',
    },
  );
