/**
 * Many writers of one table at once, on a bucket of each kind; and two processes. `npm run test:servers` has twenty on each of the
 * stores that others wrote.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { lakeBucket, lakeIn } from '../../../test/contracts/lake-bucket.ts';
import { RACERS, race } from '../../../test/contracts/lake-races.ts';
import { people, valuesIn } from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { startGcsServer } from '../../../test/fakes/gcs-server.ts';
import { startS3Server } from '../../../test/fakes/s3-server.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openGcsBucket } from '../../storage/gcs/driver.ts';
import { openS3Bucket } from '../../storage/s3/driver.ts';
import type { Table } from '../contract.ts';

const google = await startGcsServer();
const amazon = await startS3Server();
afterAll(() => Promise.all([google[Symbol.asyncDispose](), amazon[Symbol.asyncDispose]()]));

const world = { clock: fakeClock(), random: () => 0.5 };
const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };
const log: Table = { ...people, write: 'append', key: [] };

describe('of many writers of one table none is lost, counted wrongly or starved', () => {
  it.each<[racers: number, scheme: string, table: Table, open: () => Bucket | Promise<Bucket>]>([
    [RACERS, 'a folder', people, lakeBucket],
    [
      8,
      'gs://',
      log,
      () => {
        google.createBucket('race');
        return openGcsBucket({ location: 'gs://race', env: { STORAGE_EMULATOR_HOST: google.url }, ...world });
      },
    ],
    [
      8,
      's3://',
      people,
      () => {
        amazon.createBucket('race');
        return openS3Bucket({ location: 's3://race', env: { AWS_ENDPOINT_URL: amazon.url, ...keys }, ...world });
      },
    ],
  ])('%i in %s', async (racers, _, table, open) => {
    const { tries } = await race(await open(), table, racers);
    // Each refusal is another one's commit.
    expect(Math.max(...tries)).toBeLessThanOrEqual(racers);
    expect(tries.reduce((sum, one) => sum + one)).toBeGreaterThan(2 * racers);
  });

  it('when two are processes of their own', async () => {
    const bucket = await lakeBucket();
    const script = fileURLToPath(new URL('../../../test/fixtures/lake-writer.ts', import.meta.url));
    const writers = ['1', '2'].map((name) => promisify(execFile)(process.execPath, [script, bucket.root, name, '10']));
    const tries = (await Promise.all(writers)).flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    expect(tries).toHaveLength(20);
    await using lake = lakeIn(bucket);
    const ids = (await valuesIn(lake, people, 'id')).flat();
    const own = ['1', '2'].flatMap((name) => Array.from({ length: 10 }, (_, index) => `${name}${index}`));
    expect(ids).toEqual(['1', ...own]);
    expect(await lake.loadedJobs()).toEqual(new Set(['1', '2']));
  });
});
