/** What `tidemill setup` makes with the programs of clouds, and what stays where something is in the way. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { placeSetupOf } from '../../orchestrator/drivers/place-setup.ts';
import { ACCESS_KEY } from '../fakes/cloud-programs.ts';
import { startGcsServer } from '../fakes/gcs-server.ts';
import { REPOSITORY_ID } from '../fakes/github-api.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import { stepsOf, typing, type Walker, walker } from './setup-walker.ts';

const REST = ['--skip', 'secrets', '--skip', 'run'];
const bucketAt = (bucket: string): object => ({ environments: { dev: { bucket } } });

describe('a bucket at Google', () => {
  const BUCKET = 'my-company-dev';

  async function atGoogle(programs: readonly string[] = ['gcloud']) {
    const store = await startGcsServer();
    onTestFinished(() => store[Symbol.asyncDispose]());
    const here = await walker({ config: bucketAt(`gs://${BUCKET}`), programs });
    return { here, store, env: { STORAGE_EMULATOR_HOST: store.url } };
  }

  it('is made with somebody who may work there, whom GitHub signs in as without a key', async () => {
    const { here, store, env } = await atGoogle();
    const first = await here.setUp(['--yes', '--json', ...REST], { env });
    expect([first.exit, stepsOf(first)]).toEqual([0, expect.arrayContaining([`place gs://${BUCKET}: done`])]);
    const pool = 'projects/123/locations/global/workloadIdentityPools/tidemill-dev';
    expect(here.github.environments.get('dev')).toEqual({
      secrets: new Map(),
      variables: new Map([
        ['GCP_WORKLOAD_IDENTITY_PROVIDER', `${pool}/providers/github-${REPOSITORY_ID}`],
        ['GCP_SERVICE_ACCOUNT', 'tidemill-dev@my-project.iam.gserviceaccount.com'],
      ]),
    });
    // Neither another repository that takes the name later, nor one beside it in the project, is let in or in the way.
    const condition = `assertion.repository_id == '${REPOSITORY_ID}' && assertion.environment == 'dev'`;
    expect(here.programs.calls().flat()).toEqual(
      expect.arrayContaining([
        `--attribute-condition=${condition}`,
        `--member=principal://iam.googleapis.com/${pool}/subject/${REPOSITORY_ID}`,
      ]),
    );

    // As it is afterwards: nobody looks with gcloud any more.
    store.createBucket(BUCKET);
    const [calls, writes] = [here.programs.calls(), here.writes()];
    expect(stepsOf(await here.setUp(['--yes', '--json', ...REST], { env }))).toContain(`place gs://${BUCKET}: fine`);
    expect([here.programs.calls(), here.writes()]).toEqual([calls, writes]);
  });

  it('is waited for until the cloud knows what it made just now, and no longer than a minute', async () => {
    const { here, env } = await atGoogle();
    here.programs.hide('add-iam-policy-binding', 2);
    const fine = await here.setUp(['--yes', '--json', ...REST], { env });
    expect([fine.exit, stepsOf(fine)]).toEqual([0, expect.arrayContaining([`place gs://${BUCKET}: done`])]);
    const other = await atGoogle();
    other.here.programs.hide('add-iam-policy-binding', 100);
    const never = await other.here.setUp(['--yes', ...REST], { env: other.env });
    expect([never.exit, never.stdout]).toEqual([2, expect.stringContaining('does not exist')]);
    const asked = other.here.programs.calls().filter((call) => call.includes('add-iam-policy-binding')).length;
    // Nothing was made this time: what does not exist now never will.
    await other.here.setUp(['--yes', ...REST], { env: other.env });
    const again = other.here.programs.calls().filter((call) => call.includes('add-iam-policy-binding')).length;
    expect([asked, again - asked]).toEqual([6, 1]);
  });

  it('is not taken for made where its pool was deleted, which Google shows for 30 days more', async () => {
    const { here, env } = await atGoogle();
    here.programs.refuse('buckets create');
    await here.setUp(['--yes', ...REST], { env });
    here.programs.refuse(undefined);
    here.programs.remove();
    const outcome = await here.setUp(['--yes', ...REST], { env });
    expect([outcome.exit, outcome.stdout]).toEqual([2, expect.stringContaining('tidemill-dev already exists')]);
    expect(here.github.environments.get('dev')?.variables.size).toBe(0);
  });

  it('goes on where it ended, and makes nothing twice', async () => {
    const { here, env } = await atGoogle();
    here.programs.refuse('create-oidc');
    const refused = await here.setUp(['--yes', ...REST], { env });
    expect([refused.exit, refused.stdout]).toEqual([2, expect.stringContaining('ERROR: permission denied')]);
    expect(here.github.environments.get('dev')?.variables.size).toBe(0);
    here.programs.refuse(undefined);
    const again = await here.setUp(['--yes', '--json', ...REST], { env });
    expect(again.exit).toBe(0);
    const made = here.programs.calls().filter((call) => call.includes('create') || call.includes('create-oidc'));
    expect(made.map((call) => call.slice(1, 6).join(' '))).toEqual([
      'iam service-accounts create tidemill-dev --project=my-project',
      'iam workload-identity-pools create tidemill-dev --project=my-project',
      `iam workload-identity-pools providers create-oidc github-${REPOSITORY_ID}`,
      `iam workload-identity-pools providers create-oidc github-${REPOSITORY_ID}`,
      'storage buckets create gs://my-company-dev --project=my-project',
    ]);
  });

  it('shares who signs in with a dataset of BigQuery, which is made beside it', async () => {
    const { here, env } = await atGoogle(['gcloud', 'bq']);
    const warehouse = 'bigquery://their-project/sales';
    const config = JSON.parse(here.read('ingestion-config.yaml'));
    config.environments.dev.warehouse = warehouse;
    here.write('ingestion-config.yaml', JSON.stringify(config));
    const nowhere = { ...env, BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:9' };
    const outcome = await here.setUp(['--yes', '--json', ...REST], { env: nowhere });
    expect([outcome.exit, stepsOf(outcome)]).toEqual([0, expect.arrayContaining([`place ${warehouse}: done`])]);
    const calls = here.programs.calls().map((call) => call.join(' '));
    expect(calls.filter((call) => call.includes('service-accounts create'))).toHaveLength(1);
    expect(calls).toContain('bq --location=EU mk --dataset their-project:sales');
  });

  it('is left to a person without gcloud, or with a no: the lines are printed with their names', async () => {
    const { here, env } = await atGoogle([]);
    const outcome = await here.setUp(['--yes', ...REST], { env });
    expect([outcome.exit, outcome.stdout]).toEqual([2, expect.stringContaining('gcloud is not installed here')]);
    expect(outcome.stdout).toContain(`gcloud storage buckets create gs://${BUCKET}`);
    const other = await atGoogle();
    const no = await other.here.setUp(REST, { env: other.env, person: typing('y', 'n', 'n') });
    expect([no.exit, no.stdout]).toEqual([0, expect.stringContaining('SKIP  place ')]);
    expect(other.here.programs.calls()).toEqual([]);
  });

  it('is somebody else’s choice where GitHub has a key for it', async () => {
    const { here, store, env } = await atGoogle();
    store.createBucket(BUCKET);
    here.github.repository.secrets.set('GCS_SERVICE_ACCOUNT_KEY', 'theirs');
    expect((await here.setUp(['--yes', ...REST], { env })).exit).toBe(0);
    expect(here.programs.calls()).toEqual([]);
  });
});

describe('a bucket at Amazon', () => {
  const atAmazon = (): Promise<Walker> => walker({ config: bucketAt('s3://my-company-dev'), programs: ['aws'] });
  /** Without a region, the driver asks nobody. */
  const env = { AWS_ACCESS_KEY_ID: 'admin', AWS_SECRET_ACCESS_KEY: 'admin-secret' };

  it('is made with a user whose key goes to GitHub alone', async () => {
    const here = await atAmazon();
    const outcome = await here.setUp(['--yes', '--json', '--skip', 'run'], { env });
    expect(here.github.environments.get('dev')?.secrets).toEqual(
      new Map([
        ['AWS_ACCESS_KEY_ID', ACCESS_KEY.id],
        ['AWS_SECRET_ACCESS_KEY', ACCESS_KEY.secret],
      ]),
    );
    expect(here.github.environments.get('dev')?.variables).toEqual(new Map([['AWS_REGION', 'eu-central-1']]));
    const seen = [outcome.stdout, outcome.stderr, here.programs.calls().flat().join(' ')].join(' ');
    for (const secret of [ACCESS_KEY.secret, ACCESS_KEY.id, 'admin-secret']) expect(seen).not.toContain(secret);
  });

  it('takes the key back when GitHub refuses it in the end, so that nobody has it', async () => {
    const here = await atAmazon();
    here.github.intercept = ({ method, path }) =>
      method === 'PUT' && path.endsWith('AWS_SECRET_ACCESS_KEY') ? { status: 500, json: {} } : undefined;
    const outcome = await here.setUp(['--yes', ...REST], { env });
    expect([outcome.exit, outcome.stdout]).toEqual([4, expect.stringContaining('GitHub answered 500')]);
    expect(here.programs.calls().at(-1)?.slice(0, 3)).toEqual(['aws', 'iam', 'delete-access-key']);
    here.github.intercept = () => undefined;
    await here.setUp(['--yes', ...REST], { env });
    expect(here.github.environments.get('dev')?.secrets.get('AWS_SECRET_ACCESS_KEY')).toBe(ACCESS_KEY.secret);
  });

  it('has its key though a warning comes before it, and takes no warning for a region', async () => {
    const here = await atAmazon();
    here.programs.warn('create-access-key');
    await here.setUp(['--yes', ...REST], { env });
    expect(here.github.environments.get('dev')?.secrets.get('AWS_ACCESS_KEY_ID')).toBe(ACCESS_KEY.id);
    const other = await atAmazon();
    other.programs.warn('configure get region');
    const { exit, stdout } = await other.setUp(['--yes', ...REST], { env });
    expect([exit, stdout]).toEqual([2, expect.stringContaining('aws configure get region did not do it')]);
    expect(other.programs.calls()).toHaveLength(1);
  });

  it('says which key is left where it cannot be taken back', async () => {
    const here = await atAmazon();
    here.github.intercept = ({ method, path }) =>
      method === 'PUT' && path.endsWith('AWS_SECRET_ACCESS_KEY') ? { status: 500, json: {} } : undefined;
    here.programs.refuse('delete-access-key');
    const { stderr, stdout } = await here.setUp(['--yes', ...REST], { env });
    expect(stderr).toContain(
      `Take it away: aws iam delete-access-key --user-name tidemill-my-company-dev --access-key-id ${ACCESS_KEY.id}`,
    );
    expect(stdout + stderr).not.toContain(ACCESS_KEY.secret);
  });

  it('is whole at GitHub though Ctrl-C comes in the middle of its key', async () => {
    const here = await atAmazon();
    const stop = new AbortController();
    here.github.intercept = ({ method, path }) => {
      if (method === 'PUT' && path.endsWith('AWS_ACCESS_KEY_ID')) stop.abort();
      return undefined;
    };
    const outcome = await here.setUp(['--yes', ...REST], { env, interrupted: stop.signal });
    expect(outcome.exit).toBe(130);
    const dev = here.github.environments.get('dev');
    expect([[...(dev?.secrets.keys() ?? [])], dev?.variables.size]).toEqual([
      ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
      0,
    ]);
    await here.setUp(['--yes', ...REST], { env });
    expect(dev?.variables).toEqual(new Map([['AWS_REGION', 'eu-central-1']]));
    const keys = here.programs.calls().filter((call) => call.includes('create-access-key'));
    expect(keys).toHaveLength(1);
  });

  it('is not asked for where somebody else’s store speaks its language', async () => {
    const here = await atAmazon();
    const elsewhere = { ...env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
    const outcome = await here.setUp(['--yes', ...REST], { env: elsewhere });
    expect([outcome.exit, outcome.stdout]).toEqual([2, expect.stringContaining('AWS_ENDPOINT_URL_S3 says')]);
    expect(here.programs.calls()).toEqual([]);
  });
});

describe('a bucket at another store that speaks the language of S3', () => {
  it('shows no password that stands in its location', async () => {
    const warehouse = 'postgres://me:hunter2@127.0.0.1:1/silver';
    const here = await walker({ config: { environments: { dev: { bucket: 'bucket', warehouse } } } });
    const { stdout, stderr } = await here.setUp([], {});
    expect(stdout).toContain('postgres://me@127.0.0.1:1/silver');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('needs no program, and is signed in to with what somebody names', async () => {
    const store = await startS3Server();
    onTestFinished(() => store[Symbol.asyncDispose]());
    store.createBucket('my-company-dev');
    const here = await walker({ config: bucketAt('s3://my-company-dev') });
    const own = { AWS_ACCESS_KEY_ID: 'minio', AWS_SECRET_ACCESS_KEY: 'minio-secret-0123456789' };
    const env = { ...own, AWS_ENDPOINT_URL_S3: store.url };
    const rest = ['--yes', '--json', '--skip', 'run', '--skip', 'schedule'];
    const first = await here.setUp(rest, { env: { ...env, ORDERS_API_KEY: 'x1234567' } });
    expect(stepsOf(first)).toEqual(
      expect.arrayContaining(['place s3://my-company-dev: fine', 'secrets AWS_ACCESS_KEY_ID: skipped']),
    );
    const dev = here.github.environments.get('dev');
    expect([...(dev?.secrets.keys() ?? [])]).toEqual(['ORDERS_API_KEY']);
    expect(dev?.variables).toEqual(new Map([['AWS_ENDPOINT_URL_S3', store.url]]));
    const named = Object.keys(own).flatMap((name) => ['--store', name]);
    expect((await here.setUp([...rest, ...named], { env })).exit).toBe(0);
    expect(Object.fromEntries(dev?.secrets ?? [])).toMatchObject(own);
  });
});

describe('what a driver makes', () => {
  /** The commands of a shell, with the place of a variable in braces, as setup.yaml has it. */
  const commandsIn = (markdown: string): string[] =>
    [...markdown.matchAll(/^```sh\n((?:.*\n)*?)```$/gm)].flatMap(([, block = '']) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .replaceAll(/\$([A-Z_]+)/g, '{$1}')
        .replaceAll(/['"`\\]/g, '')
        .replaceAll(/\s+/g, ' ')
        .split(/(?=(?<![\w-])(?:gcloud|bq|aws|gh) )/)
        .map((command) => command.trim()),
    );

  it.each(['storage/gcs', 'storage/s3', 'warehouse/bigquery', 'warehouse/spanner'])(
    'is what its setup.md says: %s',
    (place) => {
      const folder = join(import.meta.dirname, '../../orchestrator', place);
      const setup = placeSetupOf({ folder, package: place });
      const told = commandsIn(readFileSync(join(folder, 'setup.md'), 'utf8')).join('\n');
      const made = setup?.steps.flatMap((step) => ('run' in step ? [step.run] : [step.make])) ?? [];
      expect(made.length).toBeGreaterThan(3);
      const missing = made
        .map((command) => command.join(' ').replaceAll(/['"`]/g, '').replaceAll(/\s+/g, ' '))
        .filter((command) => !told.includes(command));
      expect(missing).toEqual([]);
    },
  );
});
