/** `tidemill auth` as a process of its own, with a connector of this project: the real browser's way, port and file. */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Reply, SeenRequest } from '../fakes/http-server.ts';
import type { OAuthAuthority } from '../fakes/oauth-authority.ts';
import { fakeOAuth } from '../fakes/oauth-server.ts';
import { project } from './project.ts';

const BIN = join(import.meta.dirname, '../../orchestrator/bin/tidemill.mjs');

function strava(request: SeenRequest, authority: OAuthAuthority): Reply | undefined {
  if (request.path === '/oauth/token') return authority.token(request);
  if (request.path !== '/api/v3/athlete' || authority.scopesOf(request) === undefined) return undefined;
  return { json: { id: 7, firstname: 'Ada', lastname: 'Example' } };
}

it('signs in, writes what comes of it for its owner alone, and lists it afterwards', async () => {
  const source = await fakeOAuth({
    api: strava,
    now: () => new Date(),
    clientAuthentication: 'body',
    pkce: 'refused',
    scopeSeparator: ',',
    scopes: ['read', 'activity:read_all', 'profile:read_all'],
    authorizeParameters: { approval_prompt: 'auto' },
  });
  const services = { strava: { base_url: `${source.url}/api/v3`, auth_url: source.url } };
  const jobs = { rides: { service: 'strava', data_type: 'activities' } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ services, jobs }) });
  // As in a workflow, where what is told may become annotations.
  const actions = { GITHUB_ACTIONS: 'true' };
  const env = { ...actions, STRAVA_CLIENT_ID: 'client-1', STRAVA_CLIENT_SECRET: 'client-secret-77aa31' };

  const args = [BIN, 'auth', 'strava', '--save-to', 'secrets.env'];
  const child = spawn(process.execPath, args, { cwd: here.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = text(child.stdout);
  let told = '';
  for await (const piece of child.stderr.setEncoding('utf8')) {
    told += String(piece);
    const [address] = /http\S+authorize\S+/.exec(String(piece)) ?? [];
    if (address !== undefined) expect(await source.browse(address)).toMatchObject({ status: 200 });
  }
  expect([await ended, await said]).toEqual([0, expect.stringContaining('Signed in to strava as Ada Example.')]);
  for (const secret of [...source.authority.issued, env.STRAVA_CLIENT_SECRET])
    expect(`${told}${await said}`).not.toContain(secret);
  expect(here.read('secrets.env')).toMatch(/^STRAVA_REFRESH_TOKEN=refresh-\S+\n$/);
  if (process.platform !== 'win32') expect(statSync(here.path('secrets.env')).mode & 0o777).toBe(0o600);

  const token = readFileSync(here.path('secrets.env'), 'utf8').trim().split('=')[1] ?? '';
  const { services: listed } = (await here.run(['auth', '--json'], { env: { STRAVA_REFRESH_TOKEN: token } })).json();
  expect(listed).toMatchObject([{ service: 'strava', set: ['STRAVA_REFRESH_TOKEN'] }]);
});
