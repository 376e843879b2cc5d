/** What `tidemill setup` does for services and programs, and what it says of the first run. */
import { STATE_KEY } from '@tidemill/kit/credentials';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../fakes/clock.ts';
import { refusal } from '../fakes/github-api.ts';
import { handClock } from '../fakes/hand-clock.ts';
import { fakeOAuth } from '../fakes/oauth-server.ts';
import { configOf, type RunOptions } from './project.ts';
import { stepsOf, typing, type Walker, WORKFLOW, walker } from './setup-walker.ts';

const NOW = '2026-11-21T06:30:00Z';
const REST = ['--skip', 'run', '--skip', 'schedule'];
const CLIENT = { SIGNED_ID: 'client-1', SIGNED_SECRET: 'client-secret-77aa31' };

async function withServices(jobs: object) {
  const source = await fakeOAuth({
    clientAuthentication: 'body',
    scopeSeparator: ',',
    authorizeParameters: { prompt: 'consent' },
    now: () => new Date(NOW),
  });
  const at = { base_url: source.url, auth_url: source.url };
  const services = Object.fromEntries(
    ['signed', 'tokened', 'keyed'].map((name) => [name, { package: `@example/${name}`, ...at }]),
  );
  const here = await walker({ config: { services, jobs, job_groups: {} } });
  const secrets = (): Record<string, string> =>
    Object.fromEntries(here.github.environments.get('dev')?.secrets ?? new Map());
  return { here, source, secrets };
}

const SIGNED = { activities: { service: 'signed', data_type: 'activities' } };

describe('a service that a person signs in to', () => {
  it('is signed in to with what was typed before, in the browser; nothing of it is shown', async () => {
    const { here, source, secrets } = await withServices(SIGNED);
    let browsing: Promise<unknown> | undefined;
    const browse = (address: string): void => {
      browsing = source.browse(address);
    };
    // The environment, both credentials, the key, the sign-in.
    const person = { ...typing('y', CLIENT.SIGNED_ID, CLIENT.SIGNED_SECRET, 'y', 'y'), browse };
    const outcome = await here.setUp(REST, { person, clock: handClock(NOW) });
    await browsing;
    expect([outcome.exit, person.left()]).toEqual([0, 0]);
    expect(outcome.stdout).toContain('DONE  sign-in      signed: signed in as Ada Example; stored: ');
    const refresh = source.authority.issued.find((token) => token.startsWith('refresh-'));
    expect(secrets()).toEqual({ ...CLIENT, SIGNED_REFRESH_TOKEN: refresh, [STATE_KEY]: expect.any(String) });
    expect(secrets()[STATE_KEY]?.length).toBeGreaterThan(40);
    const said = outcome.stdout + outcome.stderr;
    for (const secret of [CLIENT.SIGNED_SECRET, secrets()[STATE_KEY] ?? '', ...source.authority.issued])
      expect(said).not.toContain(secret);

    const writes = here.writes();
    expect((await here.setUp(['--yes', ...REST])).exit).toBe(0);
    expect(here.writes()).toEqual(writes);
  });

  it('waits for a person where there is none, and says the command', async () => {
    const { here } = await withServices(SIGNED);
    const outcome = await here.setUp(['--yes', ...REST], { env: CLIENT });
    expect([outcome.exit, outcome.stdout]).toEqual([2, expect.stringContaining('MISS  sign-in      signed: ')]);
    expect(outcome.stdout).toContain('npx tidemill auth signed --environment dev --set-secrets');
    expect(outcome.stdout + outcome.stderr).not.toContain(CLIENT.SIGNED_SECRET);
  });

  it('asks once more for what GitHub has and nobody can read', async () => {
    const { here, source, secrets } = await withServices(SIGNED);
    await here.setUp(['--yes', ...REST], { env: CLIENT });
    let browsing: Promise<unknown> | undefined;
    const browse = (address: string): void => {
      browsing = source.browse(address);
    };
    const person = { ...typing('y', CLIENT.SIGNED_ID, CLIENT.SIGNED_SECRET), browse };
    expect((await here.setUp(REST, { person, clock: handClock(NOW) })).exit).toBe(0);
    await browsing;
    expect(secrets()['SIGNED_REFRESH_TOKEN']).toMatch(/^refresh-/);
  });

  it('is not signed in to where its token is copied from a page: that is a secret like any other', async () => {
    const { here, secrets } = await withServices({ tasks: { service: 'keyed', data_type: 'tasks' } });
    const outcome = await here.setUp(['--yes', '--json', ...REST], { env: { KEYED_TOKEN: 'token-of-a-page' } });
    expect([outcome.exit, secrets()]).toEqual([0, { KEYED_TOKEN: 'token-of-a-page' }]);
    expect(stepsOf(outcome).filter((step) => step.startsWith('sign-in'))).toEqual([]);
  });
});

describe('the key of refresh tokens', () => {
  const withTokens = async () => {
    const { here, ...more } = await withServices(SIGNED);
    const facts = { version: 1, service: 'signed', saved_at: '2026-11-20T00:00:00.000Z', seeds: [] };
    const sealed = { cipher: 'aes-256-gcm', key: 'abcd1234', iv: 'AAAA', tag: 'AAAA', tokens: 'AAAA' };
    here.write('bucket-dev/_tidemill/tokens/signed.json', JSON.stringify({ ...facts, ...sealed }));
    return { here, ...more };
  };

  it('is that of this shell, where it is long enough', async () => {
    const { here, secrets } = await withServices(SIGNED);
    const short = await here.setUp(['--yes', ...REST], { env: { ...CLIENT, [STATE_KEY]: 'short' } });
    expect([short.exit, short.stdout]).toEqual([2, expect.stringContaining('fewer than 32 characters')]);
    const own = 'k'.repeat(40);
    await here.setUp(['--yes', ...REST], { env: { ...CLIENT, [STATE_KEY]: own } });
    expect(secrets()[STATE_KEY]).toBe(own);
  });

  it('is not made anew where the bucket has tokens of another one', async () => {
    const { here, secrets } = await withTokens();
    const outcome = await here.setUp(['--yes', ...REST], { env: CLIENT });
    expect([outcome.exit, outcome.stdout]).toEqual([
      2,
      expect.stringContaining('tokens of signed that were encrypted'),
    ]);
    const other = await here.setUp(['--yes', ...REST], { env: { ...CLIENT, [STATE_KEY]: 'k'.repeat(40) } });
    expect([other.exit, other.stdout]).toEqual([2, expect.stringContaining('does not open the tokens of signed')]);
    expect(secrets()[STATE_KEY]).toBeUndefined();
  });
});

describe('the first run', () => {
  const env = { ORDERS_API_KEY: 'orders-key-77aa31' };
  const ran = (here: Walker, options: RunOptions = {}) => here.setUp(['--yes'], { env, ...options });

  it('is told by the first line of its summary, where the bucket can be read from here', async () => {
    const columns = { id: 'bigint' };
    const jobs = JSON.parse(configOf({ orders: { dependencies: ['ORDERS_API_KEY'], prints: [{ id: 1 }], columns } }));
    const here = await walker({ config: jobs });
    const run = '20261121T063000Z-9000-1';
    const asked = ['--environment', 'dev', '--run-id', run];
    await here.run(['plan', '--record', '--group', 'starter', ...asked], { env: { ...env, GITHUB_RUN_ID: '9000' } });
    await here.run(['run', 'orders', ...asked], { env });
    const outcome = await ran(here);
    expect(outcome.stdout).toMatch(/DONE {2}run .*: 1 job done: 1 inserted, .* https:\S+\/actions\/runs\/9000\n/);
  });

  it('that is red names the jobs that failed, and is a failure', async () => {
    const here = await walker();
    const jobs = [
      { name: 'Plan', conclusion: 'success', steps: [] },
      { name: 'orders', conclusion: 'failure', steps: [] },
    ];
    here.github.onDispatch = () => ({ status: 'completed', conclusion: 'failure', jobs });
    const outcome = await ran(here);
    expect([outcome.exit, outcome.stdout]).toEqual([
      2,
      expect.stringContaining('(orders failed.) https://github.com/'),
    ]);
    const again = await here.setUp(['--yes'], { env });
    expect([again.exit, here.github.runs.length]).toEqual([2, 2]);
  });

  it.each(['cancelled', 'startup_failure', 'action_required', 'timed_out', 'failure'])(
    'that ended as %s is none, and is started again until one is green',
    async (conclusion) => {
      const here = await walker();
      here.github.onDispatch = () => ({ status: 'completed', conclusion });
      const first = await ran(here);
      expect([first.exit, first.stdout]).toEqual([2, expect.stringContaining(`ended with ${conclusion} `)]);
      here.github.onDispatch = () => ({ status: 'completed', conclusion: 'success' });
      expect(await ran(here)).toMatchObject({ exit: 0, stdout: expect.stringContaining('DONE  run ') });
      here.github.onDispatch = () => ({ status: 'completed', conclusion });
      await here.setUp(['--yes', '--run'], { env });
      expect(await ran(here)).toMatchObject({ exit: 0, stdout: expect.stringContaining('there was one (success)') });
      expect(here.github.runs).toHaveLength(3);
    },
  );

  it('of an environment that the workflow at GitHub does not know leads to the command that tells it', async () => {
    const here = await walker();
    const refused = `Provided value 'dev' for input 'environment' not in the list of allowed values`;
    here.github.intercept = ({ path }) => (path.endsWith('/dispatches') ? refusal(422, refused) : undefined);
    const { stdout, exit } = await ran(here);
    expect([exit, stdout]).toEqual([2, expect.stringContaining(refused)]);
    expect(stdout).toContain('npx tidemill generate, commit what it writes, and push');
  });

  it.each(['no', 'unheard of'] as const)(
    'is found where GitHub does not say which it is (%s), and is waited for',
    async (tells) => {
      const here = await walker();
      here.github.tellsRuns = tells;
      here.github.onDispatch = () => ({ status: 'in_progress' });
      const clock = fakeClock(NOW);
      let sleeps = 0;
      const sleep: typeof clock.sleep = async (milliseconds, signal) => {
        sleeps += 1;
        const [run] = here.github.runs;
        if (sleeps === 2 && run) here.github.runs[0] = { ...run, status: 'waiting' };
        if (sleeps === 4 && run) here.github.runs[0] = { ...run, status: 'completed', conclusion: 'success' };
        await clock.sleep(milliseconds, signal);
      };
      const outcome = await ran(here, { clock: { ...clock, sleep } });
      expect([outcome.exit, outcome.stdout]).toEqual([0, expect.stringContaining('/actions/runs/9000')]);
      expect(sleeps).toBeGreaterThan(3);
      expect(outcome.stderr.match(/waits for somebody who may approve it/g)).toHaveLength(1);
    },
  );

  it.each([
    ['is not pushed yet', 'deleted', 'git push'],
    ['is switched off', 'disabled_manually', `gh workflow enable ${WORKFLOW}`],
  ] as const)('is left to a person where its workflow %s', async (_, state, line) => {
    const here = await walker();
    const workflow = here.github.workflows.get(WORKFLOW);
    if (workflow !== undefined) workflow.state = state;
    const outcome = await ran(here);
    expect([outcome.exit, outcome.stdout]).toEqual([2, expect.stringContaining(line)]);
    expect(here.github.runs).toEqual([]);
  });
});
