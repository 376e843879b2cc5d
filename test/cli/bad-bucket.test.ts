/** A bucket that cannot be used: every command says what is wrong and who must act, and nothing is lost by it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEG, peopleProject, runsOf, SLOT, stateOf } from './legs.ts';
import { configOf, project } from './project.ts';
import { contentsOf, gcsEnv, openPlace, type Place, SECRET_KEY, type Store, s3Env, stores } from './stores.ts';

const COMMANDS = [['plan'], ['plan', '--record'], LEG, ['tick'], ['status'], ['doctor']] as const;

/** Port 9 is the one of the discard service, which nobody has run for decades. */
const NOWHERE = 'http://127.0.0.1:9';

const PRIVATE = 'MIIEvQIBADANBgkq';
const brokenPem = `-----BEGIN PRIVATE KEY-----\n${PRIVATE}\n-----END PRIVATE KEY-----`;
const account = (key: string): string => JSON.stringify({ client_email: 'a@b.example', private_key: key });
const gcsKey = (key: string): Place => ({ location: 'gs://bucket', env: { GCS_SERVICE_ACCOUNT_KEY: key } });

interface Expected {
  readonly exit: number;
  readonly code: string;
  /** Who must act. */
  readonly who: string;
}

const CONFIG = { exit: 2, who: 'you: correct the configuration' } as const;
const AUTH = { exit: 3, who: 'you: renew the credentials' } as const;
const PASSING = { exit: 4, who: 'nobody yet: it may pass by itself' } as const;

/** Every command, against a place where it cannot succeed. */
async function expectRefused(place: Place, { exit, code, who }: Expected): Promise<void> {
  const here = await peopleProject(place);
  for (const args of COMMANDS) {
    const outcome = await here.run(args, { env: place.env });
    const said = outcome.stdout + outcome.stderr;
    const command = args.join(' ');
    if (command === 'doctor') {
      expect([outcome.exit, said]).toEqual([2, expect.stringMatching(/^MISS {2}(bucket|configuration) /m)]);
    } else {
      expect([command, outcome.exit, outcome.stderr]).toEqual([command, exit, expect.stringContaining(`(${code}; `)]);
      expect(outcome.stderr).toContain(`who must act: ${who}`);
    }
    expect(said).not.toMatch(/^\s+at /m);
    for (const secret of [SECRET_KEY, PRIVATE]) expect(said).not.toContain(secret);
  }
  expect(runsOf(here)).toBe(0);
}

const misnamed = (scheme: string): Place => ({ location: `${scheme}No_Such_Name`, env: {} });

describe.each(Object.entries(stores))('a bucket at %s that cannot be used', (scheme, start) => {
  let store: Store;
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  it('for its name is none', () => expectRefused(misnamed(scheme), { ...CONFIG, code: 'bucket-location' }));

  it('for it is not there', () => expectRefused(store.missing(), { ...CONFIG, code: 'bucket-missing' }));

  it('for nobody answers there; once somebody does, the slot still runs', async () => {
    const at = store.create();
    await expectRefused(at(NOWHERE), { ...PASSING, code: 'bucket-unavailable' });
    const here = await peopleProject(at(store.url));
    expect((await here.run(LEG, { env: at(NOWHERE).env })).exit).toBe(4);
    expect((await here.run(LEG, { env: at(store.url).env })).json().results).toMatchObject([{ result: 'done' }]);
  });

  it('for these credentials may not; what it holds stays as it is', async () => {
    await using other = await start();
    const place = other.create()(other.url);
    const here = await peopleProject(place);
    await here.run(LEG, { env: place.env });
    const bucket = await openPlace(place);
    const before = await contentsOf(bucket);
    other.forbid();
    await expectRefused(place, { ...AUTH, code: 'bucket-forbidden' });
    other.permit();
    expect(await contentsOf(bucket)).toEqual(before);
    expect(await stateOf(bucket)).toMatchObject({ settled_through: SLOT });
  });
});

describe('credentials for a bucket', () => {
  it.each([
    ['something else', 'not a key'],
    ['something else in base64', Buffer.from('not a key').toString('base64')],
    ['JSON that is cut short', account(PRIVATE).slice(0, -3)],
    ['JSON of something else', JSON.stringify({ private_key: PRIVATE })],
  ])('that are %s', (_, key) => expectRefused(gcsKey(key), { ...CONFIG, code: 'gcs-service-account-key' }));

  it('that have several lines, as Google writes them: the way to one is named', async () => {
    const place = gcsKey(JSON.stringify(JSON.parse(account(PRIVATE)), undefined, 2));
    await expectRefused(place, { ...CONFIG, code: 'gcs-key-lines' });
    const here = await peopleProject(place);
    for (const args of [['plan', '--record'], ['doctor']]) {
      const { stdout, stderr } = await here.run(args, { env: place.env });
      expect(stdout + stderr, args.join(' ')).toContain('base64 -w0 key.json');
    }
  });

  it('that hold a broken private key', () =>
    expectRefused(gcsKey(account(brokenPem)), { ...AUTH, code: 'bucket-credentials' }));

  it('that are not there', async () => {
    const env = { ...s3Env(NOWHERE), AWS_ACCESS_KEY_ID: '', AWS_EC2_METADATA_DISABLED: 'true' };
    await expectRefused({ location: 's3://bucket', env }, { ...AUTH, code: 'bucket-credentials' });
  });

  it('that are asked for by nobody are not looked at', async () => {
    const env = { ...gcsEnv(NOWHERE), GCS_SERVICE_ACCOUNT_KEY: 'not a key' };
    await expectRefused({ location: 'gs://bucket', env }, { ...PASSING, code: 'bucket-unavailable' });
  });
});

it('a run by hand that never began is not said to be owed: nothing tries it again', async () => {
  const here = await project({ 'ingestion-config.yaml': configOf({ job: { prints: [{ a: 1 }] } }) });
  here.write('.tidemill/local/bucket', 'a file');
  const { exit, stdout } = await here.run(['run', 'job']);
  expect([exit, stdout]).toEqual([2, expect.stringMatching(/^job +failed +0/m)]);
  expect(stdout).toContain('A run by hand is not tried again');
  expect(stdout).not.toContain('owed again');
});
