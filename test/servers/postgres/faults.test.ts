/** What goes wrong with a server: who must act is said, nothing is changed, and no value is told. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { TidemillError } from '@tidemill/kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPostgres } from '../../../orchestrator/warehouse/postgres/driver.ts';
import { ADA, applied, BOB, EVE, load, NONE, names, people } from '../../contracts/warehouse-samples.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { type Database, freshDatabase, IN_THIS_DATABASE, opened, servers } from './servers.ts';

const PIDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tidemill' AND datname = current_database()";

describe.runIf(servers.length > 0).each(servers)('$name', (server) => {
  async function database(): Promise<Database> {
    const made = await freshDatabase(server);
    onTestFinished(() => made[Symbol.asyncDispose]());
    return made;
  }

  /** The way there as a role of its own, with a limit on its connections. */
  async function asRole(here: Database, limit: number): Promise<string> {
    const url = new URL(here.location);
    url.username = `role_${url.pathname.slice(1)}`;
    url.password = 'it-is-a-secret';
    await here.run(`CREATE ROLE ${url.username} LOGIN PASSWORD '${url.password}' CONNECTION LIMIT ${limit}`);
    onTestFinished(async () => void (await here.run(`DROP ROLE ${url.username}`)));
    return url.href;
  }

  const told = async (asked: Promise<unknown>): Promise<TidemillError> => {
    const error: unknown = await asked.catch((thrown) => thrown);
    assert(error instanceof TidemillError);
    expect(inspect(error, { depth: null })).not.toMatch(/it-is-a-secret|tidemill-secret/);
    return error;
  };

  it('lets nobody in without the right password, which a variable may have', async () => {
    const here = await database();
    const right = await asRole(here, -1);
    const without = right.replace(':it-is-a-secret', '');
    const wrong = right.replace('secret', 'secret-or-not');
    for (const location of [wrong, without]) {
      expect(await told(opened(location).loadedJobs())).toMatchObject({ kind: 'auth', code: 'postgres-auth' });
    }
    const env = { TIDEMILL_POSTGRES_PASSWORD: 'it-is-a-secret' };
    expect(await opened(without, env).loadedJobs()).toEqual(new Set());
    expect(opened(right).url).toBe(`postgres://${new URL(right).host}${new URL(right).pathname}`);
  });

  it('is told from a server that is not there, and a database that is not', async () => {
    const here = await database();
    const gone = new URL(here.location);
    gone.port = '1';
    expect(await told(opened(gone.href).check())).toMatchObject({ kind: 'transient', code: 'warehouse-lost' });
    expect(await told(opened(`${server.url}/nothing`).check())).toMatchObject({
      kind: 'config',
      code: 'postgres-database',
    });
  });

  it('is waited for while it takes no more connections, and then given up', async () => {
    const here = await database();
    const location = await asRole(here, 1);
    await here.run(`GRANT CREATE ON DATABASE ${new URL(location).pathname.slice(1)} TO ${new URL(location).username}`);
    const gate = Promise.withResolvers<void>();
    const rows = (async function* () {
      yield { rows: [], rejected: 0 };
      await gate.promise;
    })();
    const holds = opened(location).apply(load('p1', people, [], { rows }));
    await expect.poll(() => here.run(PIDS)).toHaveLength(1);
    const clock = fakeClock();
    const other = openPostgres({ location, env: {}, clock, random: () => 0.5 });
    expect(await told(other.check())).toMatchObject({ kind: 'transient', code: 'postgres-not-now' });
    expect(clock.slept.reduce((sum, wait) => sum + wait, 0)).toBe(30_500);
    gate.resolve();
    await holds;
    await expect.poll(() => here.run(PIDS)).toHaveLength(0);
    await other.check();
    await here.run(`DROP OWNED BY ${new URL(location).username} CASCADE`);
  });

  /** What becomes of a load that waits for a table that a person has locked, when they do this to it. */
  async function whileItWaits(here: Database, deed: string): Promise<unknown> {
    await here.open().apply(load('p1', people, [ADA]));
    const locked = here.run(`
      BEGIN; LOCK TABLE contract.people IN EXCLUSIVE MODE;
      DO $$ DECLARE found integer; BEGIN
        LOOP
          SELECT pid INTO found FROM pg_stat_activity WHERE application_name = 'tidemill' AND datname = current_database()
            AND wait_event_type = 'Lock';
          EXIT WHEN found IS NOT NULL;
          PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
        END LOOP;
        PERFORM ${deed}(found);
      END $$; COMMIT`);
    await expect
      .poll(() =>
        here.run(`SELECT FROM pg_locks WHERE mode = 'ExclusiveLock' AND locktype = 'relation' AND ${IN_THIS_DATABASE}`),
      )
      .toHaveLength(1);
    const load2 = here.open().apply(load('p2', people, [{ ...ADA, name: 'changed' }, BOB]));
    const [outcome] = await Promise.allSettled([load2, locked]);
    return outcome.status === 'rejected' ? outcome.reason : outcome.value;
  }

  it.each([
    ['cancelled', 'pg_cancel_backend', 'postgres-cancelled'],
    ['ended with its connection', 'pg_terminate_backend', 'warehouse-lost'],
  ])('a statement of a load is %s: nothing is changed, and the next try does it', async (_, deed, code) => {
    const here = await database();
    expect(await whileItWaits(here, deed)).toMatchObject({ kind: 'transient', code });
    expect(await names(here.open())).toEqual(['1 Ada']);
    const { counts } = await applied(here.open(), load('p2', people, [{ ...ADA, name: 'changed' }, BOB]));
    expect(counts).toEqual({ ...NONE, rows: 2, inserted: 1, updated: 1 });
  });

  it('a load that another transaction gets in the way of is merged again, of the rows it has staged', async () => {
    const here = await database();
    await here.open().apply(load('p1', people, [ADA]));
    await here.run(`
      CREATE SEQUENCE public.tries;
      CREATE FUNCTION public.in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('public.tries') <= 2 THEN RAISE 'in the way' USING ERRCODE = 'deadlock_detected'; END IF;
        RETURN NULL; END $$;
      CREATE TRIGGER in_the_way BEFORE INSERT ON contract.people FOR EACH STATEMENT EXECUTE FUNCTION public.in_the_way()`);
    const clock = fakeClock();
    const warehouse = openPostgres({ location: here.location, env: {}, clock, random: () => 0.5 });
    const rows = [{ ...ADA, name: 'changed' }, BOB, BOB];
    const { counts } = await applied(warehouse, load('p2', people, rows, { scope: 'everything' }));
    expect(counts).toEqual({ ...NONE, rows: 3, inserted: 1, updated: 1, duplicates: 1 });
    expect(clock.slept).toEqual([1_000, 1_000]);
    await here.run('ALTER SEQUENCE public.tries RESTART MINVALUE -9 START -9');
    const refused = await told(warehouse.apply(load('p3', people, [EVE])));
    expect(refused).toMatchObject({ kind: 'transient', code: 'postgres-conflict' });
    expect(await names(here.open())).toEqual(['1 changed', '2 Bob']);
  });

  it('a constraint of a person is a value that it does not take, also one that is put off; the value is not told', async () => {
    const here = await database();
    await here.open().apply(load('p1', people, [ADA]));
    await here.run("ALTER TABLE contract.people ADD CHECK (town <> 'my-secret-town')");
    await here.run('ALTER TABLE contract.people ADD UNIQUE (name) DEFERRABLE INITIALLY DEFERRED');
    const beforeCommit = () => expect.unreachable('the package was told');
    for (const row of [
      { ...BOB, town: 'my-secret-town' },
      { ...BOB, name: 'Ada' },
    ]) {
      const refused = await told(here.open().apply(load('p2', people, [row], { beforeCommit })));
      expect(refused.code).toBe('warehouse-value');
      expect(inspect(refused, { depth: null })).not.toMatch(/my-secret-town|Ada/);
    }
  });

  it('says when it only lets itself be read', async () => {
    const here = await database();
    await here.open().apply(load('p1', people, [ADA]));
    const name = new URL(here.location).pathname.slice(1);
    await here.run(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    for (const asked of [here.open().check(), here.open().apply(load('p2', people, [BOB]))]) {
      expect(await told(asked)).toMatchObject({ kind: 'config', code: 'postgres-read-only' });
    }
    expect(await names(here.open())).toEqual(['1 Ada']);
  });

  it('a scan is of one moment, whatever is loaded meanwhile', async () => {
    const here = await database();
    const crowd = Array.from({ length: 300 }, (_, id) => ({ id: String(id), name: 'old', town: null }));
    await here.open().apply(load('p1', people, crowd));
    const seen: (string | null)[] = [];
    for await (const rows of here.open().scan(people)) {
      if (seen.length === 0) {
        const changed = crowd.slice(100).map((row) => ({ ...row, name: 'new' }));
        await here.open().apply(load('p2', people, changed, { scope: 'everything' }));
      }
      seen.push(...rows.map(({ values }) => values[1] ?? null));
    }
    expect(seen).toEqual(crowd.map(({ name }) => name));
  });

  it('a query is one statement of five minutes that only reads', async () => {
    const warehouse = (await database()).open();
    const ask = async (sql: string) => (await warehouse.query(sql)).rows.flat();
    const settings = "SELECT current_setting('transaction_read_only'), current_setting('statement_timeout')";
    expect(await ask(settings)).toEqual(['on', '5min']);
    const values =
      "/* of */ SELECT TIMESTAMPTZ '2026-01-01 10:00+02', TIMESTAMP '2026-01-01 10:00', NULL, 1 = 1, 12.50 -- types";
    const texts = ['2026-01-01T08:00:00Z', '2026-01-01T10:00:00', null, 'true', '12.50'];
    expect(await ask(values)).toEqual(texts);
    for (const sql of [values, 'SHOW TimeZone', '(VALUES (1)) UNION SELECT 2;']) {
      const { columns, portions } = (await warehouse.queryInPortions?.(sql)) ?? {};
      expect([columns, (await Array.fromAsync(portions ?? [])).flat()]).toEqual(
        Object.values(await warehouse.query(sql)),
      );
    }
    const writing = [
      'CREATE TABLE x ()',
      'SELECT 1; SELECT 2',
      'COMMIT; DROP SCHEMA public',
      'WITH x AS (DELETE FROM y) SELECT 1',
    ];
    for (const sql of [
      "SELECT 'my-secret'::int",
      "COPY (SELECT 1) TO '/tmp/x'",
      'SET work_mem = 1',
      'COMMIT',
      ...writing,
    ]) {
      const inPortions = async () => Array.fromAsync((await warehouse.queryInPortions?.(sql))?.portions ?? []);
      for (const ask of [() => warehouse.query(sql), inPortions]) {
        const refused = await told(ask());
        expect(refused, sql).toMatchObject({ kind: 'config', code: 'query-refused' });
        expect(refused.message).not.toContain('my-secret');
      }
    }
  });

  it('a query that nobody reads to its end ends with the warehouse', async () => {
    const here = await database();
    const warehouse = here.open();
    await warehouse.queryInPortions?.('SELECT generate_series(1, 100000)');
    expect(await here.run(PIDS)).toHaveLength(1);
    await warehouse.close();
    await expect.poll(() => here.run(PIDS)).toHaveLength(0);
  });
});
