/** Processes that load one table at once, one that is killed, and what PgBouncer's next client finds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADA, applied, BOB, EVE, load, NONE, names, people } from '../../contracts/warehouse-samples.ts';
import {
  bouncer,
  type Database,
  freshDatabase,
  IN_THIS_DATABASE,
  runAt,
  type Server,
  servers,
  ways,
} from './servers.ts';

const PROCESSES = 4;
const PACKAGES = 6;
const ROWS = 500;

/** A process that runs this code with the database opened as `warehouse`. */
function otherProcess({ location }: Database, code: string, ...words: readonly string[]): ChildProcess {
  const driver = JSON.stringify(new URL('../../../orchestrator/warehouse/postgres/driver.ts', import.meta.url).href);
  const samples = JSON.stringify(new URL('../../contracts/warehouse-samples.ts', import.meta.url).href);
  const script = `
    const { openPostgres } = await import(${driver});
    const { ADA, BOB, EVE, load, people } = await import(${samples});
    const clock = { now: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
    const warehouse = openPostgres({ location: process.argv[1], env: {}, clock, random: Math.random });
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, location, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // As a person's shell may have it; PgBouncer refuses whoever hands it on.
    env: { ...process.env, PGOPTIONS: '-c work_mem=4MB' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Each package into a table with a key and one without, in an order of the process's own. */
const LOADS = `
  const log = { ...people, name: 'log', key: [], write: 'append', indexes: [] };
  const first = Number(process.argv[2]);
  for (let index = 0; index < ${PACKAGES}; index += 1) {
    const at = (first + index) % ${PACKAGES};
    // Half of its rows are also in the next one.
    const rows = Array.from({ length: ${ROWS} }, (_, row) => ({ id: String(at * ${ROWS / 2} + row), name: 'n', town: null }));
    await warehouse.apply(load('p' + at, people, rows));
    await warehouse.apply(load('l' + at, log, rows));
  }`;

async function database(server: Server): Promise<Database> {
  const made = await freshDatabase(server);
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

describe.runIf(ways.length > 0).each(ways)('$name', (server) => {
  it(`${PROCESSES} processes load the same packages at once, into a database that is new: none is lost, none doubled`, async () => {
    const here = await database(server);
    const children = Array.from({ length: PROCESSES }, (_, index) => otherProcess(here, LOADS, String(index)));
    const ends = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(ends).toEqual(children.map(() => 0));
    const distinct = (PACKAGES - 1) * (ROWS / 2) + ROWS;
    expect(
      await here.run(`
        SELECT (SELECT count(*)::int FROM contract.people) AS people, (SELECT count(*)::int FROM contract.log) AS log,
          (SELECT count(*)::int FROM staging.ingestion_state) AS packages,
          (SELECT sum((counts ->> 'inserted')::int)::int FROM staging.ingestion_state WHERE package_id LIKE 'p%') AS inserted`),
    ).toEqual([{ people: distinct, log: PACKAGES * ROWS, packages: 2 * PACKAGES, inserted: distinct }]);
  });

  it('loads that are the first of their service at once make its schema once', async () => {
    const here = await database(server);
    const tables = ['a', 'b', 'c', 'd'].map((name) => ({ ...people, name }));
    const loads = tables.map((table) => applied(here.open(), load(`p ${table.name}`, table, [ADA])));
    expect((await Promise.all(loads)).map(({ counts }) => counts.inserted)).toEqual([1, 1, 1, 1]);
  });

  it('has nothing of a load whose process was killed just before the end', async () => {
    const here = await database(server);
    await here.open().apply(load('p1', people, [ADA]));
    const child = otherProcess(
      here,
      `const beforeCommit = () => process.kill(process.pid, 'SIGKILL');
       await warehouse.apply(load('p2', { ...people, indexes: [] }, [{ ...ADA, name: 'changed' }, BOB], { beforeCommit }));`,
    );
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
    const again = await applied(here.open(), load('p2', people, [BOB, EVE]));
    expect(again).toEqual({ counts: { ...NONE, rows: 2, inserted: 2 }, alreadyLoaded: false });
    expect(await names(here.open())).toEqual(['1 Ada', '2 Bob', '3 Eve']);
  });
});

describe.runIf(servers.length > 0)('PgBouncer in transaction mode', () => {
  it('hands its next client a connection as it was: no lock, no table, no setting is left', async () => {
    const here = await database(bouncer);
    const look = () =>
      runAt(
        here.location,
        `SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone, current_setting('work_mem') AS memory,
           current_setting('lock_timeout') AS wait, to_regclass('pg_temp.staged') AS staged,
           (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND ${IN_THIS_DATABASE}) AS locks,
           (SELECT count(*)::int FROM pg_class WHERE relname IN ('staged', 'fresh')) AS tables`,
      );
    const before = await look();
    const warehouse = here.open();
    await warehouse.apply(load('p1', people, [ADA, BOB]));
    await warehouse.apply(load('p2', people, [{ ...ADA, id: 'no number' }])).catch(() => undefined);
    for await (const _ of warehouse.scan(people)) break;
    await warehouse.query('SELECT 1');
    await warehouse.check();
    for (let times = 0; times < 3; times += 1) expect(await look()).toEqual(before);
  });

  it('two clients take turns at its connections, statement by statement', async () => {
    const here = await database(bouncer);
    const [one, other] = [here.open(), here.open()];
    const gate = Promise.withResolvers<void>();
    const rows = (async function* () {
      yield { rows: [], rejected: 0 };
      await gate.promise;
    })();
    const slow = applied(one, load('p1', { ...people, name: 'slow' }, [], { rows }));
    await other.apply(load('p2', people, [ADA]));
    expect(await names(other)).toEqual(['1 Ada']);
    await other.apply(load('p3', people, [BOB]));
    gate.resolve();
    expect((await slow).counts.rows).toBe(0);
    expect(await names(one)).toEqual(['1 Ada', '2 Bob']);
  });
});
