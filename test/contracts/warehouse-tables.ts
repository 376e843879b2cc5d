/** Checks of tables: how they come to be, how they may change, what their rows say of themselves. */
import assert from 'node:assert/strict';
import { TidemillError } from '@tidemill/kit';
import type { Table } from '../../orchestrator/warehouse/contract.ts';
import { reservedWords } from './sql-words.ts';
import {
  ADA,
  BOB,
  batches,
  breaking,
  column,
  expectedChecksum,
  load,
  merges,
  names,
  people,
  refuses,
  stagedRows,
  type Tested,
  type Values,
  valuesIn,
  type WarehouseCheck,
} from './warehouse-samples.ts';

/** What drivers may call things inside. */
const INSIDE =
  'is_deletion place position checksum key_0 key_1 staged old new earlier latest target silver part oid'.split(' ');

/** Keys are the words that a driver is likeliest to use itself, in an order that it would not. */
const KEY = ['key_1', 'key_0', 'place', 'order', 'new', 'select', 'checksum'];
const WORDS = [...new Set([...reservedWords, ...INSIDE, 'constructor'])];

const words: Table = {
  ...people,
  name: 'group',
  columns: WORDS.map((name) => column(name, 'text', !KEY.includes(name))),
  key: KEY,
  indexes: ['user'],
};

/** Whole, or their leading half: two rows with the same 128 bits there never were. */
async function hasChecksums(warehouse: Tested, table: Table, rows: readonly Values[]): Promise<void> {
  const found = await valuesIn(warehouse, table, 'id', 'checksum_sha256');
  const digits = found[0]?.[1]?.length ?? 0;
  assert(digits >= 32, 'a checksum has at least 32 digits');
  assert.deepEqual(
    found,
    rows.map((row) => [row['id'], expectedChecksum(row).slice(0, digits)]),
  );
}

/** A row of which each value tells its column. */
const worded = (id: string, end = ''): Values =>
  Object.fromEntries(WORDS.map((name) => [name, `${name} ${id}${KEY.includes(name) ? '' : end}`]));

async function takesAnyWord(warehouse: Tested): Promise<void> {
  // Another key only if nobody mistakes one column for the other.
  const swapped: Values = { ...worded('1'), key_0: 'key_1 1', key_1: 'key_0 1' };
  const first = [worded('1'), worded('1', '!'), worded('2'), swapped];
  await merges(warehouse, load('p1', words, first), { rows: 4, inserted: 3, duplicates: 1 });
  const second = [worded('1', '!'), worded('2', '?'), swapped];
  await merges(warehouse, load('p2', words, second), { rows: 3, unchanged: 2, updated: 1 });
  const told = second.map((row) => JSON.stringify(WORDS.map((name) => row[name])));
  const found = await warehouse.read(words, ...WORDS);
  assert.deepEqual(found?.map((values) => JSON.stringify(values)).sort(), told.sort());
  if (!warehouse.capabilities.deletes) return;
  const deletions = stagedRows('p3', words, [worded('2')]).map((row) => ({ ...row, isDeletion: true as const }));
  await merges(warehouse, load('p3', words, [], { rows: batches(deletions, 1) }), {
    rows: 1,
    deletions: 1,
    deleted: 1,
  });
  await merges(warehouse, load('p4', words, [swapped], { scope: 'everything' }), { rows: 1, unchanged: 1, deleted: 1 });
}

export const tableChecks: readonly WarehouseCheck[] = [
  {
    promise: 'the checksum is the documented one: no two rows share it, and no type or order changes it',
    run: async (warehouse) => {
      const rows = [
        { id: '1', name: 'a', town: 'bc' },
        { id: '2', name: 'ab', town: 'c' },
        { id: '3', name: '', town: null },
        { id: '4', name: null, town: '' },
        { id: '5', name: null, town: null },
        { id: '6', name: '1:x', town: '😀é\n' },
      ];
      await warehouse.apply(load('p1', people, rows));
      await hasChecksums(warehouse, people, rows);
      const turned: Table = { ...people, columns: people.columns.toReversed() };
      await merges(warehouse, load('p2', turned, rows), { rows: 6, unchanged: 6 });
      const asText: Table = {
        ...people,
        name: 'as_text',
        columns: people.columns.map(({ name }) => column(name, 'text', true)),
      };
      await warehouse.apply(load('p3', { ...asText, key: [], write: 'append' }, rows));
      await hasChecksums(warehouse, asText, rows);
    },
  },
  {
    promise: 'a column that changed its type is refused before any row is read',
    run: async (warehouse) => {
      await warehouse.apply(load('p1', people, [ADA]));
      const columns = [column('id', 'integer'), column('name', 'bigint'), column('new', 'text')];
      const changed: Table = { ...people, columns, indexes: [] };
      const rows = breaking(people, [], new Error('rows were read'));
      await assert.rejects(warehouse.apply(load('p2', changed, [], { rows })), (error) => {
        assert(error instanceof TidemillError);
        assert.equal(`${error.kind} ${error.code}`, 'config column-type-changed');
        assert.match(error.message, /contract\.people\.name .*bigint/);
        assert.match(error.hint ?? '', /tidemill replay/);
        return true;
      });
      assert.equal(await warehouse.read(people, 'new'), undefined, 'the column was left behind');
      assert.deepEqual(await names(warehouse), ['1 Ada']);
    },
  },
  {
    promise: 'a new column is added, a removed one stays and gets NULL, and one may become nullable; or it is refused',
    run: async (warehouse) => {
      const strict: Table = {
        ...people,
        columns: [column('id', 'integer'), column('name', 'text'), column('town', 'text')],
      };
      await warehouse.apply(load('p1', strict, [ADA, BOB]));
      const columns = [column('id', 'integer'), column('age', 'integer'), column('town', 'text', true)];
      const moved: Table = { ...people, columns };
      const second = load('p2', moved, [{ id: '1', age: '36', town: null }]);
      if (!warehouse.capabilities.schemaChanges) {
        await refuses(warehouse, second, 'warehouse-cannot-change');
        const loose = strict.columns.map((one) => ({ ...one, nullable: one.name !== 'id' }));
        await refuses(warehouse, load('p3', { ...strict, columns: loose }, []), 'warehouse-cannot-change');
        return assert.deepEqual(await names(warehouse), ['1 Ada', '2 Bob']);
      }
      await merges(warehouse, second, { rows: 1, updated: 1 });
      assert.deepEqual(await valuesIn(warehouse, people, 'id', 'name', 'age', 'town'), [
        ['1', null, '36', null],
        ['2', 'Bob', null, 'Berlin'],
      ]);
      // A column that is empty changes no row.
      const wider: Table = { ...moved, columns: [...moved.columns, column('size', 'integer', true)] };
      const again = [{ id: '1', age: '36' }];
      await merges(warehouse, load('p3', wider, again), { rows: 1, unchanged: 1 });
    },
  },
  {
    promise: 'a column may join the key: a package of everything takes the place of the rows before; or is refused',
    run: async (warehouse) => {
      await warehouse.apply(load('p1', people, [ADA, BOB]));
      const room: Table = { ...people, key: ['id', 'room'], columns: [...people.columns, column('room', 'text')] };
      const rows = [
        { ...ADA, room: 'a' },
        { ...ADA, room: 'b' },
      ];
      const second = load('p2', room, rows, { scope: 'everything' });
      const { deletes, schemaChanges } = warehouse.capabilities;
      if (!deletes) return refuses(warehouse, second, 'warehouse-cannot-delete');
      if (!schemaChanges) return refuses(warehouse, second, 'warehouse-cannot-change');
      await merges(warehouse, second, { rows: 2, inserted: 2, deleted: 2 });
      assert.deepEqual(await valuesIn(warehouse, room, 'id', 'room'), [
        ['1', 'a'],
        ['1', 'b'],
      ]);
    },
  },
  {
    promise: 'a table that cannot be made is refused',
    run: async (warehouse) => {
      const [id, ...others] = people.columns as [(typeof people.columns)[0], ...typeof people.columns];
      const unfit: Record<string, Partial<Table>> = {
        'a key column that may be null': { columns: [{ ...id, nullable: true }, ...others] },
        'a key that is no column': { key: ['nothing'] },
        'an index on no column': { indexes: ['nothing'] },
        'a column of its own': { columns: [id, column('ingested_at', 'text')], indexes: [] },
        'a column that DuckDB has': { columns: [id, column('rowid', 'text')], indexes: [] },
        'a column that PostgreSQL has': { columns: [id, column('CTID', 'text')], indexes: [] },
        'a column that is no word': { columns: [id, column('~is_deletion', 'text')], indexes: [] },
        'a column of 61 letters': { columns: [id, column('a'.repeat(61), 'text')], indexes: [] },
        'two columns of one name': { columns: [id, column('ID', 'text')], indexes: [] },
        'upsert without a key': { key: [] },
        'its own schema': { schema: 'staging' },
        'a way of writing that there is not': { write: 'replace' as 'upsert' },
      };
      for (const [what, change] of Object.entries(unfit)) {
        const merged = warehouse.apply(load(what, { ...people, ...change }, []));
        await assert.rejects(merged, { kind: 'config', code: 'table-unfit' }, what);
      }
      const appended = load('everything that is appended', { ...people, write: 'append' }, [], { scope: 'everything' });
      await assert.rejects(warehouse.apply(appended), { kind: 'config', code: 'table-unfit' });
    },
  },
  { promise: 'words of SQL, and of the inside of a driver, are names like any other', run: takesAnyWord },
];
