/** Loads that are more than one commit: killed at each of them, told otherwise when they are told again, and beside other loads. */
import assert from 'node:assert/strict';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Load, MergeCounts, SqlWarehouse, Table } from '../../orchestrator/warehouse/contract.ts';
import { sumOf } from '../../orchestrator/warehouse/packages.ts';
import type { SpannerOptions } from '../../orchestrator/warehouse/spanner/driver.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { type Address, SMALL } from '../fakes/spanner-tested.ts';
import { withRows } from './mortal.ts';
import {
  ADA,
  applied,
  BOB,
  batches,
  load,
  merges,
  NONE,
  names,
  people,
  stagedRows,
  type Tested,
  together,
  type Values,
  valuesIn,
} from './warehouse-samples.ts';

const crowd = (name: string, from: number, to: number): Values[] =>
  Array.from({ length: to - from }, (_, index) => ({ id: String(from + index), name, town: null }));

const log: Table = { ...people, name: 'log', key: [], write: 'append' };

interface Scenario {
  readonly what: string;
  readonly table: Table;
  readonly before: () => Load;
  readonly load: () => Load;
  readonly counts: Partial<MergeCounts>;
  readonly leaves: readonly string[];
}

const told = (rows: readonly Values[]): string[] => rows.map(({ id, name }) => `${id} ${name}`);

/** Some new, some changed, some the same, one twice; and deletions. */
function mixed(): Load {
  const rows = [...crowd('new', 20, 40), ...crowd('old', 0, 8), ...crowd('new', 8, 16), ...crowd('last', 39, 40)];
  const staged = [
    ...stagedRows('p1', people, rows),
    ...stagedRows('gone', people, crowd('x', 16, 19)).map((row) => ({ ...row, isDeletion: true as const })),
  ];
  return load('p1', people, [], { rows: batches(staged, 5) });
}

const scenarios: readonly Scenario[] = [
  {
    what: 'a load of changes',
    table: people,
    before: () => load('p0', people, crowd('old', 0, 20)),
    load: mixed,
    counts: { rows: 40, inserted: 20, updated: 8, unchanged: 8, duplicates: 1, deleted: 3, deletions: 3 },
    leaves: told([
      ...crowd('old', 0, 8),
      ...crowd('new', 8, 16),
      ...crowd('old', 19, 20),
      ...crowd('new', 20, 39),
      ...crowd('last', 39, 40),
    ]),
  },
  {
    what: 'a load of everything',
    table: people,
    before: () => load('p0', people, crowd('old', 0, 30)),
    load: () =>
      load('p1', people, [...crowd('old', 0, 3), ...crowd('new', 3, 20), ...crowd('new', 40, 50)], {
        scope: 'everything',
      }),
    counts: { rows: 30, inserted: 10, updated: 17, unchanged: 3, deleted: 10 },
    leaves: told([...crowd('old', 0, 3), ...crowd('new', 3, 20), ...crowd('new', 40, 50)]),
  },
  {
    what: 'rows without a key, in three packages',
    table: log,
    before: () => load('p0', log, crowd('old', 0, 5)),
    load: () =>
      together(load('p1', log, crowd('one', 10, 19)), load('p2', log, []), load('p3', log, crowd('three', 30, 41))),
    counts: { rows: 20, inserted: 20 },
    leaves: told([...crowd('old', 0, 5), ...crowd('one', 10, 19), ...crowd('three', 30, 41)]),
  },
  {
    what: 'rows that make room for their like',
    table: log,
    before: () => load('p0', log, crowd('old', 0, 20)),
    load: () =>
      load('p0', log, crowd('again', 0, 15), {
        id: 'p0~again',
        replaces: [stagedRows('p0', log, [ADA])[0]?.bronzeObjectPath ?? ''],
      }),
    counts: { rows: 15, inserted: 15, deleted: 20 },
    leaves: told(crowd('again', 0, 15)),
  },
  {
    what: 'several packages of changes, whose rows meet each other',
    table: people,
    before: () => load('p0', people, crowd('old', 0, 20)),
    load: () => together(load('p1', people, crowd('one', 10, 30)), load('p2', people, crowd('two', 5, 25))),
    counts: { rows: 40, inserted: 10, updated: 30 },
    leaves: told([...crowd('old', 0, 5), ...crowd('two', 5, 25), ...crowd('one', 25, 30)]),
  },
];

/** What all packages of the load came to. */
const summed = async (warehouse: SqlWarehouse, what: Load): Promise<MergeCounts> =>
  sumOf((await warehouse.apply(what)).packages);

/** Where the driver is tried: a fresh database, and the driver on it, maybe through another server. */
export interface Place {
  readonly newAddress: () => Promise<Address>;
  readonly open: (address: Address, more?: Partial<SpannerOptions>) => SqlWarehouse & Tested;
}

export function commitsContract({ newAddress, open }: Place): void {
  const opened: Place['open'] = (...args) => {
    const warehouse = open(...args);
    onTestFinished(() => warehouse.close());
    return warehouse;
  };

  /** Applies the load, and lets nothing arrive from its commit number `last` on; that one's answer alone, where it is `answered`. */
  async function cut(address: Address, what: Load, last: number, end: 'reset' | 'lose-answer'): Promise<number> {
    await using proxy = await startFaultProxy(address.server);
    let commits = 0;
    let isOver = false;
    proxy.use(({ url }) => {
      if (isOver) return 'reset';
      if (url.endsWith(':commit')) commits += 1;
      isOver = commits === last;
      return isOver ? end : undefined;
    });
    const dying = open({ ...address, server: proxy.url }, { limits: { retries: 0 }, commits: SMALL });
    await dying.apply(what).catch((error) => assert.equal(error.kind, 'transient'));
    await dying.close();
    return commits;
  }

  describe.each(scenarios)('$what', (scenario) => {
    it.each(['reset', 'lose-answer'] as const)(
      'killed at each of its commits (%s), is made whole with the same counts',
      async (end) => {
        const expected = { ...NONE, ...scenario.counts };
        for (let at = 1; ; at += 1) {
          const address = await newAddress();
          const warehouse = opened(address);
          await warehouse.apply(scenario.before());
          const commits = await cut(address, scenario.load(), at, end);
          if (commits < at) {
            expect(at).toBeGreaterThan(3);
            break;
          }
          const begun = await warehouse.query('SELECT COUNT(*) FROM staging.ingestion_state');
          const again = await summed(opened(address, { commits: SMALL }), scenario.load());
          expect(again, `commit ${at}`).toEqual(expected);
          expect((await names(warehouse, scenario.table)).toSorted(), `commit ${at}`).toEqual(
            scenario.leaves.toSorted(),
          );
          const left = await warehouse.query('SELECT COUNT(*) FROM staging.ingestion_begun');
          expect([begun.rows[0]?.[0], left.rows[0]?.[0]]).toEqual([expect.any(String), '0']);
        }
      },
    );
  });

  describe('a load that was cut short', () => {
    it('is not recorded, and is finished for itself when other packages have come to wait', async () => {
      const address = await newAddress();
      const warehouse = opened(address);
      await warehouse.apply(load('p0', people, crowd('old', 0, 5)));
      await cut(address, load('p1', people, crowd('one', 0, 20)), 2, 'reset');
      expect(await warehouse.lastPackage('contract_people')).toBe('p0');
      const told: string[][] = [];
      const both = together(load('p1', people, crowd('one', 0, 20)), load('p2', people, crowd('two', 10, 30)));
      const beforeCommit: Load['beforeCommit'] = (packages) => void told.push(packages.map(({ id }) => id));
      const { packages } = await warehouse.apply({ ...both, beforeCommit });
      expect(told).toEqual([['p1'], ['p2']]);
      expect(packages).toEqual([
        { id: 'p1', counts: { ...NONE, rows: 20, inserted: 15, updated: 5 }, alreadyLoaded: false },
        { id: 'p2', counts: { ...NONE, rows: 20, inserted: 10, updated: 10 }, alreadyLoaded: false },
      ]);
    });

    it('leaves no row behind that it is not told of again', async () => {
      const address = await newAddress();
      const warehouse = opened(address);
      await warehouse.apply(load('p0', log, [BOB]));
      await cut(address, load('p1', log, crowd('one', 10, 40)), 4, 'reset');
      expect((await names(warehouse, log)).length).toBeGreaterThan(10);
      // Another version of the code makes fewer rows of the same package.
      await merges(warehouse, load('p1', log, crowd('other', 10, 12)), { rows: 2, inserted: 2 });
      expect(await names(warehouse, log)).toEqual(['2 Bob', '10 other', '11 other']);
    });

    it('counts what it does itself where another load has come between', async () => {
      const address = await newAddress();
      const warehouse = opened(address);
      await warehouse.apply(load('p0', people, crowd('old', 0, 20)));
      await cut(address, load('p1', people, crowd('new', 0, 40)), 2, 'reset');
      await merges(warehouse, load('q1', people, crowd('new', 38, 40), { job: 'another' }), { rows: 2, inserted: 2 });
      const counts = { rows: 40, inserted: 18, updated: 20, unchanged: 2 };
      await merges(warehouse, load('p1', people, crowd('new', 0, 40)), counts);
    });
  });

  describe('two processes', () => {
    it('that load one package at once leave each row there once', async () => {
      const address = await newAddress();
      const [one, other] = [opened(address, { commits: SMALL }), opened(address, { commits: SMALL })];
      await one.apply(load('p0', log, [ADA]));
      const rows = () => load('p1', log, crowd('x', 10, 60));
      const both = await Promise.all([applied(one, rows()), applied(other, rows())]);
      expect(both.map(({ counts }) => counts)).toEqual([1, 2].map(() => ({ ...NONE, rows: 50, inserted: 50 })));
      expect(await valuesIn(one, log, 'id')).toHaveLength(51);
    });

    it('that write to one table at once count what each has done', async () => {
      const address = await newAddress();
      const [one, other] = [opened(address), opened(address)];
      let isFirst = true;
      const told: MergeCounts[] = [];
      const beforeCommit = async (counts: MergeCounts): Promise<void> => {
        told.push(counts);
        if (isFirst) await merges(other, load('p2', people, [BOB]), { rows: 1, inserted: 1 });
        isFirst = false;
      };
      const rows = [ADA, { ...BOB, town: 'Bonn' }];
      await merges(one, load('p1', people, rows, { beforeCommit }), { rows: 2, inserted: 1, updated: 1 });
      expect(told.map(({ inserted }) => inserted)).toEqual([2, 1]);
      expect(await names(one)).toEqual(['1 Ada', '2 Bob']);
    });

    it('whose source breaks off leaves what is there', async () => {
      const warehouse = opened(await newAddress(), { commits: SMALL });
      await warehouse.apply(load('p0', people, crowd('old', 0, 20)));
      const broken = withRows(load('p1', people, []), async function* () {
        yield { rows: stagedRows('p1', people, crowd('new', 0, 20)), rejected: 0 };
        throw new Error('the source broke');
      });
      await expect(warehouse.apply(broken)).rejects.toThrow('the source broke');
      expect(await names(warehouse)).toEqual(told(crowd('old', 0, 20)));
    });
  });
}
