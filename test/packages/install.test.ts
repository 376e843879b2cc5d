/** From the registry to the first rows, in an empty folder. */
import { expect, it } from 'vitest';
import { SECRET_KEY } from '../cli/stores.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import { emptyFolder, type Folder } from './folder.ts';

const CONFIG = `environments: { dev: { bucket: 's3://my-bucket', warehouse: lake } }
services: { web_features: }
jobs:
  features: { service: web_features, data_type: features, cron: '7 * * * *' }
`;

const tidemill = (here: Folder, ...args: string[]) => here.run(['npx', 'tidemill', ...args]);

async function rowsOf(here: Folder, env?: Readonly<Record<string, string>>): Promise<number> {
  const answer = await here.done(
    ['npx', 'tidemill', 'query', 'SELECT count(*) AS rows FROM web_features.features', '--json'],
    env,
  );
  return Number(JSON.parse(answer).rows[0][0]);
}

it('the command line, a warehouse and a connector are all that a job needs from its source to its table', async () => {
  const here = emptyFolder();
  await here.done(['npm', 'install', 'tidemill', '@tidemill/warehouse-duckdb', '@tidemill/web_features']);
  here.write('ingestion-config.yaml', CONFIG);
  const ran = await tidemill(here, 'run', 'features', '--environment', 'local', '--json');
  expect(ran.stderr).not.toContain('who must act');
  const [result] = JSON.parse(ran.stdout).results;
  expect(result.totals.inserted).toBeGreaterThan(1000);
  expect(await rowsOf(here)).toBe(result.totals.inserted);
});

it('so does one in a bucket, which keeps the tables too', async () => {
  await using server = await startS3Server();
  server.createBucket('my-bucket');
  const here = emptyFolder();
  const wanted = ['tidemill', '@tidemill/storage-s3', '@tidemill/warehouse-lake', '@tidemill/web_features'];
  await here.done(['npm', 'install', ...wanted]);
  here.write('ingestion-config.yaml', CONFIG);
  const env = {
    ...{ TIDEMILL_ENVIRONMENT: 'dev', AWS_ENDPOINT_URL_S3: server.url, no_proxy: '127.0.0.1' },
    ...{ AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: SECRET_KEY },
  };
  const ran = JSON.parse(await here.done(['npx', 'tidemill', 'run', 'features', '--json'], env));
  expect(await rowsOf(here, env)).toBe(ran.results[0].totals.inserted);
  expect(server.objects('my-bucket').some(({ key }) => key.startsWith('silver/web_features/features/'))).toBe(true);
});

it('a driver that is missing is named with the command that installs it', async () => {
  const here = emptyFolder();
  await here.done(['npm', 'install', 'tidemill', '@tidemill/web_features']);
  here.write('ingestion-config.yaml', CONFIG);
  const ran = await tidemill(here, 'run', 'features', '--environment', 'local');
  expect(ran.code).toBe(2);
  expect(ran.stdout).toContain('npm install @tidemill/warehouse-duckdb');
});
