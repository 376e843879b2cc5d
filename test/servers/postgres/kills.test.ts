/** A load that is cut short at each of its statements is done once, and whole, by the next try. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Load, MergeCounts } from '../../../orchestrator/warehouse/contract.ts';
import {
  ADA,
  applied,
  BOB,
  batches,
  column,
  EVE,
  load,
  NONE,
  names,
  people,
  stagedRows,
} from '../../contracts/warehouse-samples.ts';
import { type CutProxy, cuts, startCutProxy } from './cut-proxy.ts';
import { type Database, freshDatabase, opened, servers } from './servers.ts';

const TERMINATE =
  'SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
const EMPTY = 'DROP SCHEMA IF EXISTS contract CASCADE; DROP SCHEMA IF EXISTS staging CASCADE';

const wider = { ...people, columns: [...people.columns, column('age', 'integer', true)], indexes: ['town', 'age'] };

/** A package of everything, with a row of each fate, a column that is new and an index for it. */
function second(): Load {
  const rows = stagedRows('p2', wider, [{ ...ADA, name: 'Augusta' }, BOB, BOB, { ...EVE, id: '4' }, { id: '3' }]);
  const last = { ...rows[4], isDeletion: true } as (typeof rows)[0];
  return load('p2', wider, [], { rows: batches([...rows.slice(0, 4), last], 2), scope: 'everything' });
}

interface Scenario {
  readonly what: string;
  /** What was loaded before. */
  readonly before: (() => Load) | undefined;
  readonly load: () => Load;
  readonly counts: MergeCounts;
  readonly leaves: readonly string[];
}

const scenarios: readonly Scenario[] = [
  {
    what: 'the first load of a database',
    before: undefined,
    load: () => load('p1', people, [ADA, BOB]),
    counts: { ...NONE, rows: 2, inserted: 2 },
    leaves: ['1 Ada', '2 Bob'],
  },
  {
    what: 'a load that changes everything there is to change',
    before: () => load('p1', people, [ADA, BOB, EVE, { ...EVE, id: '9' }]),
    load: second,
    counts: { rows: 5, inserted: 1, updated: 1, unchanged: 1, duplicates: 1, deleted: 2, deletions: 1 },
    leaves: ['1 Augusta', '2 Bob', '4 Eve'],
  },
];

describe.runIf(servers.length > 0).each(servers.slice(0, 1))('$name', (server) => {
  let database: Database;
  let proxy: CutProxy;
  let location: string;

  beforeAll(async () => {
    database = await freshDatabase(server);
    const url = new URL(database.location);
    proxy = await startCutProxy(Number(url.port), async () => void (await database.run(TERMINATE)));
    url.port = String(proxy.port);
    location = url.href;
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  async function prepared({ before }: Scenario): Promise<void> {
    await database.run(EMPTY);
    if (before !== undefined) await database.open().apply(before());
  }

  /** How many questions a load asks that nobody cuts. */
  async function questions(scenario: Scenario): Promise<readonly string[]> {
    await prepared(scenario);
    proxy.arm();
    const { counts } = await applied(opened(location), scenario.load());
    expect(counts).toEqual(scenario.counts);
    return proxy.asked;
  }

  it.each(scenarios.flatMap((scenario) => cuts.map((cut) => ({ ...scenario, cut }))))(
    '$what, cut $cut each statement',
    async ({ cut, ...scenario }) => {
      const all = await questions(scenario);
      expect(all).toContain('COMMIT');
      expect(all).toContain('end of COPY');
      for (const [index, statement] of all.entries()) {
        await prepared(scenario);
        proxy.arm(index + 1, cut);
        const first = await applied(opened(location), scenario.load()).catch((error) => error);
        expect(proxy.isCut, statement).toBe(true);
        const isCommit = statement === 'COMMIT' && index === all.length - 1;
        // The answer alone was lost: whether it was done is looked up at once.
        if (isCommit && cut === 'after')
          expect(first, statement).toEqual({ counts: scenario.counts, alreadyLoaded: false });
        else expect(first, statement).toMatchObject({ kind: 'transient', code: 'warehouse-lost' });
        const again = await applied(database.open(), scenario.load());
        expect(again, statement).toEqual({ counts: scenario.counts, alreadyLoaded: isCommit && cut === 'after' });
        expect(await names(database.open()), statement).toEqual(scenario.leaves);
        expect(await database.run('SELECT FROM staging.ingestion_state')).toHaveLength(
          scenario.before === undefined ? 1 : 2,
        );
      }
    },
  );
});
