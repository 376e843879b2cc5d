/** Checks of what a merge writes, counts and leaves alone. */
import assert from 'node:assert/strict';
import type { Table } from '../../orchestrator/warehouse/contract.ts';
import {
  ADA,
  applied,
  BOB,
  batches,
  column,
  EVE,
  LATER,
  LATER_TEXT,
  load,
  merges,
  NOON_TEXT,
  names,
  type OfOne,
  objectOf,
  people,
  refuses,
  stagedRows,
  type Tested,
  type Values,
  valuesIn,
  type WarehouseCheck,
} from './warehouse-samples.ts';

const provenance = (warehouse: Tested): Promise<(string | null)[][]> =>
  valuesIn(warehouse, people, 'id', 'bronze_object_path', 'bronze_line', 'source_url', 'ingested_at');

const fromPage = (packageId: string, line: string, at: string): string[] => [
  objectOf(packageId),
  line,
  'https://example.org/people?page=1',
  at,
];

export const writeChecks: readonly WarehouseCheck[] = [
  {
    promise: 'makes the table, and every row leads back to where it came from',
    run: async (warehouse) => {
      await merges(warehouse, load('p1', people, [ADA, BOB, EVE]), { rows: 3, inserted: 3 });
      assert.deepEqual(await names(warehouse), ['1 Ada', '2 Bob', '3 Eve']);
      assert.deepEqual(await provenance(warehouse), [
        ['1', ...fromPage('p1', '1', NOON_TEXT)],
        ['2', ...fromPage('p1', '2', NOON_TEXT)],
        ['3', ...fromPage('p1', '3', NOON_TEXT)],
      ]);
    },
  },
  {
    promise: 'upsert updates what changed, with its provenance, and does not touch what did not',
    run: async (warehouse) => {
      await warehouse.apply(load('p1', people, [ADA, BOB, EVE]));
      const second = load('p2', people, [{ ...BOB, town: 'Bonn' }, ADA, { ...EVE, id: '4' }], { now: LATER });
      await merges(warehouse, second, { rows: 3, inserted: 1, updated: 1, unchanged: 1 });
      assert.deepEqual(await valuesIn(warehouse, people, 'id', 'name', 'town'), [
        ['1', 'Ada', 'London'],
        ['2', 'Bob', 'Bonn'],
        ['3', 'Eve', null],
        ['4', 'Eve', null],
      ]);
      assert.deepEqual(await provenance(warehouse), [
        ['1', ...fromPage('p1', '1', NOON_TEXT)],
        ['2', ...fromPage('p2', '1', LATER_TEXT)],
        ['3', ...fromPage('p1', '3', NOON_TEXT)],
        ['4', ...fromPage('p2', '3', LATER_TEXT)],
      ]);
    },
  },
  {
    promise: 'of rows with one key the last one counts, and the others are counted as duplicates',
    run: async (warehouse) => {
      const changed = { ...ADA, name: 'Ada Lovelace' };
      await merges(warehouse, load('p1', people, [ADA, BOB, ADA, changed]), { rows: 4, inserted: 2, duplicates: 2 });
      assert.deepEqual(await names(warehouse), ['1 Ada Lovelace', '2 Bob']);
      assert.equal((await provenance(warehouse))[0]?.[2], '4');
      const back = load('p2', people, [ADA, changed], { now: LATER });
      await merges(warehouse, back, { rows: 2, unchanged: 1, duplicates: 1 });
      assert.equal((await provenance(warehouse))[0]?.[4], NOON_TEXT);
    },
  },
  {
    promise: 'a package of everything deletes what it does not name, all of it when it is empty; or is refused',
    run: async (warehouse) => {
      const whole = { scope: 'everything' } as const;
      if (!warehouse.capabilities.deletes) {
        await warehouse.apply(load('p1', people, [ADA, BOB]));
        return refuses(warehouse, load('p2', people, [BOB], whole), 'warehouse-cannot-delete');
      }
      await warehouse.apply(load('p1', people, [ADA, BOB, EVE], whole));
      const fewer = load('p2', people, [{ ...BOB, name: 'Rob' }, EVE], whole);
      await merges(warehouse, fewer, { rows: 2, updated: 1, unchanged: 1, deleted: 1 });
      assert.deepEqual(await names(warehouse), ['2 Rob', '3 Eve']);
      await merges(warehouse, load('p3', people, [], whole), { deleted: 2 });
      assert.deepEqual(await names(warehouse), []);
    },
  },
  {
    promise: 'what a package of everything does not name is counted before it is deleted, and left when it is told to',
    run: async (warehouse) => {
      if (!warehouse.capabilities.deletes) return;
      const asked: unknown[] = [];
      const whole = (answer: 'delete' | 'leave'): OfOne => ({
        scope: 'everything',
        unnamed: (rows) => {
          asked.push(rows);
          return answer;
        },
      });
      await merges(warehouse, load('p1', people, [ADA, BOB, EVE], whole('leave')), { rows: 3, inserted: 3 });
      await merges(warehouse, load('p2', people, [BOB, EVE, ADA], whole('leave')), { rows: 3, unchanged: 3 });
      assert.deepEqual(asked, [], 'asked where there is nothing to delete');
      const one = [{ ...BOB, name: 'Rob' }];
      await merges(warehouse, load('p3', people, one, whole('leave')), {
        rows: 1,
        updated: 1,
        left: { unnamed: 2, of: 3 },
      });
      assert.deepEqual(await names(warehouse), ['1 Ada', '2 Rob', '3 Eve']);
      const again = await applied(warehouse, load('p3', people, [], whole('delete')));
      assert.deepEqual([again.alreadyLoaded, again.counts.left], [true, { unnamed: 2, of: 3 }]);
      await merges(warehouse, load('p4', people, one, whole('delete')), { rows: 1, unchanged: 1, deleted: 2 });
      assert.deepEqual(await names(warehouse), ['2 Rob']);
      assert.deepEqual(asked, [
        { unnamed: 2, of: 3 },
        { unnamed: 2, of: 3 },
      ]);
    },
  },
  {
    promise: 'a package of everything deletes nothing when a record was rejected; or is refused',
    run: async (warehouse) => {
      await warehouse.apply(load('p1', people, [ADA, BOB]));
      const rows = (async function* () {
        yield { rows: [], rejected: 1 };
        yield* batches(stagedRows('p2', people, [{ ...BOB, name: 'Rob' }]), 1);
      })();
      const second = load('p2', people, [], { scope: 'everything', rows });
      if (!warehouse.capabilities.deletes) return refuses(warehouse, second, 'warehouse-cannot-delete');
      await merges(warehouse, second, { rows: 1, updated: 1 });
      assert.deepEqual(await names(warehouse), ['1 Ada', '2 Rob']);
    },
  },
  {
    promise: 'a deletion deletes the row with its key, and of rows with one key the last one decides; or is refused',
    run: async (warehouse) => {
      await warehouse.apply(load('p1', people, [ADA, BOB]));
      const gone = (of: Values): Values => ({ id: of['id'] ?? null, name: null, town: null });
      const staged = stagedRows('p2', people, [gone(ADA), ADA, BOB, gone(BOB), gone(EVE)]);
      const rows = staged.map((row, index) =>
        [0, 3, 4].includes(index) ? { ...row, isDeletion: true as const } : row,
      );
      const second = load('p2', people, [], { rows: batches(rows, 2) });
      if (!warehouse.capabilities.deletes) {
        await assert.rejects(warehouse.apply(second), { kind: 'config', code: 'warehouse-cannot-delete' });
        return assert.deepEqual(await names(warehouse), ['1 Ada', '2 Bob']);
      }
      await merges(warehouse, second, { rows: 5, unchanged: 1, duplicates: 2, deleted: 1, deletions: 2 });
      assert.deepEqual(await names(warehouse), ['1 Ada']);
    },
  },
  {
    promise: 'an empty package makes the table and changes nothing',
    run: async (warehouse) => {
      await merges(warehouse, load('p1', people, []), {});
      assert.deepEqual(await names(warehouse), []);
      await warehouse.apply(load('p2', people, [ADA]));
      await merges(warehouse, load('p3', people, []), {});
      await merges(warehouse, load('p4', { ...people, write: 'append' }, []), {});
      assert.deepEqual(await names(warehouse), ['1 Ada']);
    },
  },
  {
    promise: 'append with a key adds new keys and leaves the others as they are',
    run: async (warehouse) => {
      const log: Table = { ...people, write: 'append' };
      await warehouse.apply(load('p1', log, [ADA]));
      const second = load('p2', log, [{ ...ADA, name: 'changed' }, BOB, BOB], { now: LATER });
      await merges(warehouse, second, { rows: 3, inserted: 1, unchanged: 1, duplicates: 1 });
      assert.deepEqual(await names(warehouse), ['1 Ada', '2 Bob']);
      assert.equal((await provenance(warehouse))[0]?.[4], NOON_TEXT);
    },
  },
  {
    promise: 'append without a key adds every row, also several of one record',
    run: async (warehouse) => {
      const log: Table = { ...people, write: 'append', key: [] };
      const twice = stagedRows('p1', log, [ADA, ADA, BOB]).map((row) => ({ ...row, bronzeLine: 1 }));
      await merges(warehouse, load('p1', log, [], { rows: batches(twice, 2) }), { rows: 3, inserted: 3 });
      await merges(warehouse, load('p2', log, [ADA]), { rows: 1, inserted: 1 });
      assert.deepEqual(await names(warehouse, log), ['1 Ada', '1 Ada', '1 Ada', '2 Bob']);
    },
  },
  {
    promise: 'a hundred thousand rows in many batches arrive, each once',
    run: async (warehouse) => {
      const rows = Array.from({ length: 100_000 }, (_, index) => ({
        id: String((index * 7919) % 90_000),
        name: `person ${index}`,
        town: index % 3 === 0 ? null : 'Łódź',
      }));
      const staged = stagedRows('p1', people, rows);
      const big = load('p1', people, [], { rows: batches(staged, 997) });
      await merges(warehouse, big, { rows: 100_000, inserted: 90_000, duplicates: 10_000 });
      const again = load('p2', people, [], { rows: batches(staged.slice(10_000), 1_009) });
      await merges(warehouse, again, { rows: 90_000, unchanged: 90_000 });
      const kept = await valuesIn(warehouse, people, 'name', 'town');
      assert.equal(kept.filter(([, town]) => town === 'Łódź').length, 60_000);
      assert.deepEqual(
        ['person 5', 'person 90005'].map((person) => kept.filter(([name]) => name === person).length),
        [0, 1],
      );
    },
  },
  {
    promise: 'a key of several columns is all of them',
    run: async (warehouse) => {
      const columns = [column('id', 'integer'), column('name', 'text')];
      const keyed: Table = { ...people, columns, key: ['id', 'name'], indexes: [] };
      const rows = [
        { id: '1', name: '23' },
        { id: '12', name: '3' },
        { id: '1', name: '' },
      ];
      await merges(warehouse, load('p1', keyed, rows), { rows: 3, inserted: 3 });
      await merges(warehouse, load('p2', keyed, rows.toReversed()), { rows: 3, unchanged: 3 });
    },
  },
  {
    promise: 'two spellings of one value are one key',
    run: async (warehouse) => {
      const columns = [column('id', 'numeric'), column('name', 'text', true)];
      const table: Table = { ...people, columns, indexes: [] };
      const spelled = load('p1', table, [
        { id: '1', name: 'a' },
        { id: '1.00', name: 'b' },
      ]);
      await merges(warehouse, spelled, { rows: 2, inserted: 1, duplicates: 1 });
      await merges(warehouse, load('p2', table, [{ id: '1.0', name: 'c' }]), { rows: 1, updated: 1 });
      assert.deepEqual((await valuesIn(warehouse, table, 'name')).flat(), ['c']);
    },
  },
];
