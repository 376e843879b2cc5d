/** A plan says which credentials are missing before a machine starts for them; the other jobs run. */
import { STATE_KEY } from '@tidemill/kit/credentials';
import { expect, it } from 'vitest';
import { type Project, project } from './project.ts';

const hourly = { cron: '0 * * * *' };
const print = [process.execPath, '--eval', 'console.log("{}")'];
const CONFIG = {
  services: {
    signed: { package: '@example/signed' },
    // Only its package.json is there, as on a machine that plans.
    planned: {},
    example: {},
  },
  jobs: {
    connector: { service: 'signed', data_type: 'activities', ...hourly },
    with_more: { service: 'signed', data_type: 'profiles', dependencies: ['MORE'], ...hourly },
    only_manifest: { service: 'planned', data_type: 'things', ...hourly },
    command: { service: 'example', data_type: 'things', command: print, dependencies: ['SHOP_TOKEN'], ...hourly },
    free: { service: 'example', data_type: 'others', command: print, ...hourly },
  },
};
const MANIFEST = { name: '@tidemill/planned', tidemill: { credentials: ['PLANNED_TOKEN'] } };

const LATER = '2026-11-21T07:05:00Z';

async function place(): Promise<Project> {
  const here = await project({
    'ingestion-config.yaml': JSON.stringify(CONFIG),
    'connectors/planned/package.json': JSON.stringify(MANIFEST),
  });
  await here.run(['plan', '--record']);
  return here;
}

async function reasons(here: Project, env: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const { decisions } = (await here.run(['plan', '--json'], { env, now: LATER })).json();
  const missing = decisions.filter(({ decision }: { decision: string }) => decision === 'missing_credentials');
  return Object.fromEntries(missing.map(({ job, reason }: Record<string, string>) => [job, reason]));
}

it('names what connectors declare, what jobs name, and the key for tokens that rotate; with the way to the README', async () => {
  expect(await reasons(await place(), {})).toEqual({
    connector: `missing credentials: SIGNED_ID, SIGNED_SECRET, SIGNED_REFRESH_TOKEN, ${STATE_KEY}`,
    with_more: `missing credentials: MORE, SIGNED_ID, SIGNED_SECRET, SIGNED_REFRESH_TOKEN, ${STATE_KEY}`,
    only_manifest: 'missing credentials: PLANNED_TOKEN; how to get them: connectors/planned/README.md',
    command: 'missing credentials: SHOP_TOKEN',
  });
});

it('knows a variable that is set, and takes an empty one for one that is not', async () => {
  const env = { SIGNED_ID: '1', SIGNED_SECRET: '2', SIGNED_REFRESH_TOKEN: '3', [STATE_KEY]: '4', PLANNED_TOKEN: '' };
  expect(await reasons(await place(), { ...env, SHOP_TOKEN: '5' })).toMatchObject({
    with_more: 'missing credentials: MORE',
    only_manifest: expect.stringContaining('PLANNED_TOKEN'),
  });
  expect(Object.keys(await reasons(await place(), { ...env, SHOP_TOKEN: '5' }))).toEqual([
    'with_more',
    'only_manifest',
  ]);
});

it('believes the list of names where the values are kept from it', async () => {
  const here = await place();
  const env = { TIDEMILL_CREDENTIALS: 'SHOP_TOKEN, PLANNED_TOKEN,', MORE: 'is here, but not where the jobs run' };
  const found = await reasons(here, env);
  expect(Object.keys(found)).toEqual(['connector', 'with_more']);
  expect(found['with_more']).toContain('MORE');
  // Nothing is set at all: what a list of names is when there are none.
  expect(Object.keys(await reasons(here, { TIDEMILL_CREDENTIALS: ',' }))).toHaveLength(4);
});

it('knows nothing on Actions without that list: there the jobs say it themselves', async () => {
  expect(await reasons(await place(), { GITHUB_ACTIONS: 'true' })).toEqual({});
});

it('links to the README where it stands on GitHub', async () => {
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'ada/data',
    GITHUB_SHA: 'abc123',
    TIDEMILL_CREDENTIALS: ',',
  };
  const { only_manifest } = await reasons(await place(), env);
  expect(only_manifest).toContain('https://github.example/ada/data/blob/abc123/connectors/planned/README.md');
});

it('finds the README of a connector that is installed where it lies, not where it is linked', async () => {
  const config = {
    services: { strava: {} },
    jobs: { rides: { service: 'strava', data_type: 'activities', ...hourly } },
  };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  await here.run(['plan', '--record']);
  const { rides = '' } = await reasons(here, {});
  expect(rides).toMatch(
    /STRAVA_REFRESH_TOKEN, TIDEMILL_STATE_KEY; how to get them: .*\/connectors\/strava\/README\.md$/,
  );
  expect(rides).not.toContain('node_modules');
});

it('keeps no other job from running, and the run green', async () => {
  const here = await place();
  const tick = await here.run(['tick', '--json'], { now: LATER });
  expect([tick.exit, tick.json().results]).toMatchObject([0, [{ job: 'free', result: 'done' }]]);
  // The slot stays owed until somebody sets what is missing.
  const set = await here.run(['tick', '--json'], { now: LATER, env: { SHOP_TOKEN: 'x' } });
  expect(set.json().results).toMatchObject([{ job: 'command', result: 'done' }]);
});

it('says it of a job that is not due yet, too', async () => {
  const here = await place();
  const decisions = (await here.run(['plan', '--json'])).json().decisions as Record<string, string>[];
  const found = Object.fromEntries(decisions.map(({ job, decision, reason }) => [job, `${decision}: ${reason}`]));
  expect(found['command']).toBe('not_due: nothing is owed; missing credentials: SHOP_TOKEN');
  expect(found['free']).toBe('not_due: nothing is owed');
});

it('lists all of them at once when a run fails or the doctor looks, each with the way to the README', async () => {
  const config = {
    services: { strava: {} },
    jobs: { rides: { service: 'strava', data_type: 'activities', ...hourly } },
  };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  const env = { STRAVA_CLIENT_ID: '1', STRAVA_REFRESH_TOKEN: '' };
  const names = 'STRAVA_CLIENT_SECRET, STRAVA_REFRESH_TOKEN, TIDEMILL_STATE_KEY';
  const page = /ow to get them: .*connectors\/strava\/README\.md$/;
  const [{ failure }] = (await here.run(['run', 'rides', '--json'], { env })).json().results;
  expect(failure).toMatchObject({ message: `Missing in the environment: ${names}`, hint: expect.stringMatching(page) });
  const { checks } = (await here.run(['doctor', '--json'], { env })).json();
  const { says } = checks.find(({ what }: { what: string }) => what === 'strava');
  expect(says).toContain(`not set in this environment: ${names}. `);
  expect(says).toMatch(page);
});

it('does not stand in the way of a run by hand, which fails and says the same', async () => {
  const run = await (await place()).run(['run', 'command', '--json']);
  expect([run.exit, run.json().results]).toMatchObject([3, [{ failure: { code: 'credentials-missing' } }]]);
});
