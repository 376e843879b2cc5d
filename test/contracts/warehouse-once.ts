/** Checks that a package is loaded once and whole, and that nothing else changes anything. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import type { Load, MergeCounts, Table } from '../../orchestrator/warehouse/contract.ts';
import {
  ADA,
  applied,
  BOB,
  batches,
  breaking,
  column,
  EVE,
  LATER,
  LATER_TEXT,
  load,
  merges,
  NONE,
  NOON,
  names,
  type OfOne,
  objectOf,
  people,
  refuses,
  stagedRows,
  type Tested,
  type Values,
  type WarehouseCheck,
} from './warehouse-samples.ts';

const crowd = (name: string, from: number, to: number): Values[] =>
  Array.from({ length: to - from }, (_, index) => ({ id: String(from + index), name, town: null }));

async function isSeenWhole(warehouse: Tested): Promise<void> {
  await warehouse.apply(load('p1', people, crowd('old', 0, 200)));
  const seen = new Set<string>();
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      seen.add(JSON.stringify(await names(warehouse)));
      await setImmediate();
    }
  })();
  const second = load('p2', people, crowd('new', 100, 300));
  await warehouse.apply(second).finally(() => {
    isOver = true;
  });
  await looking;
  const told = (rows: readonly Values[]): string => JSON.stringify(rows.map(({ id, name }) => `${id} ${name}`));
  const before = told(crowd('old', 0, 200));
  const after = told([...crowd('old', 0, 100), ...crowd('new', 100, 300)]);
  for (const one of seen) assert([before, after].includes(one), 'a part of the package was visible');
  assert.equal(JSON.stringify(await names(warehouse)), after);
}

async function isMadeWhole(warehouse: Tested): Promise<void> {
  const { cutShort } = warehouse;
  assert(cutShort !== undefined, 'nobody can see what becomes of a package that is cut short');
  for (const key of [['id'], []]) {
    const table: Table = { ...people, name: `log_${key.length}`, key, write: key.length === 0 ? 'append' : 'upsert' };
    const rows = crowd('old', 0, 10);
    const one = (): Load => load(`p ${table.name}`, table, rows);
    await warehouse.apply(load(`before ${table.name}`, table, [{ id: '99', name: 'other' }]));
    await assert.rejects(cutShort(one()));
    assert.equal((await applied(warehouse, one())).alreadyLoaded, false);
    assert.deepEqual(
      await names(warehouse, table),
      [...rows, { id: '99', name: 'other' }].map(({ id, name }) => `${id} ${name}`),
    );
  }
}

export const onceChecks: readonly WarehouseCheck[] = [
  {
    promise: 'the same package is loaded once: its rows are not even read again',
    run: async (warehouse) => {
      const first = await applied(warehouse, load('p1', people, [ADA, ADA, BOB]));
      await warehouse.apply(load('p2', people, [{ ...ADA, name: 'newer' }]));
      const rows = breaking(people, [], new Error('rows were read'));
      const again = await applied(warehouse, load('p1', people, [], { rows }));
      assert.deepEqual(again, { counts: first.counts, alreadyLoaded: true });
      assert.deepEqual(await names(warehouse), ['1 newer', '2 Bob']);
    },
  },
  {
    promise:
      'a package of an append table that is loaded once more makes room for its own rows, and for no others; or is refused',
    run: async (warehouse) => {
      for (const key of [[], ['id']]) {
        const log: Table = { ...people, name: `log_${key.length}`, write: 'append', key };
        const again = (rows: Values[], more: OfOne = {}): Load =>
          load('p1', log, rows, {
            id: `p1 again ${log.name} ${rows.length}`,
            replaces: [objectOf('p1')],
            ...more,
          });
        await warehouse.apply(load('p1', log, [ADA, BOB], { id: `p1 ${log.name}` }));
        await warehouse.apply(load("it's p2", log, [EVE], { id: `p2 ${log.name}` }));
        if (!warehouse.capabilities.deletes) {
          await refuses(warehouse, again([ADA]), 'warehouse-cannot-delete');
          continue;
        }
        const error = new Error('the source broke');
        const broken = again([], { rows: breaking(log, [ADA], error) });
        await assert.rejects(warehouse.apply(broken), (thrown) => thrown === error);
        assert.deepEqual(await names(warehouse, log), ['1 Ada', '2 Bob', '3 Eve']);
        await merges(warehouse, again([ADA, { ...BOB, name: 'Rob' }]), { rows: 2, inserted: 2, deleted: 2 });
        assert.deepEqual(await names(warehouse, log), ['1 Ada', '2 Rob', '3 Eve']);
        const both = again([ADA], { replaces: [objectOf('p1'), objectOf("it's p2"), objectOf('p3')] });
        await merges(warehouse, both, { rows: 1, inserted: 1, deleted: 3 });
        assert.deepEqual(await names(warehouse, log), ['1 Ada']);
      }
    },
  },
  {
    promise: 'every package is recorded with its job, for people in staging.ingestion_state',
    run: async (warehouse) => {
      assert.deepEqual(await warehouse.loadedJobs(), new Set());
      await warehouse.apply(load("it's p1", people, [ADA], { now: LATER }));
      await warehouse.apply(load('p2', people, [], { job: "it's another" }));
      await warehouse.apply(load('p3', people, []));
      assert.deepEqual(await warehouse.loadedJobs(), new Set(['contract_people', "it's another"]));
      const recorded = { schema: 'staging', name: 'ingestion_state' };
      const rows = await warehouse.read(recorded, 'package_id', 'job', 'table_name', 'loaded_at', 'counts');
      const [id, job, table, at, counts] = rows?.find(([first]) => first === "it's p1") ?? [];
      assert.deepEqual([id, job, table, at], ["it's p1", 'contract_people', 'contract.people', LATER_TEXT]);
      assert.deepEqual(JSON.parse(counts ?? ''), { ...NONE, rows: 1, inserted: 1 });
      assert.equal(rows?.length, 3);
    },
  },
  {
    promise: 'tells the package of a job that was loaded last',
    run: async (warehouse) => {
      assert.equal(await warehouse.lastPackage('contract_people'), undefined);
      await warehouse.apply(load('p9', people, [ADA], { now: NOON }));
      await warehouse.apply(load("it's p1", people, [BOB], { now: LATER }));
      await warehouse.apply(load('p2', people, [EVE], { now: LATER }));
      await warehouse.apply(load('p3', people, [EVE], { now: LATER, job: "it's another" }));
      await assert.rejects(
        warehouse.apply(load('p8', people, [], { now: LATER, rows: breaking(people, [ADA], new Error('broke')) })),
      );
      assert.equal(await warehouse.lastPackage('contract_people'), 'p2');
      assert.equal(await warehouse.lastPackage("it's another"), 'p3');
      assert.equal(await warehouse.lastPackage('nobody'), undefined);
    },
  },
  {
    promise: 'an error among the rows passes through, and nothing has changed',
    run: async (warehouse) => {
      const error = new TidemillError('source-changed', 'too-many-rejects', 'half of them');
      const broken = (table: Table, more: OfOne = {}): Load =>
        load('broken', table, [], { rows: breaking(table, [{ ...ADA, name: 'lost' }, EVE], error), ...more });
      await assert.rejects(warehouse.apply(broken(people)), (thrown) => thrown === error);
      assert.equal(await warehouse.read(people, 'id'), undefined, 'the table was left behind');
      await warehouse.apply(load('p1', people, [ADA, BOB]));
      const { deletes, schemaChanges } = warehouse.capabilities;
      const more = schemaChanges ? [column('age', 'integer', true)] : [];
      const wider: Table = { ...people, columns: [...people.columns, ...more] };
      const scope = deletes ? 'everything' : 'changes';
      await assert.rejects(warehouse.apply(broken(wider, { scope })), (thrown) => thrown === error);
      assert.equal(await warehouse.read(people, 'age'), undefined, 'the column was left behind');
      assert.deepEqual(await names(warehouse), ['1 Ada', '2 Bob']);
      await merges(warehouse, load('broken', people, [EVE]), { rows: 1, inserted: 1 });
    },
  },
  {
    promise: 'what a package comes to is told before anything of it is there, and what is thrown then passes through',
    run: async (warehouse) => {
      await warehouse.apply(load('p1', people, [ADA]));
      const error = new Error('these counts cannot be');
      const seen: MergeCounts[] = [];
      const beforeCommit = async (counts: MergeCounts): Promise<void> => {
        seen.push(counts);
        assert.deepEqual(await names(warehouse), ['1 Ada']);
        throw error;
      };
      const rows = [BOB, { ...BOB, town: 'Bonn' }];
      const { deletes } = warehouse.capabilities;
      const doubted = load('p2', people, rows, { scope: deletes ? 'everything' : 'changes', beforeCommit });
      await assert.rejects(warehouse.apply(doubted), (thrown) => thrown === error);
      assert.deepEqual(seen, [{ ...NONE, rows: 2, inserted: 1, duplicates: 1, deleted: deletes ? 1 : 0 }]);
      assert.deepEqual(await names(warehouse), ['1 Ada']);
      await merges(warehouse, load('p2', people, [BOB]), { rows: 1, inserted: 1 });
      await warehouse.apply(load('p2', people, [BOB], { beforeCommit }));
    },
  },
  {
    promise:
      'whoever reads while a package is applied sees all of it or nothing; or it is made whole by applying it again when it was cut short',
    run: (warehouse) => (warehouse.capabilities.atomic === 'package' ? isSeenWhole(warehouse) : isMadeWhole(warehouse)),
  },
  {
    promise: 'packages that are applied together are applied one after the other',
    run: async (warehouse) => {
      const loads = Array.from({ length: 5 }, (_, index) => load(`p${index}`, people, [ADA, BOB]));
      const broken = load('broken', people, [], { rows: breaking(people, [EVE], new Error('the source broke')) });
      const [failed, ...merged] = await Promise.allSettled([broken, ...loads].map((one) => applied(warehouse, one)));
      assert.equal(failed?.status, 'rejected');
      const counts = merged.map((result) => (result.status === 'fulfilled' ? result.value.counts : result.reason));
      assert.deepEqual(counts[0], { ...NONE, rows: 2, inserted: 2 });
      for (const later of counts.slice(1)) assert.deepEqual(later, { ...NONE, rows: 2, unchanged: 2 });
      assert.deepEqual(await names(warehouse), ['1 Ada', '2 Bob']);
    },
  },
  {
    promise:
      'a value that it does not take is refused before anything is told, and the other rows are taken after that',
    run: async (warehouse) => {
      await warehouse.apply(load('p1', people, [ADA]));
      for (const values of [[BOB, { ...EVE, id: 'no number' }], [{ ...EVE, id: '99999999999999999999' }]]) {
        const beforeCommit = (): void => assert.fail('the package was told');
        const refused = warehouse.apply(load('p2', people, values, { beforeCommit }));
        await assert.rejects(refused, { code: 'warehouse-value' });
        assert.deepEqual(await names(warehouse), ['1 Ada']);
      }
      await merges(warehouse, load('p2', people, [BOB]), { rows: 1, inserted: 1 });
    },
  },
  {
    promise: 'no error tells what a record holds',
    run: async (warehouse) => {
      const merged = warehouse.apply(load('p1', people, [{ ...ADA, id: 'my secret' }]));
      await assert.rejects(merged, (error) => {
        assert(error instanceof TidemillError);
        assert(!inspect(error, { depth: null }).includes('my secret'), 'the value is in the error');
        return true;
      });
      assert.equal(await warehouse.read(people, 'id'), undefined, 'the table was left behind');
    },
  },
  {
    promise: 'tells the newest value of a column, and nothing where there is none',
    run: async (warehouse) => {
      const columns = [column('id', 'integer'), column('at', 'timestamptz', true), column('day', 'date', true)];
      const table: Table = { ...people, name: "of it's time", columns, indexes: [] };
      assert.equal(await warehouse.newest(table, 'at'), undefined, 'there is no table');
      await warehouse.apply(load('p1', table, [{ id: '1' }]));
      assert.equal(await warehouse.newest(table, 'at'), undefined, 'there is no value');
      assert.equal(await warehouse.newest(table, 'seen_at'), undefined, 'there is no column');
      const rows = [
        { id: '2', at: '2026-11-21T05:59:59.999Z', day: '2026-11-21' },
        { id: '3', at: '2026-11-21T07:00:00+01:00', day: '1969-12-31' },
      ];
      await warehouse.apply(load('p2', table, rows, { now: LATER }));
      assert.deepEqual(await warehouse.newest(table, 'at'), new Date('2026-11-21T06:00:00Z'));
      assert.deepEqual(await warehouse.newest(table, 'day'), new Date('2026-11-21T00:00:00Z'));
      assert.deepEqual(await warehouse.newest(table, 'ingested_at'), LATER);
    },
  },
  {
    promise: 'a query only reads; who cannot be asked has none',
    run: async (warehouse) => {
      const { query } = warehouse;
      if (query === undefined) return assert(!('query' in warehouse));
      await warehouse.apply(load('p1', people, [ADA]));
      for (const sql of ['DELETE FROM contract.people', 'SELECT 1; COMMIT; DELETE FROM contract.people', 'nonsense']) {
        await assert.rejects(query(sql), { kind: 'config', code: 'query-refused' }, sql);
      }
      assert.deepEqual(await names(warehouse), ['1 Ada']);
    },
  },
  {
    promise: 'a query answers with texts, NULL as null; all rows at once, or in portions of which some are enough',
    run: async (warehouse) => {
      const { query, queryInPortions } = warehouse;
      if (query === undefined) return assert(!('queryInPortions' in warehouse));
      const rows = Array.from({ length: 5_000 }, (_, at) => ({
        id: String(at),
        name: at === 2 ? null : '',
        town: 'x',
      }));
      await warehouse.apply(load('p1', people, rows, { rows: batches(stagedRows('p1', people, rows), 1_000) }));
      const sql = 'SELECT id, name, id = 3 AS three FROM contract.people ORDER BY id';
      const whole = await query(sql);
      assert.deepEqual(whole.columns, ['id', 'name', 'three']);
      assert.deepEqual(whole.rows.slice(2, 4), [
        ['2', null, 'false'],
        ['3', '', 'true'],
      ]);
      if (queryInPortions === undefined) return;
      const first = await queryInPortions(sql);
      for await (const _ of first.portions) break;
      const again = await queryInPortions(sql);
      const portions = await Array.fromAsync(again.portions);
      assert.deepEqual([again.columns, portions.flat()], [whole.columns, whole.rows]);
      await assert.rejects(queryInPortions('nonsense'), { kind: 'config', code: 'query-refused' });
    },
  },
  {
    promise: 'check() passes on a usable warehouse, which has a name',
    run: async (warehouse) => {
      await warehouse.check();
      await warehouse.check();
      assert.notEqual(warehouse.url, '');
      await merges(warehouse, load('p1', people, [ADA]), { rows: 1, inserted: 1 });
    },
  },
];
