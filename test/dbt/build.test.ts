/** dbt itself, on rows that the connectors have loaded: every model is made, and every test passes. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { OF_UV } from './python-env.ts';
import { EVENTS_SINCE, projectWithRows } from './rows.ts';
import { behindBouncer, type Tried, warehouses } from './warehouses.ts';

const [[first] = []] = warehouses;

describe.each([...warehouses, behindBouncer])('dbt on %s', (name, open) => {
  let warehouse: Tried;
  let here: Awaited<ReturnType<typeof projectWithRows>>;
  beforeAll(async () => {
    warehouse = await open();
    here = await projectWithRows(warehouse.location);
    const { exit, stdout, stderr } = await here.run(['run', '--force'], { env: here.env });
    expect(exit, `${stdout}${stderr}`).toBe(0);
  });
  afterAll(async () => {
    await here.close();
    await warehouse[Symbol.asyncDispose]();
  });

  const transform = async (...args: string[]) => {
    const { exit, stderr, json } = await here.run(['transform', '--json', ...args], { env: OF_UV });
    const { results, idle } = json() as { results: JobResult[]; idle: unknown[] };
    return { exit, results, idle, stderr };
  };
  const rows = async (sql: string): Promise<string[][]> => {
    const { exit, stderr, json } = await here.run(['query', '--json', sql]);
    expect(exit, stderr).toBe(0);
    return json().rows;
  };

  it('makes every model whose tables are there, and all tests pass', async () => {
    const { exit, results, stderr } = await transform();
    expect(
      results.map(({ result, gates, failure }) => ({ result, gates, failure })),
      stderr,
    ).toEqual([{ result: 'done', gates: [], failure: undefined }]);
    expect(exit).toBe(0);
    // Eight staging views, and all models of the three domains.
    expect(results[0]?.built?.models).toBe(8 + 4 + 4 + 17);
    expect(results[0]?.built?.tests).toBeGreaterThan(120);
  });

  it('counts what the connectors have loaded', async () => {
    expect(await rows('SELECT sum(plays), count(DISTINCT track_key) FROM gold.fct_listening_by_day')).toEqual([
      ['30', '30'],
    ]);
    expect(await rows('SELECT training_day, activities, sleep_s FROM gold.fct_training_by_day ORDER BY 1')).toEqual([
      ['2026-11-19', '1', '24180'],
      ['2026-11-20', '1', '24180'],
    ]);
    const [[features, available] = []] = await rows(
      'SELECT count(DISTINCT feature_id), count(*) FILTER (WHERE is_available) FROM gold.fct_availability',
    );
    const [[all, support] = []] = await rows(
      'SELECT (SELECT count(*) FROM web_features.features), (SELECT count(*) FROM web_features.browser_support)',
    );
    expect([features, available]).toEqual([all, support]);
    expect(await rows('SELECT count(*) > 100 FROM gold.fct_baseline_by_month')).toEqual([['true']]);
    expect(await rows('SELECT depth, count(*) FROM gold.bridge_feature_group_lookup GROUP BY 1 ORDER BY 1')).toEqual([
      ['0', '1051'],
      ['1', '524'],
      ['2', '84'],
    ]);
    expect(
      await rows(`SELECT count(browser_release_key), count(DISTINCT feature_id) FROM gold.fct_availability
                  WHERE browser_release_key IN (SELECT browser_release_key FROM gold.dim_browser_releases)`),
    ).toEqual([[support, expect.anything()]]);
    expect(
      await rows(
        `SELECT min(event_release_date) >= '${EVENTS_SINCE}', count(*) > 100000 FROM gold.fct_support_by_release`,
      ),
    ).toEqual([['true', 'true']]);
  });

  it('does nothing until something is loaded, and then only what is made of it', async () => {
    expect(await transform()).toMatchObject({ exit: 0, results: [], idle: [expect.anything()] });
    await here.run(['run', 'garmin_sleep', '--full-refresh'], { env: here.env });
    const { results } = await transform();
    expect(results[0]?.built?.models).toBe(warehouse.ofSleep);
  });

  it('adds to a model that is made bit by bit', async () => {
    here.write(
      'dbt/models/marts/runs.sql',
      "{{ config(materialized='incremental') }} select {% if is_incremental() %}2{% else %}1{% endif %} as run\n",
    );
    for (const _ of ['first', 'again']) expect((await transform('runs')).exit).toBe(0);
    expect(await rows('SELECT run FROM gold.runs ORDER BY run')).toEqual([['1'], ['2']]);
  });

  // Nothing of the following is about sessions.
  if (name === behindBouncer[0]) return;

  it('reads a column that the table has not got yet as NULL', async () => {
    await warehouse.without(here.path, 'garmin.sleep', 'skin_temperature_deviation_c');
    here.write('dbt/models/marts/nights.sql', "select * from {{ ref('stg_garmin__sleep') }}\n");
    const { exit, results } = await transform('+nights');
    expect(exit, JSON.stringify(results)).toBe(0);
    expect(await rows('SELECT count(*), count(skin_temperature_deviation_c) FROM gold.nights')).toEqual([['2', '0']]);
  });

  it('says which test has failed, with the number of its rows', async () => {
    here.write('dbt/tests/no_track_twice.sql', "select track_key from {{ ref('dim_tracks') }} limit 2\n");
    const { exit, results } = await transform('no_track_twice');
    expect(exit).toBe(6);
    expect(results[0]?.gates).toEqual([expect.stringMatching(/^1 of \d tests? failed: no_track_twice \(2 rows\)$/)]);
    rmSync(here.path('dbt/tests/no_track_twice.sql'));
  });

  it('names a model that cannot be made, and what it says of rows stays in its own log', async () => {
    here.write('dbt/models/marts/broken.sql', "select cast(track_name as integer) as x from {{ ref('dim_tracks') }}\n");
    const { exit, results, stderr } = await transform('broken');
    expect(exit).toBe(2);
    expect(results[0]?.failure).toMatchObject({
      code: 'dbt-model-failed',
      message: '1 model could not be made: broken',
    });
    expect(`${stderr}${JSON.stringify(results)}`).not.toMatch(/Track \d/);
    expect(here.read('.tidemill/dbt/work/local/main/logs/dbt.log')).toMatch(/Track \d/);
  });

  // Before it turns to any warehouse.
  if (name !== first) return;

  it('has nothing to build where dbt does not understand the project, and says why', async () => {
    here.write('dbt/models/marts/broken.sql', "select * from {{ ref('nowhere') }}\n");
    const { exit, results } = await transform();
    expect(exit).toBe(2);
    expect(results[0]?.failure?.code).toBe('dbt-failed');
    expect(results[0]?.failure?.message).toContain("depends on a node named 'nowhere'");
  });
});
