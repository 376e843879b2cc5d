/** Checks that a warehouse lists its tables and gives their rows out as they lie there, for whoever compares two of them. */
import assert from 'node:assert/strict';
import { type SqlType, sqlTypes } from '@tidemill/kit';
import { edgeValues } from '@tidemill/kit/edge-values';
import type { SilverRow, Table } from '../../orchestrator/warehouse/contract.ts';
import { readerOf } from './warehouse-domains.ts';
import {
  ADA,
  BOB,
  column,
  EVE,
  expectedChecksum,
  LATER,
  load,
  NOON,
  objectOf,
  people,
  type Tested,
  type WarehouseCheck,
} from './warehouse-samples.ts';

const rowsIn = async (warehouse: Tested, table: Table, key?: readonly string[]): Promise<SilverRow[]> =>
  (await Array.fromAsync(warehouse.scan(table, key))).flat();

/** A column of each type, and a row for every edge value of any, and for a text that some take for one with a byte order mark. */
const wide: Table = {
  ...people,
  name: 'wide',
  columns: [column('id', 'integer'), ...sqlTypes.map((type) => column(`of_${type}`, type, true))],
  indexes: [],
};
const wideValues = [...edgeValues, { type: 'text', held: '\ufeffmarked' }];
const wideRows = wideValues.flatMap(({ type, held }, index) =>
  typeof held === 'string' ? [{ id: String(index), [`of_${type}`]: held }] : [],
);

async function givesEveryValue(warehouse: Tested): Promise<void> {
  await warehouse.apply(load('p1', wide, wideRows));
  const found = new Map((await rowsIn(warehouse, wide)).map((row) => [row.values[0], row]));
  assert.equal(found.size, wideRows.length);
  for (const row of wideRows) {
    const { values = [], checksum = '' } = found.get(row.id) ?? {};
    const texts = values.map((text, index) => text && canonical(wide.columns[index]?.type ?? 'text', text));
    const expected = wide.columns.map(({ name }) => (row as Record<string, string>)[name] ?? null);
    assert(isEqual(texts, expected), `the row ${row.id} has another value`);
    assert(checksum.length >= 32 && expectedChecksum(row).startsWith(checksum), 'the checksum is another');
  }
}

const canonical = (type: SqlType, text: string): string | null | undefined =>
  type === 'timestamptz' ? text.replace(/(\.\d*?)0+Z$/, '$1Z').replace('.Z', 'Z') : readerOf(type)(text);

/** Without the values in the message of a failure: some are megabytes. */
const isEqual = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index]);

async function givesProvenance(warehouse: Tested): Promise<void> {
  await warehouse.apply(load('p1', people, [ADA, BOB]));
  await warehouse.apply(load('p2', people, [ADA, { ...BOB, town: 'Rome' }, EVE], { now: LATER }));
  const told = (await rowsIn(warehouse, people)).map(({ values, checksum: _, ...from }) => ({
    id: values[0],
    ...from,
  }));
  const sourceUrl = 'https://example.org/people?page=1';
  assert.deepEqual(
    told.sort((one, other) => Number(one.id) - Number(other.id)),
    [
      { id: '1', bronzeObjectPath: objectOf('p1'), bronzeLine: 1, sourceUrl, ingestedAt: NOON },
      { id: '2', bronzeObjectPath: objectOf('p2'), bronzeLine: 2, sourceUrl, ingestedAt: LATER },
      { id: '3', bronzeObjectPath: objectOf('p2'), bronzeLine: 3, sourceUrl, ingestedAt: LATER },
    ],
  );
}

async function givesOne(warehouse: Tested): Promise<void> {
  const keyed: Table = {
    ...people,
    key: ['name', 'id'],
    columns: people.columns.map((c) => ({ ...c, nullable: false })),
  };
  const rows = [ADA, BOB, { ...ADA, id: '2' }].map((row) => ({ ...row, town: `${row.town}'s` }));
  await warehouse.apply(load('p1', keyed, rows));
  const towns = async (...key: string[]) => (await rowsIn(warehouse, keyed, key)).map(({ values }) => values.join(' '));
  assert.deepEqual(await towns('Ada', '2'), ["2 Ada London's"]);
  assert.deepEqual(await towns('Ada', '3'), []);
  assert.deepEqual(await towns("it's", '2'), []);
}

async function toleratesOtherTables(warehouse: Tested): Promise<void> {
  assert.deepEqual(await rowsIn(warehouse, people), []);
  await warehouse.apply(load('p1', people, [ADA]));
  const later: Table = { ...people, columns: [column('shoe', 'numeric', true), ...people.columns.toReversed()] };
  const [row] = await rowsIn(warehouse, later);
  assert.deepEqual(row?.values, [null, 'London', 'Ada', '1']);
  // Whoever has seen enough goes, and nothing is left behind that is in the way of the next load.
  for await (const _ of warehouse.scan(people)) break;
  await warehouse.apply(load('p2', people, [BOB]));
  assert.equal((await rowsIn(warehouse, people)).length, 2);
}

async function listsTables(warehouse: Tested): Promise<void> {
  assert.deepEqual(await warehouse.tables(), []);
  await warehouse.apply(load('p1', people, [ADA, BOB]));
  await warehouse.apply(load('p2', { ...people, name: 'crowd' }, [EVE]));
  const listed = await warehouse.tables();
  assert.deepEqual(
    listed.map(({ schema, name, description, rows }) => [schema, name, description, rows]),
    [
      ['contract', 'crowd', "People's names", 1],
      ['contract', 'people', "People's names", 2],
    ],
  );
  const columns = listed[1]?.columns ?? [];
  const provenance = ['checksum_sha256', 'bronze_object_path', 'bronze_line', 'source_url', 'ingested_at'];
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['id', 'name', 'town', ...provenance],
  );
  assert.equal(columns[1]?.description, 'The name');
  assert(columns.every(({ type }) => type !== ''));
  for (const { name, type } of people.columns)
    assert(columns.find((column) => column.name === name)?.declarable.includes(type), `${name} is made for ${type}`);
}

export const scanChecks: readonly WarehouseCheck[] = [
  { promise: 'lists its tables with their columns and how many rows they have', run: listsTables },
  { promise: 'a scan gives every value as it was, and its checksum', run: givesEveryValue },
  { promise: 'a scan says of each row where it came from, and when', run: givesProvenance },
  { promise: 'a scan finds the one row that has a key', run: givesOne },
  {
    promise: 'a scan takes a table as it is: none, or with other columns; and may be left early',
    run: toleratesOtherTables,
  },
];
