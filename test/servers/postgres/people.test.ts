/** What people have in a database stays as they made it, and what is theirs alone to do is asked for. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Load, SqlWarehouse, Table } from '../../../orchestrator/warehouse/contract.ts';
import { ADA, applied, BOB, column, EVE, load, NONE, names, people } from '../../contracts/warehouse-samples.ts';
import { type Database, freshDatabase, opened, servers } from './servers.ts';

describe.runIf(servers.length > 0).each(servers)('$name', (server) => {
  async function database(more?: string): Promise<Database> {
    const made = await freshDatabase(server, more);
    onTestFinished(() => made[Symbol.asyncDispose]());
    return made;
  }

  /** The driver as somebody who may do nothing yet. */
  async function asLoader(here: Database): Promise<SqlWarehouse> {
    const url = new URL(here.location);
    const role = `loader_${url.pathname.slice(1)}`;
    await here.run(`CREATE ROLE ${role} LOGIN PASSWORD 'loader'`);
    onTestFinished(async () => void (await here.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
    url.username = role;
    url.password = 'loader';
    return opened(url.href);
  }

  it('keeps indexes, comments, grants, triggers and columns that people added', async () => {
    const here = await database();
    await here.open().apply(load('p1', people, [ADA, BOB]));
    await here.run(`
      CREATE INDEX theirs ON contract.people (name, town);
      COMMENT ON TABLE contract.people IS 'mine'; COMMENT ON COLUMN contract.people.name IS 'mine, too';
      GRANT SELECT ON contract.people TO PUBLIC;
      ALTER TABLE contract.people ADD COLUMN seen integer NOT NULL DEFAULT 7,
        ADD COLUMN shouted text GENERATED ALWAYS AS (upper(name)) STORED;
      CREATE FUNCTION contract.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER theirs BEFORE INSERT OR UPDATE ON contract.people FOR EACH ROW EXECUTE FUNCTION contract.nothing()`);
    const state = () =>
      here.run(`
        SELECT obj_description('contract.people'::regclass) AS is, col_description('contract.people'::regclass, 2) AS name,
          (SELECT array_agg(indexdef ORDER BY indexname) FROM pg_indexes WHERE tablename = 'people')::text AS indexes,
          (SELECT relacl::text FROM pg_class WHERE oid = 'contract.people'::regclass) AS grants,
          (SELECT count(*)::int FROM pg_trigger WHERE tgname = 'theirs') AS triggers,
          (SELECT array_agg(attname || attnotnull ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'contract.people'::regclass
            AND attnum > 0)::text AS columns`);
    const before = await state();
    const described: Table = { ...people, description: 'Described anew' };
    const rows = [{ ...ADA, name: 'Augusta' }, BOB, EVE];
    const { counts } = await applied(here.open(), load('p2', described, rows, { scope: 'everything' }));
    expect(counts).toEqual({ ...NONE, rows: 3, inserted: 1, updated: 1, unchanged: 1 });
    expect(await state()).toEqual(before);
    expect(await here.run('SELECT shouted FROM contract.people WHERE id = 1 AND seen = 7')).toEqual([
      { shouted: 'AUGUSTA' },
    ]);
  });

  it('does as a role what it may, and asks for the rest: what it asks for is enough', async () => {
    const here = await database();
    const warehouse = await asLoader(here);
    const asked = async (what: Load): Promise<string> => {
      const error = await warehouse.apply(what).catch((thrown) => thrown);
      expect(error).toMatchObject({ kind: 'config', code: 'postgres-rights' });
      return error.hint.replace(/^Have the owner run: /, '');
    };
    const first = await asked(load('p1', people, [ADA]));
    expect(first).toMatch(/^GRANT CREATE ON DATABASE "t_\w+" TO "loader_\w+"$/);
    await here.run(first);
    await warehouse.check();
    await warehouse.apply(load('p1', people, [ADA]));

    await here.run(
      'ALTER TABLE contract.people OWNER TO tidemill; CREATE SCHEMA others; CREATE TABLE others.people (id integer)',
    );
    const rows = await asked(load('p2', people, [BOB]));
    expect(rows).toMatch(/^GRANT SELECT, INSERT, UPDATE, DELETE ON "contract"\."people" TO "loader_\w+"$/);
    await here.run(rows);
    await warehouse.apply(load('p2', people, [BOB]));
    const wider: Table = { ...people, columns: [...people.columns, column('age', 'integer', true)] };
    const shape = await asked(load('p3', wider, [{ ...EVE, age: '7' }]));
    expect(shape).toMatch(/^ALTER TABLE "contract"\."people" OWNER TO "loader_\w+"$/);
    await here.run(shape);
    await warehouse.apply(load('p3', wider, [{ ...EVE, age: '7' }]));
    expect(await names(here.open())).toEqual(['1 Ada', '2 Bob', '3 Eve']);
    expect(await asked(load('p4', { ...people, schema: 'others' }, []))).toContain(
      'GRANT USAGE, CREATE ON SCHEMA "others"',
    );
  });

  it('lists the tables of silver, and not what else there is', async () => {
    const here = await database();
    await here.open().apply(load('p1', people, [ADA]));
    await here.run('CREATE TABLE public.theirs (id integer)');
    const listed = await here.open().tables();
    expect(listed.map(({ schema, name, rows }) => [schema, name, rows])).toEqual([['contract', 'people', 1]]);
    expect(listed[0]?.bytes).toBeGreaterThan(0);
  });

  it('refuses a view of the name, a longer name than there is, a key that rows share, and another encoding', async () => {
    const here = await database();
    const apply = (what: Load) => here.open().apply(what);
    await here.run('CREATE SCHEMA contract; CREATE VIEW contract.seen AS SELECT 1 AS id');
    await expect(apply(load('p1', { ...people, name: 'seen' }, []))).rejects.toMatchObject({ code: 'table-unfit' });
    const long = { ...people, name: 'n'.repeat(64) };
    await expect(apply(load('p1', long, []))).rejects.toMatchObject({ code: 'table-unfit' });
    const pairs: Table = {
      ...people,
      columns: people.columns.map((one) => ({ ...one, nullable: false })),
      key: ['id', 'name'],
    };
    await apply(load('p1', pairs, [ADA, { ...ADA, name: 'Augusta' }]));
    const shorter = apply(load('p2', { ...pairs, key: ['id'] }, []));
    await expect(shorter).rejects.toMatchObject({ kind: 'config', code: 'key-not-unique' });
    const latin = await database("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    for (const asked of [latin.open().check(), latin.open().apply(load('p1', people, []))]) {
      await expect(asked).rejects.toMatchObject({ kind: 'config', code: 'postgres-unfit' });
    }
  });

  it('refuses no row for the sake of an index; a key that is too long for its own is a value that it does not take', async () => {
    const here = await database();
    const noise = Array.from({ length: 4_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7_919) % 20_000)),
    ).join('');
    await here.open().apply(load('p1', people, [{ ...ADA, town: noise }]));
    expect(await here.run(`SELECT id FROM contract.people WHERE town = '${noise}'`)).toEqual([{ id: 1 }]);
    const keyed: Table = { ...people, name: 'keyed', columns: [column('id', 'text')], indexes: [] };
    const apply = here.open().apply(load('p2', keyed, [{ id: 'short' }, { id: noise }]));
    await expect(apply).rejects.toMatchObject({ code: 'warehouse-value' });
  });

  it('has committed what it says is committed, whatever the role was told', async () => {
    const here = await database();
    await here.open().apply(load('p1', people, []));
    await here.run(`
      CREATE TABLE public.seen (setting text);
      CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.seen VALUES (current_setting('synchronous_commit')), (current_setting('statement_timeout'));
        RETURN NEW; END $$;
      CREATE TRIGGER look BEFORE INSERT ON contract.people FOR EACH ROW EXECUTE FUNCTION public.look();`);
    const told = [
      'synchronous_commit = off',
      'statement_timeout = 60000',
      "default_transaction_isolation = 'serializable'",
    ];
    const strange = ['search_path = nowhere', "DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Tokyo'"];
    const name = new URL(here.location).pathname.slice(1);
    for (const setting of [...told, ...strange]) await here.run(`ALTER DATABASE ${name} SET ${setting}`);
    await here.open().apply(load('p2', people, [ADA]));
    expect(await here.run('SELECT setting FROM public.seen')).toEqual([{ setting: 'on' }, { setting: '0' }]);
    expect(await here.open().newest(people, 'ingested_at')).toEqual(new Date('2026-01-01T12:00:00Z'));
  });
});
