/** The models of the web platform, on a small one that has everything that is rare in the real one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OF_UV } from './python-env.ts';
import { dialects } from './warehouses.ts';
import { enums, labels, laterRuns, webFeatures, wpt } from './web-platform-data.ts';
import { webPlatform } from './web-platform-project.ts';

const FIRST = ['features', 'moved_features', 'groups', 'snapshots', 'browser_support', 'browser_releases', 'votes'];

describe.each(dialects)('the web platform on %s', (_, open) => {
  let warehouse: Awaited<ReturnType<typeof open>>;
  let here: Awaited<ReturnType<typeof webPlatform>>;
  beforeAll(async () => {
    warehouse = await open();
    here = await webPlatform(warehouse.location);
    await load(...FIRST);
  });
  afterAll(async () => {
    await here.close();
    await warehouse[Symbol.asyncDispose]();
  });

  let minutes = 0;
  const load = async (...jobs: string[]): Promise<void> => {
    for (const job of jobs) {
      minutes += 1;
      const now = new Date(Date.UTC(2026, 10, 21, 6, minutes)).toISOString();
      const { exit, stdout, stderr } = await here.run(['run', job], { env: here.env, now });
      expect(exit, `${job}: ${stdout}${stderr}`).toBe(0);
    }
  };
  const transform = async () => {
    const { exit, stdout } = await here.run(['transform'], { env: OF_UV });
    return { exit, stdout };
  };
  const rows = async (sql: string): Promise<string[][]> => {
    const { exit, stderr, json } = await here.run(['query', '--json', sql]);
    expect(exit, stderr).toBe(0);
    return json().rows;
  };
  const unknown = () => rows('SELECT source, feature_key, reason FROM gold.unknown_features ORDER BY 1, 2');

  it('is made of what is there, and tells what is not as it should be without being red', async () => {
    const { exit, stdout } = await transform();
    expect(exit, stdout).toBe(0);
    // The ring is two rows; of a chain of thirteen the three lowest are higher than ten levels below the top.
    expect(stdout).toContain('groups_form_a_tree (5 rows)');
    expect(stdout).toContain('some_features_are_unknown (3 rows)');
    expect(stdout).toContain('some_features_have_two_identifiers (2 rows)');
    expect(await unknown()).toEqual([
      ['developer_signals.votes', 'gone', 'moved'],
      ['developer_signals.votes', 'text-style', 'split'],
      ['developer_signals.votes', 'unheard', 'unknown'],
    ]);
  });

  it('finds a feature under each group above its own, by the shortest way', async () => {
    const found = (feature: string) =>
      rows(
        `SELECT group_id, depth FROM gold.bridge_feature_group_lookup WHERE feature_id = '${feature}' ORDER BY depth, 1`,
      );
    expect(await found('grid')).toEqual([
      ['css', '0'],
      ['layout', '0'],
    ]);
    expect(await found('subgrid')).toEqual([
      ['tracks', '0'],
      ['layout', '1'],
      ['css', '2'],
    ]);
    expect(await found('ringed')).toEqual([
      ['ring-a', '0'],
      ['ring-b', '1'],
    ]);
    expect((await found('deep')).at(-1)).toEqual(['deep-10', '10']);
    expect(await found('floats')).toEqual([]);
  });

  it('has what a feature has several of, one row each', async () => {
    const of = (bridge: string, column: string) =>
      rows(`SELECT feature_id, ${column} FROM gold.bridge_feature_${bridge} ORDER BY 1, 2`);
    expect(await of('snapshots', 'snapshot_id')).toEqual([['grid', 'css-2023']]);
    expect(await of('alternatives', 'alternative_id')).toEqual([
      ['floats', 'grid'],
      ['floats', 'subgrid'],
    ]);
    const specs = await of('specs', 'spec_url');
    expect(specs.filter(([id]) => id === 'subgrid').map(([, url]) => url)).toEqual([
      'https://example.org/a',
      'https://example.org/b',
    ]);
  });

  it('knows of each browser what it supported when any of them came out', async () => {
    const events = await rows(
      `SELECT feature_id, target_browser_id, event_browser_id || ' ' || event_version, support_status
       FROM gold.fct_support_by_release WHERE feature_id IN ('grid', 'subgrid') ORDER BY 1, 2, event_release_date`,
    );
    const days = ['chrome 1', 'firefox 1', 'chrome 2'];
    const told = (feature: string, browser: string, ...statuses: string[]) =>
      statuses.map((status, index) => [feature, browser, days[index], status]);
    expect(events).toEqual([
      ...told('grid', 'chrome', 'supported', 'supported', 'supported'),
      ...told('grid', 'firefox', 'unsupported', 'supported', 'supported'),
      ...told('subgrid', 'chrome', 'unsupported', 'unsupported', 'supported'),
      ...told('subgrid', 'firefox', 'unsupported', 'unsupported', 'unsupported'),
    ]);
  });

  it('gives votes to the feature of today, and where two identifiers have some to its own', async () => {
    expect(await rows('SELECT feature_id, feature_key, votes FROM gold.fct_developer_signals ORDER BY 1')).toEqual([
      ['grid', 'grid', '10'],
      ['grid-lanes', 'grid-lanes', '7'],
    ]);
  });

  it('takes in what comes later, and is red for a version that no release has', async () => {
    await load('vendor_positions', 'enum_values', 'feature_results');
    const { subgrid, ...others } = webFeatures.features;
    const orphan = { ...subgrid, status: { baseline: false, support: { chrome: '9' } } };
    await here.publish('web-features', { ...webFeatures, features: { ...others, subgrid: orphan } });
    await load('browser_support');
    const { exit, stdout } = await transform();
    expect(exit, stdout).toBe(6);
    expect(stdout).toMatch(/relationships_fct_availability_browser_release_key\w* \(1 row\)/);
    await here.publish('web-features', webFeatures);
    await load('browser_support');
    expect((await transform()).exit).toBe(0);
    expect((await unknown()).map(([source, key, reason]) => `${source} ${key} ${reason}`)).toEqual([
      'chromium_enums.enum_values TextStyle split',
      'chromium_enums.enum_values Unheard unknown',
      'developer_signals.votes gone moved',
      'developer_signals.votes text-style split',
      'developer_signals.votes unheard unknown',
      'web_features_mappings.vendor_positions unheard unknown',
      'wpt.feature_results unheard unknown',
    ]);
    expect(
      await rows(`SELECT source, feature_id, feature_key FROM gold.feature_key_conflicts
                  WHERE source <> 'developer_signals.votes' ORDER BY 1, 3`),
    ).toEqual(['grid-lanes', 'masonry'].map((key) => ['wpt.feature_results', 'grid-lanes', key]));
    expect(await rows('SELECT feature_id, vendor, vendor_position FROM gold.fct_vendor_positions')).toEqual([
      ['grid-lanes', 'mozilla', 'positive'],
    ]);
  });

  const latest = () =>
    rows(`SELECT feature_id, browser_name, run_id, tests_passed FROM gold.fct_latest_wpt_results ORDER BY 1, 2`);
  const counted = () => rows('SELECT enum_value, feature_id FROM gold.bridge_feature_enum_values ORDER BY 1');

  it('has of each browser the run that began last, and replaces it by none that began earlier', async () => {
    const of = (feature: string, chrome: string, firefox: string) => [
      [feature, 'chrome', chrome, '1'],
      [feature, 'firefox', firefox, '1'],
    ];
    expect(await latest()).toEqual([...of('grid', '11', '5'), ...of('grid-lanes', '11', '5')]);
    expect(await counted()).toEqual([
      ['1', 'grid'],
      ['201', 'canvas-2d'],
      ['202', 'canvas-2d-alpha'],
      ['204', 'grid-lanes'],
    ]);
    await here.sources.wpt.publish({ ...wpt, runs: [...wpt.runs, ...laterRuns] });
    const { 201: _, ...left } = labels;
    await here.sources.chromium_enums.publish(enums({ ...left, 207: 'Canvas_2d' }));
    await load('feature_results', 'enum_values');
    expect((await transform()).exit).toBe(0);
    expect(await latest()).toEqual([...of('grid', '11', '21'), ...of('grid-lanes', '11', '21')]);
    expect((await counted()).filter(([, id]) => id === 'canvas-2d')).toEqual([['207', 'canvas-2d']]);
  });
});
