/** The workflows as `npm run generate` writes them for other configurations than the one of this repository. */
import { describe, expect, it } from 'vitest';
import { withDrivers } from '../../orchestrator/workflows/drivers.ts';
import { withSecrets } from '../../orchestrator/workflows/secrets.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import { load } from '../fixtures/config.ts';
import { generatedFor, makeRepository } from './repository.ts';
import { brokenRules } from './rules.ts';
import { logOf, prints, resultsOf, run, shop, workflowText } from './scenario.ts';
import { readWorkflow } from './workflow.ts';

const ORCHESTRATOR = 'data-ingestion-orchestrator.yaml';
const JOBS = 'jobs: { orders: { service: shop, data_type: orders, command: x } }\n';

const REGIONS = ['install', 'permissions', 'login', 'variables'] as const;

/** A workflow of ours for these environments. */
async function generated(environments: object, file = ORCHESTRATOR): Promise<string> {
  const config = load(`environments: ${JSON.stringify(environments)}\n${JOBS}`);
  const regions = file === ORCHESTRATOR ? (['environments', ...REGIONS] as const) : REGIONS;
  return withDrivers(await workflowText(file), config, regions);
}

const inS3 = { bucket: 's3://my-bucket' };
const inGcs = { bucket: 'gs://my-bucket' };
const inFolder = { bucket: '/mnt/bucket' };

describe.each([
  ['s3://', { dev: inS3, prd: inS3 }],
  ['both', { dev: inGcs, prd: inS3 }],
  ['a folder of a machine of its own', { dev: inFolder }],
  ['environments of other names', { on: inS3, 'eu-1': inGcs, staging: inGcs }],
  ['none but local', {}],
])('for %s', (_, environments) => {
  it.each([ORCHESTRATOR, 'pages.yaml'])(
    '%s is taken by GitHub’s parser, and breaks none of our rules',
    async (file) => {
      const text = await generated(environments, file);
      expect(brokenRules(await readWorkflow(file, text))).toEqual([]);
    },
  );

  it('the form offers the environments there are', async () => {
    const { events } = await readWorkflow(ORCHESTRATOR, await generated(environments));
    const names = Object.keys(environments);
    expect(events.workflow_dispatch?.inputs?.['environment']).toMatchObject({
      options: names.length > 0 ? names : ['local'],
      default: names[0] ?? 'local',
    });
  });
});

describe('with an s3:// bucket', () => {
  it('nothing is left of Google Cloud, and nobody may ask for an identity', async () => {
    for (const file of [ORCHESTRATOR, 'pages.yaml']) {
      const text = await generated({ dev: inS3 }, file);
      // Pages wants to know who publishes.
      expect(text.replace(/id-token: write # so that Pages .*/, '')).not.toMatch(
        /GC[SP]_|google-github|storage-gcs|id-token/,
      );
      expect(text).toContain('-w @tidemill/storage-s3');
    }
  });

  it('every step that opens it has its secrets and variables, or what a step before has set', async () => {
    const text = await generated({ dev: inS3 });
    expect(text.match(/^ +AWS_ACCESS_KEY_ID: .*$/gm)?.map((line) => line.trim())).toEqual(
      Array.from({ length: 4 }, () => 'AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID || env.AWS_ACCESS_KEY_ID }}'),
    );
    expect(text).toContain('AWS_REGION: ${{ vars.AWS_REGION || env.AWS_REGION }}');
  });
});

it('a repository whose bucket is s3:// plans, runs and reports, with its secrets and the generated workflow alone', async () => {
  await using server = await startS3Server();
  server.createBucket('my-bucket');
  // Another environment has its bucket elsewhere, so that there are gates, which must open.
  const environments = { dev: { bucket: 's3://my-bucket/ingestion', warehouse: 'silver.duckdb' }, prd: inGcs };
  const repository = await makeRepository({ environments, jobs: { orders: shop('orders', prints(1)) } });
  const ran = await run(repository, '2026-11-21T06:17:00Z', {
    workflow: await generatedFor(repository, ORCHESTRATOR),
    event: { name: 'workflow_dispatch', inputs: { job: 'orders' } },
    secrets: {
      values: {},
      environments: { dev: { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' } },
    },
    vars: { values: {}, environments: { dev: { AWS_ENDPOINT_URL_S3: server.url } } },
  });
  expect(resultsOf(ran), logOf(ran)).toEqual({ plan: 'success', ingest: 'success', report: 'success' });
  const keys = server.objects('my-bucket').map(({ key }) => key);
  expect(keys).toContain('ingestion/_tidemill/state/orders.json');
  expect(keys.some((key) => key.startsWith('ingestion/bronze/shop/orders/'))).toBe(true);
});

it('what only one environment needs is given to no other', async () => {
  const text = await generated({ dev: inGcs, prd: inS3, tst: inS3 });
  expect(text).toContain(
    'npm ci --omit=dev --ignore-scripts -w tidemill -w @tidemill/storage-gcs -w @tidemill/storage-s3',
  );
  expect(text).toContain(
    "${{ env.TIDEMILL_ENVIRONMENT == 'dev' && steps.google.outcome == 'skipped' && secrets.GCS_SERVICE_ACCOUNT_KEY || '' }}",
  );
  expect(text).toContain(
    "${{ (env.TIDEMILL_ENVIRONMENT == 'prd' || env.TIDEMILL_ENVIRONMENT == 'tst') && secrets.AWS_ACCESS_KEY_ID || env.AWS_ACCESS_KEY_ID }}",
  );
});

it('the login of a driver runs where its environments do, and in no other', async () => {
  const identity = "vars.GCP_WORKLOAD_IDENTITY_PROVIDER != '' && vars.GCP_SERVICE_ACCOUNT != ''";
  const conditions = async (environments: object) =>
    new Set((await generated(environments)).match(/(?<=id: google\n +if: ).*/g));
  expect(await conditions({ dev: inGcs, prd: inGcs })).toEqual(new Set([identity]));
  expect(await conditions({ dev: inS3, prd: inGcs })).toEqual(
    new Set([`env.TIDEMILL_ENVIRONMENT == 'prd' && ${identity}`]),
  );
  expect(await conditions({ dev: inS3, prd: inGcs, tst: inGcs })).toEqual(
    new Set([`(env.TIDEMILL_ENVIRONMENT == 'prd' || env.TIDEMILL_ENVIRONMENT == 'tst') && ${identity}`]),
  );
});

it('a variable that two drivers read stands in a step once, with the case of each', async () => {
  const config = load(`environments: ${JSON.stringify({ dev: inS3, prd: inGcs })}\n${JOBS}`);
  const alike = config.drivers.map((driver) =>
    driver.schemes.includes('gs')
      ? { ...driver, credentials: [{ name: 'AWS_ACCESS_KEY_ID', description: '' }] }
      : driver,
  );
  const text = withDrivers(await workflowText(ORCHESTRATOR), { ...config, drivers: alike }, ['variables']);
  const [line, ...others] = text.match(/^ +AWS_ACCESS_KEY_ID: .*$/gm) ?? [];
  expect([line?.trim(), others.length]).toEqual([
    "AWS_ACCESS_KEY_ID: ${{ env.TIDEMILL_ENVIRONMENT == 'dev' && secrets.AWS_ACCESS_KEY_ID || env.TIDEMILL_ENVIRONMENT == 'prd' && steps.google.outcome == 'skipped' && secrets.AWS_ACCESS_KEY_ID || env.AWS_ACCESS_KEY_ID }}",
    3,
  ]);
});

it('two drivers of one vendor sign in once, wherever either is used', async () => {
  const warehouse = 'bigquery://my-project/my_dataset';
  const text = await generated({ dev: { ...inS3, warehouse }, prd: { ...inGcs, warehouse }, demo: inFolder });
  const { jobs } = await readWorkflow(ORCHESTRATOR, text);
  const logins = jobs.map(({ steps }) => steps.filter(({ id }) => id === 'google'));
  expect(logins.every((steps) => steps.length <= 1)).toBe(true);
  const where = logins.flat().map(({ condition }) => condition.match(/(?<=TIDEMILL_ENVIRONMENT == ')\w+/g)?.join(' '));
  expect(where.sort(), 'a warehouse is opened by legs alone').toEqual(['dev prd', 'prd', 'prd']);
  expect(brokenRules(await readWorkflow(ORCHESTRATOR, text))).toEqual([]);
});

it('a job is given what it asks for, also where the driver of another environment reads it', async () => {
  const text = await generated({ dev: inS3, prd: inGcs });
  const secrets = [{ name: 'AWS_ACCESS_KEY_ID', services: ['shop'] }];
  const lines = withSecrets(text, secrets).match(/^ +AWS_ACCESS_KEY_ID: .*$/gm) ?? [];
  const own = lines.filter((line) =>
    line.includes("contains(matrix.services, 'shop') && secrets.AWS_ACCESS_KEY_ID || "),
  );
  expect([lines.length, own.length], 'only the legs know of services').toEqual([4, 1]);
});

it('is not written into a workflow that has lost a place for it', async () => {
  const text = (await workflowText(ORCHESTRATOR)).replaceAll('# generated:login', '#');
  expect(() => withDrivers(text, load(JOBS), ['login'])).toThrow('# generated:login');
});
