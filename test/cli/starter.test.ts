/** The starter group as it is configured: the two real packages, from a registry on this machine, and the program with a service there. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { type FakeHttp, startFakeHttp } from '../fakes/http-server.ts';
import { type NpmRegistry, startNpmRegistry } from '../fakes/npm-registry.ts';
import { type Project, project } from './project.ts';

const repository = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const dataOf = (name: string): string => fileURLToPath(new URL('data.json', import.meta.resolve(name)));

const CORE_SET = ['chrome', 'chrome_android', 'edge', 'firefox', 'firefox_android', 'safari', 'safari_ios'];

const DAYS = ['2026-11-13', '2026-11-14', '2026-11-15'];

let registry: NpmRegistry;
let counts: FakeHttp;
let here: Project;
let env: Readonly<Record<string, string>>;
let published: Readonly<Record<string, number>>;

beforeAll(async () => {
  registry = await startNpmRegistry();
  for (const name of ['web-features', '@mdn/browser-compat-data']) {
    const folder = dirname(dataOf(name));
    const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    await registry.publish({ name, version, files: folder });
  }
  counts = await startFakeHttp();
  counts.serve(({ method, path }) => {
    const name = /^\/downloads\/range\/\d{4}-\d\d-\d\d:[\d-]+\/(.+)$/.exec(path)?.[1];
    const downloads = DAYS.map((day, index) => ({ day, downloads: index * 1000 }));
    return method === 'GET' && name !== undefined ? { json: { package: name, downloads } } : undefined;
  });
  here = await project({
    'commands/npm-downloads.mjs': repository('commands/npm-downloads.mjs'),
    'ingestion-config.yaml': repository('ingestion-config.yaml').replace('https://api.npmjs.org', counts.url),
    'job-groups.yaml': repository('job-groups.yaml'),
  });
  ({ env } = await registry.system());
  published = rowsPublished();
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await counts.close();
});

const start = async (...args: string[]) => {
  const run = await here.run(['run', '--group', 'starter', '--json', ...args], { env });
  expect(run.stderr).not.toContain('who must act');
  expect(run.exit).toBe(0);
  return run.json().results as { totals: Record<string, number>; job: string }[];
};

/** Rows of each table, counted from the packages' own files. */
function rowsPublished(): Record<string, number> {
  const { features, groups, snapshots } = JSON.parse(readFileSync(dataOf('web-features'), 'utf8'));
  const entries = Object.values(
    features as Record<string, { kind: string; status: { support: object }; redirect_targets?: string[] }>,
  );
  const real = entries.filter(({ kind }) => kind === 'feature');
  const { browsers, ...compat } = JSON.parse(readFileSync(dataOf('@mdn/browser-compat-data'), 'utf8'));
  const core = Object.entries(browsers as Record<string, { releases: object }>).filter(([id]) => CORE_SET.includes(id));
  return {
    'npm.downloads': 2 * DAYS.length,
    'web_features.features': real.length,
    'web_features.moved_features': entries
      .filter(({ kind }) => kind !== 'feature')
      .reduce((sum, { redirect_targets }) => sum + (redirect_targets?.length ?? 1), 0),
    'web_features.groups': Object.keys(groups).length,
    'web_features.snapshots': Object.keys(snapshots).length,
    'web_features.browser_support': real.reduce((sum, { status }) => sum + Object.keys(status.support).length, 0),
    'mdn_bcd.browser_releases': core.reduce((sum, [, { releases }]) => sum + Object.keys(releases).length, 0),
    'mdn_bcd.support_statements': countStatements(compat),
  };
}

function countStatements(node: Record<string, unknown>): number {
  return Object.entries(node).reduce((sum, [key, value]) => {
    if (value === null || typeof value !== 'object') return sum;
    if (key !== '__compat') return sum + countStatements(value as Record<string, unknown>);
    const { support } = value as { support: Record<string, unknown> };
    return sum + Object.values(support).reduce((of: number, each) => of + (Array.isArray(each) ? each.length : 1), 0);
  }, 0);
}

async function stored(): Promise<Record<string, number>> {
  const clock = { now: () => new Date(), sleep: async () => undefined };
  const warehouse = openDuckDb({ file: here.path('.tidemill/local/warehouse.duckdb'), clock });
  const counts: Record<string, number> = {};
  for (const table of Object.keys(published)) {
    const { rows } = await warehouse.query(`SELECT count(*) FROM ${table}`);
    counts[table] = Number(rows[0]?.[0]);
  }
  await warehouse.close();
  return counts;
}

it('loads exactly what the two packages hold, sees no news the second time, and changes nothing when it reads all again', async () => {
  const first = await start();
  expect(await stored()).toEqual(published);
  expect(first.every(({ totals }) => totals['rejected'] === 0)).toBe(true);

  const tarballs = (): number => registry.requests.filter(({ asked }) => asked === 'tarball').length;
  const fetched = tarballs();
  const second = await start();
  // A program cannot say that there is no news: its rows are the same as before.
  const news = second.map(({ job, totals }) => (job === 'npm_downloads' ? totals['inserted'] : totals['records']));
  expect(news).toEqual(second.map(() => 0));
  expect(tarballs()).toBe(fetched);

  const again = await start('--full-refresh');
  const changes = again.map(({ totals }) => [totals['inserted'], totals['updated'], totals['deleted']]);
  expect(changes).toEqual(again.map(() => [0, 0, 0]));
  expect(await stored()).toEqual(published);
});

it('tables tells of one its key, and queries that its connector knows', async () => {
  await start();
  const [{ detail }] = (await here.run(['tables', 'web_features.features', '--json'])).json().tables;
  expect(detail).toMatchObject({ key: ['id'], jobs: ['web_features_features'] });
  expect(detail.examples).toHaveLength(3);
  expect(detail.examples[0].question).toBe('Which features became widely available most recently?');
  for (const { sql } of detail.examples) expect((await here.run(['query', sql, '--json'])).json().rows).not.toEqual([]);
});

it('of the program, asks from where the last run stopped and a week at least, and says when somebody must act', async () => {
  const run = (now: string) => here.run(['run', 'npm_downloads', '--json'], { env, now });
  const asked = () => counts.requests.slice(-2).map(({ path }) => path.replace('/downloads/range/', ''));
  await run('2026-11-25T06:00:00Z');
  expect(asked()).toEqual(['2026-11-18:2026-11-25/web-features', '2026-11-18:2026-11-25/@mdn/browser-compat-data']);
  await run('2026-12-05T06:00:00Z');
  expect(asked()[0]).toBe('2026-11-25:2026-12-05/web-features');
  counts.expect('GET /downloads/range/2026-11-29:2026-12-06/web-features', { status: 404 });
  const [{ failure }] = (await run('2026-12-06T06:00:00Z')).json().results;
  expect(failure).toMatchObject({ code: 'command-failed', message: expect.stringContaining('answered 404') });
});

it('of the program, is tried again later where nobody answers', async () => {
  here.write('ingestion-config.yaml', here.read('ingestion-config.yaml').replace(counts.url, 'http://127.0.0.1:1'));
  const [{ failure }] = (await here.run(['run', 'npm_downloads', '--json'], { env })).json().results;
  expect(failure).toMatchObject({ kind: 'transient', message: expect.stringContaining('did not answer') });
});
