/** What dbt does in the scratch file is played here by a DuckDB of its own; dbt itself is in `test/dbt`. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keysIn, lakeBucket, lakeIn } from '../../../../test/contracts/lake-bucket.ts';
import { ADA, BOB, EVE, load, people } from '../../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../../test/fakes/clock.ts';
import type { SqlWarehouse } from '../../contract.ts';

/** Files are never small, so that rows are deleted by their positions. */
const LIMITS = { smallBytes: 0, mostSmall: 100, worn: 1 };

async function given() {
  const bucket = await lakeBucket();
  const another = (): SqlWarehouse => {
    const lake = lakeIn(bucket, fakeClock(), { limits: LIMITS });
    onTestFinished(() => lake.close());
    return lake;
  };
  const lake = another();

  /** A run of dbt up to where it begins to build. */
  const begun = async (warehouse = lake) => {
    const target = await warehouse.dbt?.(await mkdtemp(join(tmpdir(), 'tidemill-lake-dbt-')), [people]);
    if (target?.finish === undefined) throw new TypeError('the lake lets dbt in, and takes over what it made');
    const [{ path } = { path: '' }] = target.profile['attach'] as { readonly path: string }[];
    return { ...target, finish: target.finish, ask: (sql: string) => askFile(path, sql) };
  };
  /** One that makes a table of a query. */
  const builds = async (query: string, name = 'fct'): Promise<void> => {
    const { ask, finish } = await begun();
    await ask(`CREATE SCHEMA IF NOT EXISTS gold; CREATE OR REPLACE TABLE gold.${name} AS ${query}`);
    await finish([{ schema: 'gold', name }]);
  };
  const rows = async (sql: string) => (await lake.query(sql)).rows;
  const columns = async (name = 'fct') => {
    const table = (await lake.tables()).find((one) => one.schema === 'gold' && one.name === name);
    return table?.columns.map((column) => [column.name, column.type]);
  };
  return { bucket, lake, another, begun, builds, rows, columns };
}

/** As dbt opens it, in one process that has it alone. */
async function askFile(path: string, sql: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${path}' AS _warehouse; USE _warehouse`);
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('dbt on the lake', () => {
  it('finds the living rows of silver in a file of its own, also where rows were deleted by position', async () => {
    const { bucket, lake, begun } = await given();
    await lake.apply(load('p1', people, [ADA, BOB]));
    await lake.apply(load('p2', people, [{ ...ADA, name: 'Countess' }, EVE]));
    expect((await keysIn(bucket, 'silver/contract/people/data')).some((key) => key.includes('-deletes-'))).toBe(true);
    const { ask, finish } = await begun();
    expect(await ask('SELECT id, name FROM contract.people ORDER BY id')).toEqual([
      [1, 'Countess'],
      [2, 'Bob'],
      [3, 'Eve'],
    ]);
    await finish([]);
  });

  it('finds a table that has no row yet, and none that no model reads', async () => {
    const { lake, begun } = await given();
    await lake.apply(load('p1', people, []));
    await lake.apply(load('p2', { ...people, name: 'strangers' }, [ADA]));
    const { ask, finish } = await begun();
    expect(await ask('SELECT count(*), count(town) FROM contract.people')).toEqual([['0', '0']]);
    await expect(ask('FROM contract.strangers')).rejects.toThrow('does not exist');
    await finish([]);
  });

  it('keeps what was made as tables: those that are named, and views only beside them', async () => {
    const { bucket, begun, rows, lake } = await given();
    const { ask, finish } = await begun();
    await ask(`
      CREATE SCHEMA gold; CREATE SCHEMA gold_staging; CREATE SCHEMA gold_other;
      CREATE VIEW gold_staging.stg AS SELECT 1 AS id;
      CREATE VIEW gold.latest AS SELECT id + 1 AS id FROM gold_staging.stg;
      CREATE TABLE gold_other.seeds AS SELECT 7 AS id;
      CREATE TABLE gold.failed AS SELECT 1 AS id`);
    const named = [
      { schema: 'gold_staging', name: 'stg' },
      { schema: 'gold', name: 'latest' },
      { schema: 'gold_other', name: 'seeds' },
    ];
    await finish(named);
    expect((await lake.tables()).map(({ schema, name }) => `${schema}.${name}`)).toEqual([
      'gold.latest',
      'gold_other.seeds',
    ]);
    expect(await rows('SELECT l.id, s.id FROM gold.latest l, gold_other.seeds s')).toEqual([['2', '7']]);
    const script = await Array.fromAsync((await bucket.read('silver/views.sql'))?.body ?? []);
    expect(Buffer.concat(script).toString()).toContain('VIEW "gold"."latest"');
  });

  it('puts the rows of this run in the place of those of the last one, whatever columns it had', async () => {
    const { lake, builds, rows, columns } = await given();
    await builds("SELECT 1 AS id, 'a' AS word, 2.5 AS old UNION ALL SELECT 2, 'b', 0");
    await builds("SELECT 'x' AS id, 'c' AS word, true AS fresh");
    expect(await rows('SELECT id, word, fresh FROM gold.fct')).toEqual([['x', 'c', 'true']]);
    expect(await columns()).toEqual([
      ['id', 'string'],
      ['word', 'string'],
      ['fresh', 'boolean'],
    ]);
    await builds('SELECT 1 AS id WHERE false');
    expect(await rows('SELECT count(*) FROM gold.fct')).toEqual([['0']]);
    expect((await lake.tables()).map((table) => table.rows)).toEqual([0]);
  });

  it('writes nothing where the rows and columns are the same, in whatever order', async () => {
    const { bucket, builds } = await given();
    await builds("VALUES (1, 'a'), (2, NULL), (2, NULL)");
    const before = await keysIn(bucket, 'silver');
    await builds("VALUES (2, NULL), (1, 'a'), (2, NULL)");
    expect(await keysIn(bucket, 'silver')).toEqual(before);
    await builds("VALUES (2, NULL), (1, 'a')");
    expect(await keysIn(bucket, 'silver')).not.toEqual(before);
  });

  it('has what earlier runs made as tables, for models that only add to it', async () => {
    const { begun, builds, rows } = await given();
    await builds('SELECT 1 AS run');
    const { ask, finish } = await begun();
    await ask('INSERT INTO gold.fct VALUES (2)');
    await finish([{ schema: 'gold', name: 'fct' }]);
    expect(await rows('SELECT run FROM gold.fct ORDER BY run')).toEqual([['1'], ['2']]);
  });

  it('keeps every type of DuckDB, what Iceberg has not as a text, and lists as JSON', async () => {
    const { begun, builds, rows, columns } = await given();
    const query = `SELECT 1::TINYINT AS i, 4294967295::UINTEGER AS l, 18446744073709551615::UBIGINT AS u,
      sum(7) AS h, 1.5::DECIMAL(30,12) AS d, 0.1::FLOAT AS f, 'NaN'::DOUBLE AS n, DATE '2026-01-02' AS day,
      TIMESTAMP '2026-01-02 03:04:05.000006' AS local, TIMESTAMPTZ '2026-01-02 03:04:05+00' AS instant, TIME '03:04:05' AS t,
      '11111111-2222-3333-4444-555555555555'::UUID AS id, 'ab'::BLOB AS bytes, INTERVAL 2 DAY AS span,
      'x'::ENUM('x', 'y') AS word, [1, 2] AS list, {'a': 1} AS struct, '{"b":2}'::JSON AS json`;
    await builds(query);
    expect(Object.fromEntries((await columns()) ?? [])).toMatchObject({
      i: 'int',
      l: 'long',
      u: 'decimal(20, 0)',
      h: 'decimal(38, 0)',
      d: 'decimal(30, 12)',
      f: 'float',
      n: 'double',
      local: 'timestamp',
      instant: 'timestamptz',
      id: 'uuid',
      bytes: 'binary',
      span: 'string',
      list: 'string',
    });
    const printed = await rows('SELECT i, l, u, h, d, day, local, id, span, word, list, struct, json FROM gold.fct');
    expect(printed).toEqual([
      [
        ...[
          '1',
          '4294967295',
          '18446744073709551615',
          '7',
          '1.500000000000',
          '2026-01-02',
          '2026-01-02T03:04:05.000006',
        ],
        ...['11111111-2222-3333-4444-555555555555', '2 days', 'x', '[1,2]', '{"a":1}', '{"b":2}'],
      ],
    ]);
    const { ask, finish } = await begun();
    expect(await ask('SELECT typeof(struct), typeof(t), typeof(instant), list->>0 FROM gold.fct')).toEqual([
      ['JSON', 'TIME', 'TIMESTAMP WITH TIME ZONE', '1'],
    ]);
    await finish([]);
  });

  it('refuses a number that no type of Iceberg holds, by the name of its table, and leaves that as it was', async () => {
    const { builds, rows } = await given();
    await builds('SELECT 1::HUGEINT AS total');
    const most = "SELECT '170141183460469231731687303715884105727'::HUGEINT AS total";
    await expect(builds(most)).rejects.toMatchObject({
      kind: 'config',
      code: 'lake-model-value',
      message: expect.stringContaining('gold.fct cannot be kept in the lake: a value of total is too large'),
    });
    expect(await rows('SELECT total FROM gold.fct')).toEqual([['1']]);
  });

  it('is taken over one run after the other where two end at once, with no file that no version names', async () => {
    const { bucket, another, begun, rows } = await given();
    const runs = await Promise.all([begun(another()), begun(another())]);
    for (const [number, { ask }] of runs.entries()) {
      await ask(`CREATE SCHEMA gold; CREATE TABLE gold.fct AS SELECT ${number} AS run FROM range(5)`);
    }
    await Promise.all(runs.map(({ finish }) => finish([{ schema: 'gold', name: 'fct' }])));
    const [[run, count] = []] = await rows('SELECT min(run), count(*) FROM gold.fct');
    expect([['0', '1'].includes(run ?? ''), count]).toEqual([true, '5']);
    expect(await keysIn(bucket, 'silver/gold/fct/data')).toHaveLength(2);
  });
});
