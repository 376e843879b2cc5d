/** `tidemill auth` from the command line to the secrets, against services that are strict. */
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { STATE_KEY } from '@tidemill/kit/credentials';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeGithubSecrets } from '../fakes/github-secrets.ts';
import type { Answer } from '../fakes/oauth-authority.ts';
import { type FakeOAuth, type FakeOAuthOptions, fakeOAuth } from '../fakes/oauth-server.ts';
import { type Outcome, type Project, project } from './project.ts';

const CLIENT = { SIGNED_ID: 'client-1', SIGNED_SECRET: 'client-secret-77aa31' };
const JOBS = {
  activities: { service: 'signed', data_type: 'activities' },
  profiles: { service: 'signed', data_type: 'profiles', enabled: false },
  elsewhere: { service: 'signed', data_type: 'profiles', environment: 'prd' },
};

interface Place extends Project {
  readonly source: FakeOAuth;
  /** Pages that the browser showed, with their statuses. */
  readonly pages: string[];
}

async function place(options: FakeOAuthOptions = {}, jobs: object = JOBS): Promise<Place> {
  const source = await fakeOAuth({
    clientAuthentication: 'body',
    scopeSeparator: ',',
    authorizeParameters: { prompt: 'consent' },
    now: () => new Date('2026-11-21T06:30:00Z'),
    ...options,
  });
  const at = { base_url: source.url, auth_url: source.url };
  const services = Object.fromEntries(
    ['signed', 'tokened', 'keyed'].map((name) => [name, { package: `@example/${name}`, ...at }]),
  );
  const environments = { dev: { bucket: 'bucket-dev' }, prd: { bucket: 'bucket-prd' } };
  const config = JSON.stringify({ environments, services, jobs });
  return { ...(await project({ 'ingestion-config.yaml': config })), source, pages: [] };
}

interface Visit {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly answer?: Answer;
  /** What else the browser, or somebody else, does with the address before. */
  readonly before?: (address: URL) => Promise<void>;
}

/** Somebody runs the command and does in the browser what it asks for. */
async function signIn(here: Place, { args = [], env = {}, answer, before }: Visit = {}): Promise<Outcome> {
  const browse = async (address: string): Promise<void> => {
    await before?.(new URL(address));
    const { status, text } = await here.source.browse(address, answer);
    here.pages.push(`${status} ${text}`);
  };
  let browsing: Promise<void> | undefined;
  const outcome = await here.run(['auth', 'signed', '--environment', 'dev', ...args], {
    env: { ...CLIENT, ...env },
    person: {
      browse: (address) => {
        browsing = browse(address);
      },
    },
  });
  await browsing;
  return outcome;
}

/** Tokens and codes that stand in an output. */
const leaked = ({ source }: Place, { stdout, stderr }: Outcome): string[] =>
  [...source.authority.issued, CLIENT.SIGNED_SECRET].filter((secret) => `${stdout}${stderr}`.includes(secret));

const refreshTokenIn = (text: string): string => /SIGNED_REFRESH_TOKEN=(\S+)/.exec(text)?.[1] ?? '';

describe('tidemill auth SERVICE', () => {
  it('asks for what the enabled jobs of the environment need, says who signed in, and shows the new token', async () => {
    const here = await place();
    const outcome = await signIn(here);
    expect(outcome).toMatchObject({ exit: 0 });
    const address = new URL(/http\S+authorize\S+/.exec(outcome.stderr)?.[0] ?? '');
    expect(address.searchParams.get('scope')).toBe('read,activity');
    expect(here.pages).toEqual(['200 Signed in. You can close this window and go back to the terminal.\n']);
    expect(outcome.stdout).toContain('Signed in to signed as Ada Example.');
    expect(outcome.stdout).toContain(`Still missing: ${STATE_KEY}`);
    // The one value that somebody must copy.
    expect(leaked(here, outcome)).toEqual([refreshTokenIn(outcome.stdout)]);
  });

  it('ends with what a run needs', async () => {
    const here = await place({ api: activities });
    const { stdout } = await signIn(here);
    const env = { ...CLIENT, SIGNED_REFRESH_TOKEN: refreshTokenIn(stdout), [STATE_KEY]: 'x'.repeat(32) };
    for (const _ of [1, 2]) {
      const run = await here.run(['run', 'activities', '--environment', 'dev', '--json'], { env });
      expect(run.json().results).toMatchObject([{ result: 'done', totals: { records: 1 } }]);
    }
    expect(here.source.authority.refreshes).toBe(1);
  });

  it('listens where the service was told to send the browser', async () => {
    const port = await freePort();
    const redirectUri = `http://127.0.0.1:${port}/back`;
    const here = await place({ redirectUris: [redirectUri] });
    expect(await signIn(here, { env: { SIGNED_REDIRECT_URI: redirectUri } })).toMatchObject({ exit: 0 });
  });

  it('says so when that port is taken, or is on another machine', async () => {
    const here = await place();
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const busy = await signIn(here, { env: { SIGNED_REDIRECT_URI: `http://127.0.0.1:${port}/callback` } });
    expect([busy.exit, busy.stderr]).toEqual([2, expect.stringContaining('(sign-in-port')]);
    const far = await signIn(here, { env: { SIGNED_REDIRECT_URI: 'https://example.org/callback' } });
    expect([far.exit, far.stderr]).toEqual([2, expect.stringContaining('(sign-in-redirect')]);
  });

  it('does not believe answers to somebody else’s sign-in', async () => {
    const here = await place();
    const seen: number[] = [];
    const forge = async (address: URL): Promise<void> => {
      const back = address.searchParams.get('redirect_uri') ?? '';
      const state = address.searchParams.get('state') ?? '';
      for (const query of [
        '',
        '?code=theirs',
        '?code=theirs&state=wrong',
        `?state=${state}&state=${state}&code=theirs`,
      ])
        seen.push((await fetch(`${back}${query}`)).status);
      seen.push((await fetch(new URL('/favicon.ico', back))).status);
      seen.push((await fetch(`${back}?code=theirs&state=${state}`, { method: 'POST' })).status);
    };
    expect(await signIn(here, { before: forge })).toMatchObject({ exit: 0 });
    expect(seen).toEqual([400, 400, 400, 400, 404, 404]);
    expect(here.source.requests.filter(({ body }) => body.includes('theirs'))).toEqual([]);
  });

  it('ends when the person says no, and changes nothing', async () => {
    const here = await place();
    const outcome = await signIn(here, { answer: { deny: true } });
    expect([outcome.exit, outcome.stdout]).toEqual([3, '']);
    expect(outcome.stderr).toContain('it answered access_denied');
    expect(here.pages).toEqual(['400 Not signed in. The terminal says more.\n']);
  });

  it('says which boxes must stay ticked', async () => {
    const here = await place();
    const outcome = await signIn(here, { answer: { scopes: ['read'] } });
    expect([outcome.exit, outcome.stdout]).toEqual([3, '']);
    expect(outcome.stderr).toContain('signed was not allowed to: activity');
  });

  it('says so when the service gives no refresh token', async () => {
    const here = await place();
    here.source.disturb({ json: { access_token: 'access-without-refresh', token_type: 'Bearer' } });
    const outcome = await signIn(here);
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(sign-in-no-refresh')]);
  });

  it('refuses before anybody has to do anything: without a client, a job, a service', async () => {
    const here = await place();
    const without = await here.run(['auth', 'signed', '--environment', 'dev'], { person: {} });
    expect([without.exit, without.stderr]).toEqual([3, expect.stringContaining('SIGNED_ID, SIGNED_SECRET')]);
    const local = await here.run(['auth', 'tokened', '--environment', 'dev'], { env: CLIENT, person: {} });
    expect([local.exit, local.stderr]).toEqual([2, expect.stringContaining('(sign-in-jobs')]);
    const near = await here.run(['auth', 'singed'], { env: CLIENT, person: {} });
    expect([near.exit, near.stderr]).toEqual([2, expect.stringContaining('Did you mean "signed"?')]);
    expect(here.source.requests).toEqual([]);
  });

  it('stops when it is interrupted', async () => {
    const here = await place();
    const interrupted = new AbortController();
    const outcome = await here.run(['auth', 'signed', '--environment', 'dev'], {
      env: CLIENT,
      interrupted: interrupted.signal,
      person: { browse: () => interrupted.abort(new Error('stopped by SIGINT')) },
    });
    expect([outcome.exit, outcome.stdout]).toEqual([130, '']);
    expect(outcome.stderr).toMatch(/Stopped\.\n$/);
  });

  it('waits ten minutes and no longer', async () => {
    const here = await place();
    const slept: number[] = [];
    const clock = {
      now: () => new Date('2026-11-21T06:30:00Z'),
      sleep: async (milliseconds: number) => void slept.push(milliseconds),
    };
    const outcome = await here.run(['auth', 'signed', '--environment', 'dev'], { env: CLIENT, clock, person: {} });
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(sign-in-late')]);
    expect(slept).toEqual([600_000]);
  });
});

describe('--paste', () => {
  /** The person carries the address to another machine and types what that machine's browser shows. */
  async function paste(here: Place, typed: (returned: URL) => string): Promise<Outcome> {
    const args = ['auth', 'signed', '--environment', 'dev', '--paste'];
    return here.run(args, {
      env: CLIENT,
      person: {
        type: (said) => {
          const address = new URL(/http\S+authorize\S+/.exec(said)?.[0] ?? '');
          return typed(here.source.authority.authorize(address));
        },
      },
    });
  }

  it('takes the address that the browser was sent to', async () => {
    const here = await place();
    const outcome = await paste(here, (returned) => ` ${returned.href} `);
    expect([outcome.exit, outcome.stdout]).toEqual([0, expect.stringContaining('Ada Example')]);
  });

  it('takes the code alone where it is bound to this process', async () => {
    const here = await place();
    expect(await paste(here, (returned) => returned.searchParams.get('code') ?? '')).toMatchObject({ exit: 0 });
  });

  it('refuses an address of another try, and what is none', async () => {
    const here = await place();
    for (const wrong of ['http://127.0.0.1:8765/callback?code=theirs&state=theirs', 'what?', '']) {
      const outcome = await paste(here, () => wrong);
      expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('(sign-in-pasted')]);
    }
    expect(here.source.requests).toEqual([]);
  });

  it('needs a person', async () => {
    const here = await place();
    const args = ['auth', 'signed', '--environment', 'dev', '--paste', '--env-file', 'x.env'];
    const outcome = await here.run(args, { env: CLIENT });
    expect([outcome.exit, outcome.stderr]).toEqual([2, expect.stringContaining('(sign-in-terminal')]);
  });
});

describe('where the credentials go', () => {
  it('nowhere without a person: nobody is asked to sign in', async () => {
    const here = await place();
    const outcome = await here.run(['auth', 'signed', '--environment', 'dev'], { env: CLIENT });
    expect([outcome.exit, outcome.stderr]).toEqual([2, expect.stringContaining('(sign-in-destination')]);
    const json = await signIn(here, { args: ['--json'] });
    expect(json.exit).toBe(2);
  });

  it('into a file that only its owner reads, in the place of older ones', async () => {
    const here = await place();
    here.write('.env', "OTHER=1\nexport SIGNED_REFRESH_TOKEN='old one'\n# the end\n");
    const outcome = await signIn(here, { args: ['--env-file', '.env', '--json'] });
    expect(leaked(here, outcome)).toEqual([]);
    expect(outcome.json()).toMatchObject({ who: 'Ada Example', stored: ['SIGNED_REFRESH_TOKEN'] });
    const token = refreshTokenIn(here.read('.env'));
    expect(here.read('.env')).toBe(`OTHER=1\nSIGNED_REFRESH_TOKEN=${token}\n# the end\n`);
    expect(here.source.authority.issued).toContain(token);
    if (process.platform !== 'win32') expect(statSync(here.path('.env')).mode & 0o777).toBe(0o600);
  });

  const GITHUB = { repository: 'ada/data', environment: 'dev', token: 'github-token-5511' };

  it('to GitHub, encrypted for it: the new ones, and those of this shell', async () => {
    const here = await place();
    const github = await fakeGithubSecrets(GITHUB);
    here.write('.git/config', '[core]\n[remote "origin"]\n\turl = git@github.com:ada/data.git\n[branch "main"]\n');
    const env = { GITHUB_TOKEN: GITHUB.token, GITHUB_API_URL: github.url, [STATE_KEY]: 'k'.repeat(40) };
    const outcome = await signIn(here, { args: ['--set-secrets'], env });
    expect(outcome).toMatchObject({ exit: 0, stderr: expect.not.stringContaining('missing') });
    expect(leaked(here, outcome)).toEqual([]);
    expect(Object.fromEntries(github.secrets)).toEqual({
      ...CLIENT,
      SIGNED_REFRESH_TOKEN: here.source.authority.issued.find((token) => token.startsWith('refresh-')),
      [STATE_KEY]: 'k'.repeat(40),
    });
    const sent = github.requests.map(({ body }) => body).join('\n');
    for (const value of github.secrets.values()) expect(sent).not.toContain(value);
  });

  it('to GitHub, but never over a state key that is there: it may be all that opens the tokens', async () => {
    const here = await place();
    const github = await fakeGithubSecrets(GITHUB);
    github.secrets.set(STATE_KEY, 'the first');
    const env = { GH_TOKEN: GITHUB.token, GITHUB_API_URL: github.url, [STATE_KEY]: 'k'.repeat(40) };
    expect(await signIn(here, { args: ['--set-secrets', 'ada/data'], env })).toMatchObject({ exit: 0 });
    expect(github.secrets.get(STATE_KEY)).toBe('the first');
  });

  it.each([
    ['without a token', {}, 'ada/data', 3, 'github-token-missing'],
    ['with a token that GitHub refuses', { GITHUB_TOKEN: 'wrong' }, 'ada/data', 3, 'github-token'],
    ['to a repository nobody may see', { GITHUB_TOKEN: GITHUB.token }, 'ada/other', 3, 'github-permission'],
    ['to what is no repository', { GITHUB_TOKEN: GITHUB.token }, 'ada', 2, 'github-repository'],
    ['to a repository nobody names', { GITHUB_TOKEN: GITHUB.token }, undefined, 2, 'github-repository-unknown'],
  ])('not to GitHub %s: nobody has to sign in for nothing', async (_, env, repository, exit, code) => {
    const here = await place();
    const github = await fakeGithubSecrets(GITHUB);
    const args = ['--set-secrets', ...(repository === undefined ? [] : [repository])];
    const outcome = await signIn(here, { args, env: { ...env, GITHUB_API_URL: github.url } });
    expect([outcome.exit, outcome.stderr]).toEqual([exit, expect.stringContaining(`(${code};`)]);
    expect([here.pages, github.secrets.size]).toEqual([[], 0]);
  });
});

describe('services without OAuth', () => {
  const days = { days: { service: 'tokened', data_type: 'days' } };
  const options = { clientSecret: null, rotation: 'replace' } as const;

  it('sign in with a password and a code', async () => {
    const here = await place(options, days);
    const env = { TOKENED_USER: here.source.authority.signIn(), TOKENED_PASSWORD: 'open-sesame' };
    const args = ['auth', 'tokened', '--env-file', 'out.env'];
    const outcome = await here.run(args, { env, person: { type: () => '123456' } });
    expect([outcome.exit, outcome.stdout]).toEqual([0, expect.stringContaining('as Ada Example')]);
    const newest = here.source.authority.issued.filter((token) => token.startsWith('refresh-')).at(-1);
    expect(here.read('out.env')).toBe(`TOKENED_TOKENS='{"refresh":"${newest}"}'\n`);
    const wrong = await here.run(args, { env, person: { type: () => '000000' } });
    expect([wrong.exit, wrong.stderr]).toEqual([3, expect.stringContaining('tokened-refused')]);
    const unset = await here.run(args, { person: {} });
    expect(unset.stderr).toContain('TOKENED_USER, TOKENED_PASSWORD');
  });

  it('take over the token file of another program, and keep what takes its place', async () => {
    const here = await place(options, days);
    const theirs = here.source.authority.signIn();
    here.write('theirs.json', JSON.stringify({ other_refresh: theirs }));
    const args = ['auth', 'tokened', '--import', 'theirs.json', '--env-file', 'out.env'];
    const outcome = await here.run(args);
    expect([outcome.exit, leaked(here, outcome)]).toEqual([0, []]);
    expect(here.read('out.env')).not.toContain(theirs);
    expect(here.read('out.env')).toContain('refresh-');
    here.write('theirs.json', '{}');
    const unknown = await here.run(args);
    expect([unknown.exit, unknown.stderr]).toEqual([2, expect.stringContaining('otherprogram (tokens.json)')]);
    expect((await here.run([...args.slice(0, 3), 'none.json', ...args.slice(4)])).stderr).toContain('import-missing');
  });

  it('keep what takes its place also when the service then says nothing about who it is', async () => {
    const here = await place({ ...options, accessTokenSeconds: -1 }, days);
    here.write('theirs.json', JSON.stringify({ other_refresh: here.source.authority.signIn() }));
    const outcome = await here.run(['auth', 'tokened', '--import', 'theirs.json', '--env-file', 'out.env']);
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('http-unauthorized')]);
    expect(here.read('out.env')).toContain('refresh-');
  });

  it('are tried with the token that was copied from their page', async () => {
    const here = await place({}, { tasks: { service: 'keyed', data_type: 'tasks' } });
    const args = ['auth', 'keyed'];
    const token = here.source.authority.personalToken();
    const fine = await here.run(args, { env: { KEYED_TOKEN: token }, person: {} });
    expect([fine.exit, fine.stdout]).toEqual([0, 'Signed in to keyed as Ada Example.\n']);
    const refused = await here.run(args, { env: { KEYED_TOKEN: 'wrong-token' }, person: {} });
    expect([refused.exit, leaked(here, refused)]).toEqual([3, []]);
    expect(refused.stderr).not.toContain('wrong-token');
  });
});

describe('tidemill auth', () => {
  it('lists what is set, what is missing and how old the tokens are, and never a value', async () => {
    const here = await place({ api: activities });
    const { stdout } = await signIn(here);
    const env = { ...CLIENT, SIGNED_REFRESH_TOKEN: refreshTokenIn(stdout), [STATE_KEY]: 'x'.repeat(32) };
    const list = async (given: Record<string, string>) =>
      (await here.run(['auth', '--environment', 'dev', '--json'], { env: given })).json().services;
    expect(await list(CLIENT)).toEqual([
      { service: 'signed', jobs: 1, set: ['SIGNED_ID', 'SIGNED_SECRET'], missing: ['SIGNED_REFRESH_TOKEN', STATE_KEY] },
    ]);
    await here.run(['run', 'activities', '--environment', 'dev'], { env });
    expect(await list(env)).toMatchObject([{ missing: [], tokens: '2026-11-21T06:30:00.000Z' }]);
    const shown = await here.run(['auth', '--environment', 'dev'], { env });
    expect(shown.stdout).toMatch(/^signed {2,}1 {2,}SIGNED_ID, .* 2026-11-21 06:30/m);
    expect(leaked(here, shown)).toEqual([]);
  });
});

function activities(
  { path, ...request }: Parameters<NonNullable<FakeOAuthOptions['api']>>[0],
  authority: FakeOAuth['authority'],
) {
  if (path !== '/activities') return undefined;
  return authority.scopesOf(request)?.includes('activity') ? { json: [{ id: 'a' }] } : { status: 401, json: {} };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
