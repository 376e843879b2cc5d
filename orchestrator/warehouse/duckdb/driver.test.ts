import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isThorough } from '../../../test/contracts/effort.ts';
import { warehouseContract } from '../../../test/contracts/warehouse.ts';
import { agreesWithOracle } from '../../../test/contracts/warehouse-oracle.ts';
import {
  ADA,
  applied,
  BOB,
  column,
  EVE,
  load,
  merges,
  NONE,
  names,
  ofColumns,
  people,
  readable,
  type Tested,
} from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { SqlWarehouse, Table } from '../contract.ts';
import { type DuckDbOptions, openDuckDb } from './driver.ts';
import manifest from './package.json' with { type: 'json' };

async function freshFile(name = 'warehouse.duckdb'): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'tidemill-duckdb-')), 'new', name);
}

const fresh = async (): Promise<Tested> => readable(openDuckDb({ file: await freshFile(), clock: fakeClock() }));

/** Closed when the test is over. */
function opened(file: string, more: Partial<DuckDbOptions> = {}): SqlWarehouse & Tested {
  const warehouse = readable(openDuckDb({ file, clock: fakeClock(), ...more }));
  onTestFinished(() => warehouse.close());
  return warehouse;
}

/** A process that runs this code with the file opened as `warehouse`, and says `ready` when it is told to. */
async function otherProcess(file: string, code: string): Promise<ChildProcess> {
  const driver = JSON.stringify(new URL('./driver.ts', import.meta.url).href);
  const samples = JSON.stringify(new URL('../../../test/contracts/warehouse-samples.ts', import.meta.url).href);
  const script = `
    const { openDuckDb } = await import(${driver});
    const { ADA, BOB, load, people } = await import(${samples});
    const warehouse = openDuckDb({ file: process.argv[1], clock: { sleep: async () => undefined } });
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  assert.equal(line, 'ready');
  return child;
}

const HOLD = "await warehouse.apply(load('p1', people, [ADA])); console.log('ready'); process.stdin.resume();";

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

warehouseContract('DuckDB', fresh);

describe('a DuckDB file', () => {
  it('is made with its folder at the first use, and nothing but it is left when it is closed', async () => {
    const file = await freshFile();
    const warehouse = opened(file);
    await warehouse.close();
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    await warehouse.apply(load('p1', people, [ADA]));
    await warehouse.close();
    expect(await readdir(dirname(file))).toEqual(['warehouse.duckdb']);
    expect(warehouse.url).toBe(file);
  });

  it('has everything in its place after a merge, not in a log beside it', async () => {
    const file = await freshFile();
    const warehouse = opened(file);
    await warehouse.query('SELECT 1');
    await warehouse.apply(load('p1', people, [ADA]));
    await names(warehouse);
    await warehouse.apply(load('p2', people, [BOB]));
    expect(await readdir(dirname(file))).toEqual(['warehouse.duckdb']);
  });

  it('remembers rows and packages when it is opened again', async () => {
    const file = await freshFile();
    const first = opened(file);
    const { counts } = await applied(first, load('p1', people, [ADA]));
    await first.close();
    const second = opened(file);
    expect(await applied(second, load('p1', people, []))).toEqual({ counts, alreadyLoaded: true });
    expect(await names(second)).toEqual(['1 Ada']);
  });

  it('lets go of itself for dbt, whose DuckDB is of its own version, and is opened again afterwards', async () => {
    const file = await freshFile();
    const warehouse = opened(file);
    await warehouse.apply(load('p1', people, [ADA]));
    expect(await warehouse.dbt?.('/scratch', [])).toMatchObject({
      profile: { type: 'duckdb', attach: [{ path: file }], schema: 'gold' },
      keeps: 'models',
    });
    const other = await otherProcess(file, "await warehouse.check(); console.log('ready'); process.stdin.resume();");
    await end(other);
    expect(await names(warehouse)).toEqual(['1 Ada']);
    const { dependencies, tidemill } = manifest;
    expect(tidemill.dbt).toContain(`duckdb==${dependencies['@duckdb/node-api'].replace(/-.*/, '')}`);
  });

  it('may be called like a service in it', async () => {
    const warehouse = opened(await freshFile('contract.duckdb'));
    await warehouse.apply(load('p1', people, [ADA]));
    expect(await names(warehouse)).toEqual(['1 Ada']);
  });

  it('describes its tables and columns, and follows when they are described anew', async () => {
    const warehouse = opened(await freshFile());
    await warehouse.apply(load('p1', people, []));
    const comments = async () =>
      (
        await warehouse.query(
          "SELECT comment FROM duckdb_tables() WHERE schema_name = 'contract' UNION ALL " +
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'people' AND column_name IN ('id', 'bronze_line')",
        )
      ).rows.flat();
    expect(await comments()).toEqual(["People's names", 'The id', 'The line in that object, from 1']);
    const [id, ...others] = people.columns;
    assert(id !== undefined);
    const columns = [{ ...id, description: '' }, ...others];
    await warehouse.apply(load('p2', { ...people, description: 'Names', columns }, []));
    expect(await comments()).toEqual(['Names', '', 'The line in that object, from 1']);
  });

  it('quotes whatever a name holds', async () => {
    const warehouse = opened(await freshFile());
    const described = `it's "a"; -- ÜÖ 👍`;
    const columns = [{ ...column('id', 'text'), description: described }];
    const table: Table = { ...people, schema: 'a b', name: `c"d'; --`, description: described, columns, indexes: [] };
    await warehouse.apply(load(`p'1`, table, [{ id: 'x' }]));
    expect((await warehouse.query(`SELECT id FROM "a b"."c""d'; --"`)).rows).toEqual([['x']]);
  });

  it('prints U+FEFF at the beginning of a text', async () => {
    const warehouse = opened(await freshFile());
    await warehouse.apply(load('p1', people, [{ ...ADA, name: '\ufeffAda' }]));
    const { rows } = await warehouse.query("SELECT name, strlen(name), name = '\ufeffAda' FROM contract.people");
    expect(rows).toEqual([['\ufeffAda', '6', 'true']]);
  });

  it('prints values of other types, too', async () => {
    const { columns, rows } = await opened(await freshFile()).query(
      "SELECT TIMESTAMP '2026-01-01 10:00:00.5' AS local, [1, 2] AS list, DATE '2026-01-01' + INTERVAL 1 DAY AS day, " +
        "TIMESTAMPTZ 'infinity' AS never, 12.50::DECIMAL(9, 2) AS price, NULL AS nothing, 1 = 1 AS holds",
    );
    expect(columns).toEqual(['local', 'list', 'day', 'never', 'price', 'nothing', 'holds']);
    expect(rows).toEqual([
      ['2026-01-01T10:00:00.5', '[1, 2]', '2026-01-02T00:00:00', 'infinity', '12.50', null, 'true'],
    ]);
  });

  it('is asked by what reads, and writes to no other place for it', async () => {
    const file = await freshFile();
    const { query } = opened(file);
    const copied = join(dirname(file), 'copied.csv');
    const explained = ['EXPLAIN SELECT 1', 'explain\nanalyze (SELECT 1)', 'EXPLAIN (FORMAT json) SELECT 1'];
    for (const sql of ['SUMMARIZE SELECT 1', ...explained, 'VALUES (1)', 'WITH a AS (SELECT 1) FROM a']) {
      expect((await query(sql)).rows).not.toEqual([]);
    }
    const copy = `COPY (SELECT 1) TO '${copied}'`;
    // ANALYZE carries out what is explained.
    const copies = [copy, `EXPLAIN ${copy}`, `EXPLAIN ANALYZE ${copy}`, `EXPLAIN (ANALYZE, FORMAT json) ${copy}`];
    const hidden = [`/**/ EXPLAIN ANALYZE ${copy}`, `EXPLAIN /* /* */ SELECT 1 -- */ ANALYZE ${copy}`];
    for (const sql of [...copies, ...hidden, `ATTACH '${copied}' AS a`, 'SET threads = 1', 'COMMIT']) {
      await expect(query(sql)).rejects.toMatchObject({ kind: 'config', code: 'query-refused' });
    }
    await expect(stat(copied)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('cuts short what is still asked when it is closed', async () => {
    const { queryInPortions, close } = openDuckDb({ file: await freshFile(), clock: fakeClock() });
    const { portions } = (await queryInPortions?.('SELECT id FROM range(1000000000000) AS many(id)')) ?? {};
    const rows = portions?.[Symbol.asyncIterator]();
    await rows?.next();
    await close();
    await expect(
      (async () => {
        while ((await rows?.next())?.done !== true);
      })(),
    ).rejects.toMatchObject({ code: 'warehouse-closed' });
  });

  it('replaces every row of a key that has become shorter', async () => {
    const warehouse = opened(await freshFile());
    const wide: Table = { ...people, columns: [column('id', 'integer'), column('name', 'text')], indexes: [] };
    await warehouse.apply(load('p1', { ...wide, key: ['id', 'name'] }, [ADA, { ...ADA, name: 'Augusta' }, BOB]));
    const { counts } = await applied(warehouse, load('p2', wide, [{ ...ADA, name: 'Ada Lovelace' }]));
    expect(counts).toMatchObject({ rows: 1, inserted: 0, updated: 1 });
    expect(await names(warehouse, wide)).toEqual(['1 Ada Lovelace', '2 Bob']);
  });

  it('merges the same in slices of a few rows', async () => {
    const warehouse = opened(await freshFile(), { slices: { keys: 3, rows: 2 } });
    // Of the same sequences as whole ones: each takes many statements.
    await expect(agreesWithOracle(warehouse, isThorough ? 40 : 8)).resolves.toBeUndefined();
  });

  it('has tables of a thousand columns', async () => {
    const warehouse = opened(await freshFile());
    await merges(warehouse, load('p1', ofColumns(1_000), [ADA, BOB]), { rows: 2, inserted: 2 });
    const changed = [ADA, { ...BOB, more_9: 'x' }];
    await merges(warehouse, load('p2', ofColumns(1_000), changed), { rows: 2, unchanged: 1, updated: 1 });
  });

  it('takes more memory for a package that needs it, and gives it back', async () => {
    const warehouse = opened(await freshFile());
    const long = (id: number) => ({ id: String(id), name: 'x'.repeat(12_000_000), town: String(id) });
    const { counts } = await applied(warehouse, load('p1', people, [1, 2, 3, 4, 5, 6, 6].map(long)));
    expect(counts).toEqual({ ...NONE, rows: 7, inserted: 6, duplicates: 1 });
    const whole = await warehouse.query('SELECT count(*) FROM contract.people WHERE length(name) = 12000000');
    expect(whole.rows).toEqual([['6']]);
    const held =
      "SELECT memory_usage_bytes + temporary_storage_bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'";
    const { rows } = await warehouse.query(`SELECT current_setting('memory_limit'), (${held})`);
    expect(rows).toEqual([['3.8 GiB', '0']]);
  });

  it('spills beside itself, and its days are those of UTC', async () => {
    const file = await freshFile();
    const { rows } = await opened(file).query(
      "SELECT current_setting('temp_directory'), CAST(TIMESTAMPTZ '2026-01-01T23:00:00Z' AS DATE), " +
        "CAST(TIMESTAMPTZ '2026-01-01T01:00:00Z' AS DATE)",
    );
    expect(rows).toEqual([[`${file}.tmp`, '2026-01-01', '2026-01-01']]);
  });
});

describe('a DuckDB file and its processes', () => {
  it('is waited for while another process has it open', async () => {
    const file = await freshFile();
    const other = await otherProcess(file, HOLD);
    const waits: number[] = [];
    const sleep = async (milliseconds: number): Promise<void> => {
      if (waits.push(milliseconds) === 3) await end(other);
    };
    const warehouse = opened(file, { clock: { sleep } });
    expect(await names(warehouse)).toEqual(['1 Ada']);
    expect(waits).toEqual([100, 200, 400]);
  });

  it('is given up after 30 seconds, and can be used once it is free', async () => {
    const file = await freshFile();
    const other = await otherProcess(file, HOLD);
    const clock = fakeClock();
    const warehouse = opened(file, { clock });
    await expect(warehouse.check()).rejects.toMatchObject({ kind: 'transient', code: 'warehouse-busy' });
    expect(clock.slept.reduce((sum, wait) => sum + wait, 0)).toBe(30_000);
    await end(other);
    await warehouse.check();
  });

  it('stays locked against others while one of two in this process closes it', async () => {
    const file = await freshFile();
    const [one, two] = [opened(file), opened(file)];
    await Promise.all([one.apply(load('p1', people, [ADA, BOB])), two.apply(load('p2', people, [BOB, EVE]))]);
    expect(await names(one)).toEqual(['1 Ada', '2 Bob', '3 Eve']);
    await one.close();
    expect(await names(two)).toEqual(['1 Ada', '2 Bob', '3 Eve']);
    await otherProcess(
      file,
      `await warehouse.check().then(
        () => console.log('not locked'),
        ({ code }) => console.log(code === 'warehouse-busy' ? 'ready' : code));`,
    );
  });

  it('has nothing of a merge whose process was killed just before the end', async () => {
    const file = await freshFile();
    const other = await otherProcess(
      file,
      `await warehouse.apply(load('p1', people, [ADA]));
       console.log('ready');
       const beforeCommit = () => process.kill(process.pid, 'SIGKILL');
       const other = { ...people, description: 'changed' };
       const rows = [{ ...ADA, name: 'changed' }, BOB];
       await warehouse.apply(load('p2', other, rows, { scope: 'everything', beforeCommit }));`,
    );
    const [, signal] = await once(other, 'exit');
    expect(signal).toBe('SIGKILL');
    const warehouse = opened(file);
    expect(await names(warehouse)).toEqual(['1 Ada']);
    expect(await applied(warehouse, load('p2', people, [BOB]))).toMatchObject({ alreadyLoaded: false });
  });
});

describe('a file that is no warehouse', () => {
  const refused = async (file: string, code: string): Promise<void> => {
    await expect(opened(file).check()).rejects.toMatchObject({ kind: 'config', code });
  };

  it.each([
    ['empty', Buffer.alloc(0)],
    ['a text', Buffer.from('id,name\n'.repeat(10_000))],
    ["another program's", Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8_192)])],
  ])('is refused when it is %s, and left as it is', async (_, bytes) => {
    const file = await freshFile();
    await mkdir(dirname(file));
    await writeFile(file, bytes);
    await refused(file, 'warehouse-unreadable');
    expect(await readFile(file)).toEqual(bytes);
  });

  it('is refused when it is damaged', async () => {
    const file = await freshFile();
    const warehouse = opened(file);
    await warehouse.apply(load('p1', people, [ADA]));
    await warehouse.close();
    await writeFile(file, (await readFile(file)).fill(0x5a, 4_096, 12_288));
    await refused(file, 'warehouse-unreadable');
  });

  it('is refused when it is a folder, or lies below a file', async () => {
    const file = await freshFile();
    await mkdir(file, { recursive: true });
    await refused(file, 'warehouse-not-writable');
    const text = join(dirname(file), 'text');
    await writeFile(text, '');
    await refused(join(text, 'warehouse.duckdb'), 'warehouse-not-writable');
  });
});
