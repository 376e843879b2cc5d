/** The walk through what an environment lacks, from a repository that has nothing to its first run at GitHub. */
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../fakes/clock.ts';
import { REPOSITORY, refusal, TOKEN } from '../fakes/github-api.ts';
import { stepsOf, typing, type Walker, WORKFLOW, walker } from './setup-walker.ts';

const SECRET = 'orders-key-77aa31';
const env = { ORDERS_API_KEY: SECRET };

it('leads from nothing to a green run, and changes nothing the second time', async () => {
  const here = await walker();
  const first = await here.setUp(['--yes', '--schedule', '--json'], { env });
  expect([first.exit, first.json()]).toMatchObject([0, { environment: 'dev', is_fine: true }]);
  expect(here.github.environments.get('dev')?.secrets).toEqual(new Map([['ORDERS_API_KEY', SECRET]]));
  expect(here.github.repository.variables).toEqual(new Map([['TIDEMILL_ENVIRONMENT', 'dev']]));
  expect(first.stdout).toContain(`https://github.com/${REPOSITORY}/actions/runs/9000`);

  const before = here.writes();
  const second = await here.setUp(['--yes', '--schedule', '--json'], { env });
  expect([second.exit, stepsOf(second).filter((step) => !step.endsWith(': fine'))]).toEqual([0, []]);
  expect([here.writes(), here.github.unexpected]).toEqual([before, []]);
  for (const { stdout, stderr } of [first, second]) expect(stdout + stderr).not.toContain(SECRET);
  const sent = here.github.requests.map(({ body, path }) => body + path).join('\n');
  expect(sent).not.toContain(SECRET);
});

it('says what it would ask where nobody is at a terminal, and changes nothing', async () => {
  const here = await walker();
  const outcome = await here.setUp();
  expect(outcome.exit).toBe(2);
  expect(outcome.stdout).toContain('MISS  environment  dev: ');
  expect(outcome.stdout).toContain('Would ask: Make it?\n');
  expect(outcome.stdout).toContain('gh secret set ORDERS_API_KEY --env dev');
  expect(outcome.stdout).toContain(`gh workflow run ${WORKFLOW} -f environment=dev -f group=starter`);
  expect(here.writes()).toEqual([]);
});

it('asks a person at each step, and shows nothing of a secret that is typed', async () => {
  const here = await walker();
  const person = typing('', SECRET, 'y', 'n');
  const outcome = await here.setUp([], { person });
  expect([outcome.exit, person.left()]).toEqual([0, 0]);
  expect(here.github.environments.get('dev')?.secrets.get('ORDERS_API_KEY')).toBe(SECRET);
  expect(here.github.repository.variables).toEqual(new Map());
  expect(outcome.stdout).toContain('SKIP  schedule ');
  expect(outcome.stdout + outcome.stderr).not.toContain(SECRET);
});

it('says of a bucket that is a folder, and of tables in a file, that GitHub’s machines take them along', async () => {
  const here = await walker({ config: { environments: { dev: { bucket: 'bucket', warehouse: 'tables.duckdb' } } } });
  const told = (await here.setUp()).stdout;
  expect(told).toMatch(/ok {4}place .*bucket: .* lies on the machine that runs/);
  expect(told).toMatch(/ok {4}place .*tables\.duckdb: .* lies on the machine that runs/);
  const local = (await here.setUp(['--environment', 'local'])).stdout;
  expect(local).not.toContain('lies on the machine');
});

it('asks nobody who has said yes to all, and leaves open what needs them', async () => {
  const here = await walker();
  const person = typing('never');
  const outcome = await here.setUp(['--yes', '--skip', 'run'], { person });
  expect([outcome.exit, person.left()]).toEqual([2, 1]);
  expect(outcome.stdout).toContain('MISS  secrets      ORDERS_API_KEY: ');
});

it.each(['EU', '{\n  "key": "0123456789"\n}'])('stores no secret that would hide all the rest: %j', async (value) => {
  const here = await walker();
  const outcome = await here.setUp(['--yes', '--skip', 'run'], { env: { ORDERS_API_KEY: value } });
  expect([outcome.exit, outcome.stdout]).toEqual([2, expect.stringContaining('gh variable set ORDERS_API_KEY')]);
  expect(here.github.environments.get('dev')?.secrets.size).toBe(0);
});

it('keeps what is done when the person leaves, and goes on from there', async () => {
  const here = await walker();
  const left = await here.setUp([], { person: typing('yes') });
  expect([left.exit, left.stderr]).toEqual([130, expect.stringContaining('Stopped. What was done stays')]);
  expect([here.github.environments.has('dev'), here.github.runs]).toEqual([true, []]);
  const on = await here.setUp(['--yes', '--json'], { env });
  expect(stepsOf(on)).toContain('environment dev: fine');
});

it('waits no longer after Ctrl-C, and says which run goes on', async () => {
  const here = await walker();
  here.github.onDispatch = () => ({ status: 'in_progress' });
  const stop = new AbortController();
  const clock = fakeClock('2026-11-21T06:30:00Z');
  const sleep: typeof clock.sleep = async (milliseconds, signal) => {
    stop.abort();
    await clock.sleep(milliseconds, signal);
  };
  const outcome = await here.setUp(['--yes'], { env, interrupted: stop.signal, clock: { ...clock, sleep } });
  expect([outcome.exit, outcome.stderr]).toEqual([130, expect.stringContaining('/actions/runs/9000\n')]);
  expect(here.github.repository.variables.size).toBe(0);
});

it('leaves out the steps that somebody names, and refuses one that is none', async () => {
  const here = await walker();
  const outcome = await here.setUp(['--yes', '--skip', 'run', '--skip', 'schedule', '--json'], { env });
  expect([outcome.exit, stepsOf(outcome).slice(-2)]).toEqual([
    0,
    ['run first run: skipped', 'schedule schedule: skipped'],
  ]);
  expect(here.github.runs).toEqual([]);
  expect(await here.setUp(['--skip', 'runs'])).toMatchObject({ exit: 2, stderr: expect.stringContaining('sign-in') });
});

it('needs GitHub for no environment but those away', async () => {
  const here = await walker();
  const outcome = await here.setUp(['--environment', 'local', '--yes', '--json'], { env: { GITHUB_TOKEN: '' } });
  expect([outcome.exit, here.github.asked()]).toEqual([0, []]);
  const text = await here.setUp(['--environment', 'local', '--yes']);
  expect(text.stdout).toContain('give the configuration an environment with a bucket');
});

it('installs what commands need when services are named, and asks GitHub nothing', async () => {
  const here = await walker();
  const named = await here.setUp(['example']);
  const onActions = await here.setUp([], { env: { GITHUB_ACTIONS: 'true' } });
  for (const outcome of [named, onActions])
    expect([outcome.exit, outcome.stdout]).toEqual([0, 'No service of these has a setup.\n']);
  expect(here.github.asked()).toEqual([]);
});

describe('who asks GitHub', () => {
  it('is the gh command where no token is set, which is handed on to nobody', async () => {
    const here = await walker({ gh: { token: TOKEN }, programs: ['gcloud'], config: bucketAt('gs://my-bucket-dev') });
    const own = { TIDEMILL_STATE_KEY: SECRET, TIDEMILL_POSTGRES_PASSWORD: SECRET, TIDEMILL_WEBHOOK_URL: SECRET };
    const shell = { ...env, ...own, ...NOWHERE, GITHUB_TOKEN: '' };
    const outcome = await here.setUp(['--yes', '--json'], { env: shell });
    expect(stepsOf(outcome)).toContain('environment dev: done');
    expect(here.programs.calls()).toContainEqual(['gh', 'auth', 'token', '--hostname', '127.0.0.1']);
    const seen = here.programs.calls().flat().join(' ') + JSON.stringify(here.programs.environments());
    expect(seen).not.toContain(TOKEN);
    expect(seen).not.toContain(SECRET);
  });

  it('is nobody without a token: that is told once, and how to get one', async () => {
    const here = await walker();
    const outcome = await here.setUp(['--yes'], { env: { ...env, GITHUB_TOKEN: '' } });
    expect([outcome.exit, outcome.stdout]).toEqual([3, expect.stringContaining('gh auth token')]);
    expect(outcome.stdout.match(/FAIL/g)).toHaveLength(1);
    expect(here.github.asked()).toEqual([]);
  });

  const rights: readonly [keyof Walker['github']['permissions'], 'none' | 'read', string][] = [
    ['metadata', 'none', 'Metadata: read'],
    ['administration', 'none', 'Administration: read and write'],
    ['environments', 'read', 'Environments: read and write'],
    ['variables', 'read', 'Variables: read and write'],
    ['actions', 'read', 'Actions: read and write'],
  ];
  it.each(rights)('is told by name which right its token lacks: %s', async (permission, held, named) => {
    const here = await walker();
    here.github.permissions[permission] = held;
    const outcome = await here.setUp(['--yes', '--schedule'], { env });
    expect([outcome.exit, outcome.stdout]).toEqual([3, expect.stringContaining(named)]);
  });

  it('is told GitHub’s own words where its answer has some', async () => {
    const here = await walker();
    const words = 'Resource protected by organization SAML enforcement.';
    here.github.intercept = ({ method }) => (method === 'PUT' ? refusal(403, `${words}\nmore`) : undefined);
    const outcome = await here.setUp(['--yes'], { env });
    expect(outcome.stdout).toMatch(new RegExp(`GitHub says: “${words}”`));
    expect(outcome.stdout).not.toContain('more”');
  });

  it.each([
    [{ GITHUB_API_URL: 'github.example.com/api' }, 'GITHUB_API_URL is no address'],
    [{ GITHUB_TOKEN: 'a b' }, 'has a blank in it'],
    [{ GITHUB_TOKEN: '', GITHUB_API_URL: 'api' }, 'GITHUB_API_URL is no address'],
    [{ GITHUB_REPOSITORY: '../..' }, '../.. is not a repository of GitHub'],
  ])('is told of what cannot be: %j', async (wrong, words) => {
    const here = await walker();
    const outcome = await here.setUp(['--yes'], { env: { ...env, ...wrong } });
    expect(outcome.stdout).toMatch(new RegExp(`FAIL {2}environment .*${words}`));
    expect(here.github.asked()).toEqual([]);
  });

  it('may see no secrets of the repository: the environment has its own', async () => {
    const here = await walker();
    here.github.permissions.secrets = 'none';
    expect((await here.setUp(['--yes'], { env })).exit).toBe(0);
  });
});

/** Where no store of Google’s is. */
const NOWHERE = { STORAGE_EMULATOR_HOST: 'http://127.0.0.1:9' };

function bucketAt(bucket: string): object {
  return { environments: { dev: { bucket } } };
}

describe('a private repository whose plan has no environments', () => {
  it('is told so, and goes on with what the repository itself keeps', async () => {
    const here = await walker();
    here.github.isPrivate = true;
    here.github.intercept = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/environments/dev') ? refusal(404, 'Not Found') : undefined;
    expect((await here.setUp()).stdout).toContain('with GitHub Pro, Team or Enterprise. Would ask: Make it?');
    const refused = await here.setUp(['--yes', '--json'], { env });
    expect(refused.json().steps).toContainEqual(
      expect.objectContaining({ is: 'failed', says: expect.stringContaining('--skip environment') }),
    );
    here.github.repository.secrets.set('ORDERS_API_KEY', 'theirs');
    const on = await here.setUp(['--yes', '--json', '--skip', 'environment']);
    expect([on.exit, stepsOf(on)]).toEqual([
      0,
      expect.arrayContaining(['secrets ORDERS_API_KEY: fine', 'run first run: done']),
    ]);
  });

  it('is no reason to say so of a public one, or of an answer that says something else', async () => {
    const here = await walker();
    expect((await here.setUp()).stdout).not.toContain('GitHub Pro');
    here.github.isPrivate = true;
    here.github.intercept = ({ method }) => (method === 'PUT' ? { status: 500, json: {} } : undefined);
    const outcome = await here.setUp(['--yes'], { env });
    expect([outcome.exit, outcome.stdout]).toEqual([4, expect.not.stringContaining('--skip environment')]);
  });
});

describe('where GitHub does not do as it should', () => {
  const isKey = ({ path }: { path: string }): boolean => path.endsWith('/public-key');
  const told = async (here: Walker): Promise<string> => (await here.setUp(['--yes', '--skip', 'run'], { env })).stdout;

  it('a key that was another one a moment ago is asked for again', async () => {
    const here = await walker();
    here.github.intercept = ({ method, path }) => {
      if (method === 'DELETE' && path.includes('/secrets/')) here.github.keyId = 'key-18';
      return undefined;
    };
    expect(await told(here)).toContain('DONE  secrets      ORDERS_API_KEY');
    expect(here.github.environments.get('dev')?.secrets.get('ORDERS_API_KEY')).toBe(SECRET);
  });

  it('what fails for a moment is asked for again', async () => {
    const here = await walker();
    const failed = new Set<string>();
    here.github.intercept = ({ method, path }) => {
      if (!path.includes('/secrets/') || failed.has(method)) return undefined;
      failed.add(method);
      return { status: 502, body: 'Bad gateway' };
    };
    expect(await told(here)).toContain('DONE  secrets      ORDERS_API_KEY');
    expect([...failed].sort()).toEqual(['DELETE', 'GET', 'PUT']);
  });

  it.each([
    ['a page', { body: '<html>proxy</html>', headers: { 'content-type': 'text/html' } }],
    ['something else', { json: {} }],
    ['a key that is none', { json: { key: 'AAAA', key_id: '1' } }],
    ['half an answer', { json: { key: 'AAAA', key_id: '1' }, fault: 'truncate' }],
  ] as const)('%s for a key is told as that', async (_, reply) => {
    const here = await walker();
    here.github.intercept = (request) => (isKey(request) ? reply : undefined);
    expect(await told(here)).toMatch(/FAIL {2}secrets .*GitHub (answered something else|did not answer)/);
  });

  it('its own words are told, and a secret that is too long is not sent', async () => {
    const here = await walker();
    const words = 'Resource protected by organization SAML enforcement.';
    here.github.intercept = ({ method }) => (method === 'PUT' ? refusal(403, words) : undefined);
    expect(await told(here)).toContain(words);
    here.github.environments.set('dev', { secrets: new Map(), variables: new Map() });
    const long = await here.setUp(['--yes', '--skip', 'run'], { env: { ORDERS_API_KEY: 'x'.repeat(50_000) } });
    expect([long.exit, long.stdout]).toEqual([2, expect.stringContaining('longer than the 48 KB')]);
  });
});

describe('what GitHub has already', () => {
  it.each(['repository', 'organization'] as const)('is found in the %s, too', async (place) => {
    const here = await walker();
    here.github.organization = { secrets: new Map(), variables: new Map() };
    here.github[place]?.secrets.set('ORDERS_API_KEY', 'theirs');
    const outcome = await here.setUp(['--yes', '--json'], { env });
    expect(stepsOf(outcome)).toContain('secrets ORDERS_API_KEY: fine');
    expect(here.github.environments.get('dev')?.secrets.size).toBe(0);
  });

  it('is replaced for whoever names it', async () => {
    const here = await walker();
    here.github.environments.set('dev', { secrets: new Map([['ORDERS_API_KEY', 'old']]), variables: new Map() });
    await here.setUp(['--yes', '--store', 'ORDERS_API_KEY'], { env });
    expect(here.github.environments.get('dev')?.secrets.get('ORDERS_API_KEY')).toBe(SECRET);
    const unset = await here.setUp(['--yes', '--store', 'OTHER', '--json']);
    expect([unset.exit, stepsOf(unset)]).toEqual([2, expect.arrayContaining(['secrets OTHER: open'])]);
  });

  it('is replaced where it is a variable, too', async () => {
    const here = await walker({ config: { environments: { dev: { bucket: 's3://my-company-dev' } } } });
    here.github.environments.set('dev', { secrets: new Map(), variables: new Map([['AWS_REGION', 'eu-west-1']]) });
    const args = ['--yes', '--store', 'AWS_REGION', '--skip', 'place', '--skip', 'run', '--json'];
    const outcome = await here.setUp(args, { env: { ...env, AWS_REGION: 'eu-west-2' } });
    expect([outcome.exit, stepsOf(outcome)]).toEqual([0, expect.arrayContaining(['secrets AWS_REGION: done'])]);
    expect(here.github.environments.get('dev')?.variables.get('AWS_REGION')).toBe('eu-west-2');
  });

  it.each(['GITHUB_TOKEN', 'a b', '1A', '../x'])('is not called %j', async (name) => {
    const here = await walker();
    const outcome = await here.setUp(['--yes', '--store', name], { env: { ...env, [name]: SECRET } });
    expect([outcome.exit, outcome.stderr]).toEqual([2, expect.stringContaining('begin neither with a digit')]);
    expect(here.github.asked()).toEqual([]);
  });

  it('keeps a schedule that is on for another environment, unless somebody says it', async () => {
    const here = await walker({ config: { environments: { dev: { bucket: 'a' }, prd: { bucket: 'b' } } } });
    here.github.repository.variables.set('TIDEMILL_ENVIRONMENT', 'prd');
    const outcome = await here.setUp(['--yes'], { env });
    expect([outcome.exit, outcome.stdout]).toEqual([0, expect.stringContaining('schedule: on, for prd')]);
    await here.setUp(['--yes', '--schedule'], { env });
    expect(here.github.repository.variables.get('TIDEMILL_ENVIRONMENT')).toBe('dev');
  });
});
