/** Tokens that a run is given by a service: GitHub masks the secrets it knows, and of these it must be told. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeRunner } from '../fakes/github-runner.ts';
import type { Reply } from '../fakes/http-server.ts';
import { type FakeOAuth, fakeOAuth } from '../fakes/oauth-server.ts';
import { configOf, type Project, project } from './project.ts';

const BIN = join(import.meta.dirname, '../../orchestrator/bin/tidemill.mjs');
const RUN = ['run', 'me', '--json'];

interface World {
  readonly here: Project;
  readonly source: FakeOAuth;
  readonly env: Readonly<Record<string, string>>;
}

/** A job that reads the athlete of a service which replaces its refresh token; `answer` is what the API says. */
async function world(answer: (token: string) => Reply, now = () => new Date('2026-11-21T06:30:00Z')): Promise<World> {
  const source = await fakeOAuth({
    now,
    clientAuthentication: 'body',
    scopeSeparator: ',',
    api: (request, authority) => {
      if (request.path === '/oauth/token') return authority.token(request);
      const [, token = ''] = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '') ?? [];
      return authority.scopesOf(request) === undefined ? { status: 401 } : answer(token);
    },
  });
  const services = { strava: { base_url: `${source.url}/api/v3`, auth_url: source.url } };
  const jobs = { me: { service: 'strava', data_type: 'athlete', retry_attempts: 0 } };
  const env = {
    GITHUB_ACTIONS: 'true',
    STRAVA_CLIENT_ID: 'client-1',
    STRAVA_CLIENT_SECRET: 'client-secret-77aa31',
    STRAVA_REFRESH_TOKEN: source.authority.signIn(),
    TIDEMILL_STATE_KEY: 'a state key of more than 32 letters',
  };
  return { here: await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) }), source, env };
}

const athlete = { json: { id: 7, firstname: 'Ada' } };

it('are masked before the first request for data has them', async () => {
  const runner = fakeRunner();
  const masked: boolean[] = [];
  const { here, source, env } = await world((token) => {
    masked.push(runner.masks.includes(token));
    return athlete;
  });
  expect((await here.run(RUN, { env, runner })).exit).toBe(0);
  expect(masked).toEqual([true]);
  const [, ...derived] = source.authority.issued;
  expect([...runner.masks].sort()).toEqual(derived.sort());
  // A leg that finds them in the bucket has not heard of them either.
  const later = fakeRunner();
  expect((await here.run(RUN, { env, runner: later })).exit).toBe(0);
  expect([later.masks, source.authority.refreshes]).toEqual([runner.masks, 1]);
  expect((await here.run(RUN, { env: { ...env, GITHUB_ACTIONS: '' } })).runner.masks).toEqual([]);
});

it('are in no event, result, summary or state, whoever repeats them', async () => {
  const { here, source, env } = await world((token) => ({ body: 'no', headers: { 'content-type': `text/${token}` } }));
  const { exit, stdout, stderr, runner } = await here.run(RUN, { env });
  expect([exit, stdout]).toEqual([5, expect.stringContaining('text/***')]);
  const state = here.read('.tidemill/local/bucket/_tidemill/state/me.json');
  const status = (await here.run(['status', 'me'], { env })).stdout;
  for (const text of [state, status]) expect(text).toContain('text/***');
  for (const token of source.authority.issued)
    expect([stdout, stderr, runner.summary, JSON.stringify(runner.annotations), state, status].join()).not.toContain(
      token,
    );
});

it('stand in the output of a process as masks, and nowhere else', async () => {
  const { here, source, env } = await world(
    () => athlete,
    () => new Date(),
  );
  const options = { cwd: here.folder, env: { PATH: process.env['PATH'], ...env } };
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [BIN, ...RUN], options, (_, said, told) => resolve({ stdout: said, stderr: told }));
  });
  const [seed, ...derived] = source.authority.issued;
  const masks = stderr.split('\n').filter((line) => line.startsWith('::add-mask::'));
  expect(masks.sort()).toEqual(derived.map((token) => `::add-mask::${token}`).sort());
  const rest = stderr.replace(/^::add-mask::.*$/gm, '');
  for (const token of [seed, ...derived]) expect(`${stdout}${rest}`).not.toContain(token);
  expect(JSON.parse(stdout).results).toMatchObject([{ result: 'done' }]);
});

it('keys of buckets and warehouses are told no more than they are: a job may come upon them', async () => {
  const key = 'key-of-the-bucket-4711';
  const command = ['sh', '-c', `echo "denied for ${key}" >&2; exit 3`];
  const here = await project({ 'ingestion-config.yaml': configOf({ orders: { command, retry_attempts: 0 } }) });
  const { exit, stdout } = await here.run(['run', 'orders', '--json'], { env: { AWS_SECRET_ACCESS_KEY: key } });
  const state = here.read('.tidemill/local/bucket/_tidemill/state/orders.json');
  expect(exit).not.toBe(0);
  for (const text of [stdout, state]) {
    expect(text).toContain('denied for ***');
    expect(text).not.toContain(key);
  }
});
