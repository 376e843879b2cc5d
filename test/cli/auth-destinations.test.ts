/** Where new credentials go, and how services without OAuth come by them. */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { STATE_KEY } from '@tidemill/kit/credentials';
import { describe, expect, it } from 'vitest';
import { fakeGithubSecrets } from '../fakes/github-secrets.ts';
import type { Outcome } from './project.ts';
import { CLIENT, leaked, type Position, place, refreshTokenIn, signIn } from './sign-in.ts';

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
    const outcome = await signIn(here, { args: ['--save-to', '.env', '--json'] });
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
    const put = github.requests.filter(({ method }) => method === 'PUT').map(({ path }) => path.split('/').at(-1));
    expect([put[0], put.at(-1)]).toEqual(['SIGNED_REFRESH_TOKEN', STATE_KEY]);
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

  it('not to GitHub with a token that may only look, and not into a folder: nobody has to sign in for nothing', async () => {
    const here = await place();
    const github = await fakeGithubSecrets({ ...GITHUB, refuses: ['DELETE', 'PUT'] });
    const env = { GITHUB_TOKEN: GITHUB.token, GITHUB_API_URL: github.url };
    const looks = await signIn(here, { args: ['--set-secrets', 'ada/data'], env });
    expect([looks.exit, looks.stderr]).toEqual([3, expect.stringContaining('(github-permission;')]);
    mkdirSync(here.path('folder'));
    for (const place of ['folder', 'ingestion-config.yaml/secrets.env']) {
      const outcome = await signIn(here, { args: ['--save-to', place] });
      expect([outcome.exit, outcome.stderr]).toEqual([2, expect.stringContaining('(secret-file;')]);
    }
    expect([here.pages, here.source.requests]).toEqual([[], []]);
  });
});

describe('credentials that could not be handed on', () => {
  const env = async (refuses: readonly 'PUT'[]) => {
    const known = { repository: 'ada/data', environment: 'dev', token: 'github-token-5511' };
    const { url } = await fakeGithubSecrets({ ...known, refuses });
    return { GITHUB_TOKEN: known.token, GITHUB_API_URL: url, GITHUB_ACTIONS: 'true' };
  };
  /** What the error says, and the file that it names. */
  const rescued = (here: Position, { stderr }: Outcome): string => {
    const file = /Now in (\S+), which only you can read/.exec(stderr)?.[1] ?? '';
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(file.startsWith(here.folder)).toBe(true);
    return readFileSync(file, 'utf8');
  };

  it('are laid beside when GitHub refuses them in the end', async () => {
    const here = await place();
    const outcome = await signIn(here, { args: ['--set-secrets', 'ada/data'], env: await env(['PUT']) });
    expect([outcome.exit, outcome.stderr]).toEqual([3, expect.stringContaining('github-permission')]);
    expect(here.source.authority.issued).toContain(refreshTokenIn(rescued(here, outcome)));
    expect(leaked(here, outcome)).toEqual([]);
  });

  it('are laid beside when the file has become a folder: a token that was renewed is the only one', async () => {
    const here = await place({ clientSecret: null }, { days: { service: 'tokened', data_type: 'days' } });
    here.source.onToken(() => mkdirSync(here.path('out.env')));
    here.write('theirs.json', JSON.stringify({ other_refresh: here.source.authority.signIn() }));
    const outcome = await here.run(['auth', 'tokened', '--import', 'theirs.json', '--save-to', 'out.env']);
    expect([outcome.exit, outcome.stderr]).toEqual([2, expect.stringContaining('(secret-file;')]);
    const newest = here.source.authority.issued.filter((token) => token.startsWith('refresh-')).at(-1);
    expect(rescued(here, outcome)).toBe(`TOKENED_TOKENS={"refresh":"${newest}"}\n`);
    expect(leaked(here, outcome)).toEqual([]);
  });
});

describe('services without OAuth', () => {
  const days = { days: { service: 'tokened', data_type: 'days' } };
  const options = { clientSecret: null, rotation: 'replace' } as const;

  it('sign in with a password and a code', async () => {
    const here = await place(options, days);
    const env = { TOKENED_USER: here.source.authority.signIn(), TOKENED_PASSWORD: 'open-sesame' };
    const args = ['auth', 'tokened', '--save-to', 'out.env'];
    const outcome = await here.run(args, { env, person: { type: () => '123456' } });
    expect([outcome.exit, outcome.stdout]).toEqual([0, expect.stringContaining('as Ada Example')]);
    const newest = here.source.authority.issued.filter((token) => token.startsWith('refresh-')).at(-1);
    expect(here.read('out.env')).toBe(`TOKENED_TOKENS='{"refresh":"${newest}"}'\n`);
    here.source.disturb({ status: 503 });
    const again = { ...env, TOKENED_USER: here.source.authority.signIn() };
    const untried = await here.run(args, { env: again, person: { type: () => '123456' } });
    expect([untried.exit, untried.stdout]).toEqual([4, expect.stringContaining('whether they work is not known')]);
    expect(here.read('out.env')).toContain(again.TOKENED_USER);
    const wrong = await here.run(args, { env, person: { type: () => '000000' } });
    expect([wrong.exit, wrong.stderr]).toEqual([3, expect.stringContaining('tokened-refused')]);
    const unset = await here.run(args, { person: {} });
    expect(unset.stderr).toContain('TOKENED_USER, TOKENED_PASSWORD');
  });

  it('take over the token file of another program, and keep what takes its place', async () => {
    const here = await place(options, days);
    const theirs = here.source.authority.signIn();
    // As some editors of Windows begin a file.
    here.write('theirs.json', `\uFEFF${JSON.stringify({ other_refresh: theirs })}`);
    const args = ['auth', 'tokened', '--import', 'theirs.json', '--save-to', 'out.env'];
    const outcome = await here.run(args);
    expect([outcome.exit, leaked(here, outcome)]).toEqual([0, []]);
    expect(here.read('out.env')).not.toContain(theirs);
    expect(here.read('out.env')).toContain('refresh-');
    // It is used up by now.
    const refused = await here.run(args);
    expect([refused.exit, refused.stderr]).toEqual([
      3,
      expect.stringContaining('Sign in again: npx tidemill auth tokened'),
    ]);
    here.write('theirs.json', '{}');
    const unknown = await here.run(args);
    expect([unknown.exit, unknown.stderr]).toEqual([2, expect.stringContaining('otherprogram (tokens.json)')]);
    expect((await here.run([...args.slice(0, 3), 'none.json', ...args.slice(4)])).stderr).toContain('import-missing');
  });

  it('keep what takes its place also when the service then says nothing about who it is', async () => {
    const here = await place({ ...options, accessTokenSeconds: -1 }, days);
    here.write('theirs.json', JSON.stringify({ other_refresh: here.source.authority.signIn() }));
    const outcome = await here.run(['auth', 'tokened', '--import', 'theirs.json', '--save-to', 'out.env']);
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
