/** Signing in with a library that no leg installs, on machines that have what their workspaces need and no more. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { type GarminFake, startGarmin } from '../fakes/garmin.ts';
import { makeRepository } from '../workflow/repository.ts';

const NPM = join(import.meta.dirname, '../workflow/npm-ci.ts');
/** What the leg of a Garmin job installs. */
const LEG = ['tidemill', '@tidemill/garmin'];

type Env = Readonly<Record<string, string>>;
type Ending = Readonly<Record<'stdout' | 'stderr', string>> & { readonly code: number };

async function node(cwd: string, args: readonly string[], env: Env = {}): Promise<Ending> {
  const run = promisify(execFile)(process.execPath, args, { cwd, env });
  return run.then(
    (said) => ({ code: 0, ...said }),
    (error: Ending) => error,
  );
}

async function openGarmin(): Promise<GarminFake> {
  const garmin = await startGarmin('oauth1');
  onTestFinished(() => garmin.close());
  return garmin;
}

/** `tidemill auth garmin` on a machine with these workspaces. */
async function signIn(garmin: GarminFake, workspaces: readonly string[]): Promise<Ending> {
  const services = { garmin: { base_url: garmin.baseUrl, auth_url: garmin.authUrl } };
  const { folder } = await makeRepository({ services, jobs: { nights: { service: 'garmin', data_type: 'sleep' } } });
  const chosen = workspaces.flatMap((name) => ['-w', name]);
  expect(await node(folder, [NPM, 'ci', '--omit=dev', ...chosen])).toMatchObject({ code: 0, stderr: '' });
  const words = 'orchestrator/bin/tidemill.mjs auth garmin --environment dev --save-to tokens.env';
  return node(folder, words.split(' '), {
    ...garmin.credentials,
    GARMIN_USERNAME: garmin.signIn.username,
    GARMIN_PASSWORD: garmin.signIn.password,
    TIDEMILL_STATE_KEY: 'k'.repeat(32),
  });
}

it('names the workspace that is not there, before anybody is asked', async () => {
  const garmin = await openGarmin();
  const { code, stderr } = await signIn(garmin, LEG);
  expect(stderr).toContain('garmin-sign-in-missing');
  expect(stderr).toContain('npm install @tidemill/garmin-sign-in');
  expect([code, garmin.asides]).toEqual([2, []]);
});

it('signs in where it is', async () => {
  const garmin = await openGarmin();
  const { code, stdout, stderr } = await signIn(garmin, [...LEG, '@tidemill/garmin-sign-in']);
  expect([code, stdout, stderr]).toEqual([0, expect.stringContaining('Signed in to garmin as '), expect.any(String)]);
});
