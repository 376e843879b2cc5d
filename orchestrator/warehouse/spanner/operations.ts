/** What is to be done to the rows of a table, in the order of the staged rows: so whoever goes on with it finds the same. */
import type { Column, SqlType } from '@tidemill/kit';
import { duckDb } from '../engine/dialect.ts';
import { KEPT, MATCHED, MET, tallyOf } from '../engine/match.ts';
import type { FileSession } from '../engine/session.ts';
import { inRange, type RowRange, rowRanges } from '../engine/slices.ts';
import { CHECKSUM, IS_DELETION, own, PLACE, STAGED } from '../engine/staged.ts';
import { addCounts, COUNTED, talliesFor } from '../packages.ts';
import { provenance } from '../table.ts';
import { ROW } from './dialect.ts';
import { HELD, ROOM } from './held.ts';
import { identitySql, placeIdentity } from './identity.ts';
import type { Done, Phase } from './journal.ts';
import type { Weighed, Weighing } from './weigh.ts';

/** What is done for one staged row, or to one that the load does not name. */
export interface Operation {
  readonly phase: Phase;
  /** Of the staged row; with others that of the last one before them. */
  readonly place: number;
  /** Rows that go, and the bronze object for which they make room. */
  readonly deletes: readonly string[];
  readonly object?: string;
  /** Values of a row, in the order of `writtenColumns`. */
  readonly write?: readonly unknown[];
}

/** Rows that are deleted are read so many at once: no more than what they are known by. */
const LISTED = 10_000;

export interface Operating extends Weighing, Pick<Weighed, 'matching' | 'unnamed'> {
  /** Staged rows that are read at once. */
  readonly atOnce: number;
  /** Names of columns that the table has and the load does not declare. */
  readonly undeclared: readonly string[];
  /** Rows that an attempt has left which staged something else. */
  readonly leftovers: readonly string[];
}

export const writtenColumns = ({ load: { table }, undeclared }: Operating): string[] => [
  ROW,
  ...[...table.columns, ...provenance].map(({ name }) => name),
  ...undeclared,
];

export async function* operations(operating: Operating): AsyncGenerator<Operation> {
  const { session, staged, done, matching, unnamed } = operating;
  if (done.phase === 'room') {
    for (const row of operating.leftovers) yield { phase: 'room', place: -1, deletes: [row] };
    for await (const [row, object] of listed(session, `SELECT row_id, object FROM ${ROOM}`)) {
      yield { phase: 'room', place: -1, deletes: [String(row)], object: String(object) };
    }
  }
  const last = staged.rows - 1;
  for (const range of rowRanges(staged.rows, operating.atOnce)) {
    if (range.last <= done.place) continue;
    const rest = { first: Math.max(range.first, done.place + 1), last: Math.min(range.last, last) };
    if (matching === undefined) yield* withoutKey(operating, rest);
    else yield* withKey(operating, rest);
  }
  if (unnamed !== 'delete') return;
  const rows = `SELECT row_id FROM ${HELD} WHERE rowid NOT IN (SELECT pos FROM ${MATCHED})`;
  for await (const [row] of listed(session, rows)) yield { phase: 'unnamed', place: last, deletes: [String(row)] };
}

/** Rows of a query, some at a time: others may be asked between them, which ends an answer that streams. */
async function* listed(session: FileSession, sql: string): AsyncGenerator<readonly unknown[]> {
  await session.run(`CREATE OR REPLACE TEMP TABLE listed AS ${sql}`);
  const [[count] = []] = await session.rows('SELECT count(*) FROM temp.main.listed');
  for (const range of rowRanges(Number(count), LISTED)) {
    yield* await session.rows(`SELECT * FROM temp.main.listed WHERE ${inRange(range, 'rowid')}`);
  }
}

async function* withoutKey(operating: Operating, range: RowRange): AsyncGenerator<Operation> {
  const { packages, staged } = operating;
  const firsts: number[] = [];
  let before = 0;
  for (const { rows } of staged.packages) {
    firsts.push(before);
    before += rows;
  }
  const sql = `SELECT rowid AS ${PLACE}, ${valuesSql(operating)} FROM ${STAGED} WHERE ${inRange(range)} ORDER BY ${PLACE}`;
  for (const [at, ...values] of await operating.session.rows(sql)) {
    const place = Number(at);
    const number = firsts.findLastIndex((first) => first <= place);
    const row = placeIdentity(packages[number]?.id ?? '', place - (firsts[number] ?? 0));
    yield { phase: 'rows', place, deletes: [], write: [row, ...cells(operating, values)] };
  }
}

async function* withKey(operating: Operating, range: RowRange): AsyncGenerator<Operation> {
  const { session, load, holding } = operating;
  const met = await metIn(operating, range);
  const row = `rowid AS ${PLACE}, ${identitySql(load.table)} AS ${own('row')}, ${IS_DELETION} IS NOT NULL AS ${own('gone')}`;
  const sql = `SELECT ${[PLACE, own('row'), own('gone'), valuesSql(operating)].join(', ')}
    FROM (SELECT *, ${row} FROM ${STAGED} WHERE ${inRange(range)}) ANTI JOIN ${KEPT} USING (${PLACE}) ORDER BY ${PLACE}`;
  for (const [at, identity, isGone, ...values] of await session.rows(sql)) {
    const place = Number(at);
    const old = met.get(place)?.map((one) => one ?? String(identity)) ?? [];
    if (isGone === true) {
      if (old.length > 0) yield { phase: 'rows', place, deletes: old };
      continue;
    }
    // A row that was known by another key stays known by that.
    const known = holding.isSameKey ? String(identity) : (old[0] ?? String(identity));
    const deletes = old.filter((one) => one !== known);
    yield { phase: 'rows', place, deletes, write: [known, ...cells(operating, values)] };
  }
}

/** By places of staged rows, the rows of the table that they meet; null stands for one that is known as the staged one is. */
async function metIn({ session, holding }: Operating, range: RowRange): Promise<Map<number, (string | null)[]>> {
  const met = `(SELECT ${PLACE}, pos FROM ${MATCHED} WHERE ${inRange(range, PLACE)})`;
  const sql = holding.isSameKey
    ? `SELECT ${PLACE}, NULL FROM ${met}`
    : `SELECT ${PLACE}, h.row_id FROM ${met} m JOIN ${HELD} h ON h.rowid = m.pos ORDER BY ALL`;
  const found = new Map<number, (string | null)[]>();
  for (const [place, row] of await session.rows(sql)) {
    const rows = found.get(Number(place)) ?? [];
    rows.push(row === null ? null : String(row));
    found.set(Number(place), rows);
  }
  return found;
}

/** Of a staged row: as the API has the types, https://cloud.google.com/spanner/docs/reference/rest/v1/TypeCode */
const printed: Readonly<Record<SqlType, (value: string) => string>> = {
  text: (value) => value,
  jsonb: (value) => value,
  numeric: (value) => value,
  boolean: (value) => value,
  double: (value) => value,
  integer: (value) => `CAST(${value} AS VARCHAR)`,
  bigint: (value) => `CAST(${value} AS VARCHAR)`,
  date: (value) => `CAST(${value} AS VARCHAR)`,
  timestamptz: (value) => `strftime(${value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')`,
};

const valuesSql = ({ load: { table } }: Operating): string =>
  [
    ...table.columns.map(({ name, type }: Column) => printed[type](duckDb.identifier(name))),
    CHECKSUM,
    'bronze_object_path',
    'CAST(bronze_line AS VARCHAR)',
    'source_url',
  ].join(', ');

const cells = ({ load: { now }, undeclared }: Operating, values: readonly unknown[]): unknown[] => [
  ...values,
  now.toISOString(),
  ...undeclared.map(() => null),
];

/** What is done when this operation is, and all before it. `before`: what was done before some of them. */
export async function doneBy(
  { session, staged, packages, matching, unnamed }: Operating,
  before: Done,
  operationsDone: readonly Operation[],
): Promise<Done> {
  const last = operationsDone.at(-1);
  const tallies = talliesFor(packages.length);
  for (const [at, counts] of before.counts.entries())
    addCounts(tallies, [[at, ...COUNTED.map((name) => counts[name])]]);
  for (const { phase, object, deletes } of operationsDone) {
    if (phase === 'unnamed') addCounts(tallies, [[0, deletes.length]], ['deleted']);
    const number = object === undefined ? -1 : packages.findIndex(({ replaces = [] }) => replaces.includes(object));
    if (number !== -1) addCounts(tallies, [[number, deletes.length]], ['deleted']);
  }
  const place = Math.max(before.place, last?.place ?? -1);
  if (place > before.place) {
    const range = { first: before.place + 1, last: place };
    if (matching !== undefined) addCounts(tallies, await session.rows(tallyOf(matching, range)), MET);
    else addInserted(staged.packages, range, tallies);
  }
  return { phase: last?.phase ?? before.phase, place, counts: tallies.map((tally) => ({ ...tally })), unnamed };
}

function addInserted(
  packages: Operating['staged']['packages'],
  { first, last }: RowRange,
  tallies: ReturnType<typeof talliesFor>,
): void {
  let before = 0;
  for (const [at, { rows }] of packages.entries()) {
    const inRange = Math.min(before + rows - 1, last) - Math.max(before, first) + 1;
    addCounts(tallies, [[at, Math.max(0, inRange)]], ['inserted']);
    before += rows;
  }
}
