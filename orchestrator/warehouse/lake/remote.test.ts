/** What differs with the bucket: its listing, its preconditions, its ranges. */
import { afterAll, describe, expect, it } from 'vitest';
import { lakeIn } from '../../../test/contracts/lake-bucket.ts';
import { runCheck } from '../../../test/contracts/warehouse.ts';
import { agreesWithOracle } from '../../../test/contracts/warehouse-oracle.ts';
import { ADA, BOB, load, names, people } from '../../../test/contracts/warehouse-samples.ts';
import { writeChecks } from '../../../test/contracts/warehouse-writes.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { startGcsServer } from '../../../test/fakes/gcs-server.ts';
import { startS3Server } from '../../../test/fakes/s3-server.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openGcsBucket } from '../../storage/gcs/driver.ts';
import { openS3Bucket } from '../../storage/s3/driver.ts';

const google = await startGcsServer();
const amazon = await startS3Server();
afterAll(() => Promise.all([google[Symbol.asyncDispose](), amazon[Symbol.asyncDispose]()]));

let buckets = 0;
const world = { clock: fakeClock(), random: () => 0.5 };
const remote: Readonly<Record<string, () => Bucket>> = {
  'gs://': () => {
    const name = `bucket-${buckets++}`;
    google.createBucket(name);
    return openGcsBucket({ location: `gs://${name}`, env: { STORAGE_EMULATOR_HOST: google.url }, ...world });
  },
  's3://': () => {
    const name = `bucket-${buckets++}`;
    amazon.createBucket(name);
    const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };
    return openS3Bucket({
      location: `s3://${name}/a/prefix`,
      env: { AWS_ENDPOINT_URL: amazon.url, ...keys },
      ...world,
    });
  },
};

describe.each(Object.entries(remote))('a lake in %s', (_, open) => {
  // A table's columns and values are the same in whatever bucket.
  it.each(writeChecks.filter(({ promise }) => !promise.startsWith('a hundred thousand')))('$promise', (check) =>
    runCheck(check, async () => lakeIn(open())),
  );

  it('leaves what the oracle says', () => runCheck({ promise: '', run: agreesWithOracle }, async () => lakeIn(open())));

  it('is written by several at once', async () => {
    const bucket = open();
    const lakes = [lakeIn(bucket), lakeIn(bucket), lakeIn(bucket)];
    await Promise.all(lakes.map((lake, index) => lake.apply(load(`p${index}`, people, [ADA, BOB]))));
    for (const lake of lakes) expect(await names(lake)).toEqual(['1 Ada', '2 Bob']);
    for (const lake of lakes) await lake.close();
  });
});
