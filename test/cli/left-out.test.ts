/** Packages that cannot be loaded keep no others back, are named in every run, and come in when they are mended. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { query } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const WAREHOUSE = '.tidemill/local/warehouse.duckdb';

describe('a package that cannot be loaded', () => {
  const bucket = '.tidemill/local/bucket/';
  const stateOf = (here: Project) => JSON.parse(here.read(`${bucket}_tidemill/state/kept.json`));
  const job = { columns: { a: 'integer' }, primary_key: ['a'], retry_attempts: 0 };
  const printing = (here: Project, ...numbers: number[]) =>
    here.write('ingestion-config.yaml', configOf({ kept: { ...job, prints: numbers.map((a) => ({ a })) } }));
  const rowsIn = async (here: Project): Promise<string[]> => {
    const rows = await query(here, 'SELECT a FROM example.kept ORDER BY a');
    return rows.map(([a = '']) => a);
  };

  /** One package in silver, and one that was committed and not loaded, whose part is gone since. */
  async function withoutPart() {
    const here = await project({});
    printing(here, 1);
    await here.run(['run', 'kept']);
    printing(here, 2);
    const file = here.path(WAREHOUSE);
    const sound = readFileSync(file);
    writeFileSync(file, 'not a database, but long enough to be looked at '.repeat(500));
    await here.run(['run', 'kept']);
    writeFileSync(file, sound);
    const part = here.path(bucket, stateOf(here).head.replace('manifest.json', 'part-00001.ndjson.gz'));
    const bytes = readFileSync(part);
    rmSync(part);
    return { here, restore: () => writeFileSync(part, bytes) };
  }

  it('waits while it is the newest, and is named; what comes after it is loaded', async () => {
    const { here } = await withoutPart();
    printing(here);
    const waits = await here.run(['run', 'kept', '--json']);
    expect([waits.exit, waits.json().results[0].failure]).toMatchObject([2, { code: 'bronze-missing' }]);
    expect(stateOf(here).targets.main.pending).toHaveLength(1);
    printing(here, 3);
    for (const rows of [3, 4]) {
      printing(here, rows);
      const run = await here.run(['run', 'kept', '--json']);
      const gate = expect.stringContaining('`npx tidemill replay kept --abandon` goes on without');
      expect([run.exit, run.json().results[0]]).toMatchObject([6, { result: 'done', gates: [gate] }]);
    }
    expect(await rowsIn(here)).toEqual(['1', '3', '4']);
    expect(stateOf(here).breaker).toBeUndefined();
  });

  it('is loaded in its turn by a replay once it is restored, and the job is green again', async () => {
    const { here, restore } = await withoutPart();
    printing(here, 3);
    expect((await here.run(['run', 'kept'])).exit).toBe(6);
    restore();
    expect((await here.run(['replay', 'kept'])).exit).toBe(0);
    expect(await rowsIn(here)).toEqual(['1', '2', '3']);
    expect((await here.run(['run', 'kept'])).exit).toBe(0);
  });

  it.each([
    ['that was left out', [3]],
    ['that is the newest', []],
  ])('%s is missed no more after a full refresh, which loses no row', async (_, between) => {
    const { here } = await withoutPart();
    printing(here, ...between);
    expect((await here.run(['run', 'kept'])).exit).not.toBe(0);
    printing(here, 2, 4);
    const full = await here.run(['run', 'kept', '--full-refresh', '--json']);
    expect([full.exit, full.json().results[0].notices]).toEqual([0, [expect.stringContaining('missed no more')]]);
    expect(await rowsIn(here)).toEqual([1, 2, ...between, 4].map(String));
  });

  it('because of another type of a column is loaded with all others by what the error advises', async () => {
    for (const leave of ['DROP TABLE example.kept', 'ALTER TABLE example.kept RENAME TO kept_before']) {
      const here = await project({});
      printing(here, 1);
      await here.run(['run', 'kept']);
      here.write('ingestion-config.yaml', configOf({ kept: { ...job, columns: { a: 'bigint' }, prints: [{ a: 2 }] } }));
      const { failure } = (await here.run(['run', 'kept', '--json'])).json().results[0];
      expect(failure).toMatchObject({
        code: 'column-type-changed',
        hint: expect.stringContaining('`npx tidemill replay JOB`'),
      });
      const instance = await DuckDBInstance.create(here.path(WAREHOUSE));
      const connection = await instance.connect();
      await connection.run(leave);
      connection.closeSync();
      instance.closeSync();
      expect((await here.run(['replay', 'kept'])).exit).toBe(0);
      expect(await rowsIn(here)).toEqual(['1', '2']);
      expect(stateOf(here).targets).toEqual({ main: { pending: [] } });
    }
  });
});
