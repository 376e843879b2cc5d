/**
 * The bucket contract against a server that somebody else wrote, where `TIDEMILL_TEST_S3_URL` names one:
 * `scripts/with-servers npm test -- test/servers` starts it.
 */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Limits } from '../../orchestrator/storage/remote/options.ts';
import { openS3Bucket } from '../../orchestrator/storage/s3/driver.ts';
import { bucketContract } from '../contracts/bucket.ts';
import { bucketFaults } from '../contracts/bucket-faults.ts';
import { RACERS, race } from '../contracts/lake-races.ts';
import { fakeClock } from '../fakes/clock.ts';

const url = process.env['TIDEMILL_TEST_S3_URL'];
const BUCKET = `tidemill-${randomUUID()}`;
/** The least that S3 takes as a part. */
const BLOCK_BYTES = 5 * 1024 * 1024;
const env = { AWS_ACCESS_KEY_ID: 'tidemill', AWS_SECRET_ACCESS_KEY: 'tidemill-secret' };

describe.runIf(url !== undefined && url !== '')('an independent server', () => {
  beforeAll(async () => {
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
    const client = new S3Client({ endpoint: String(url), region: 'us-east-1', credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });

  const open = (location: string, at = url, limits: Partial<Limits> = {}) =>
    openS3Bucket({
      location,
      env: { ...env, AWS_ENDPOINT_URL: at },
      clock: fakeClock(),
      random: Math.random,
      limits: { blockBytes: BLOCK_BYTES, ...limits },
    });

  bucketContract('s3://', async () => open(`s3://${BUCKET}/${randomUUID()}`));

  it('of twenty writers of one table of the lake none is lost, counted wrongly or starved', async () => {
    const { tries } = await race(open(`s3://${BUCKET}/${randomUUID()}`));
    expect(Math.max(...tries)).toBeLessThan(RACERS);
  });

  bucketFaults('s3://', () => ({
    url: String(url),
    blockBytes: BLOCK_BYTES,
    create: () => {
      const location = `s3://${BUCKET}/${randomUUID()}`;
      return (at, limits) => open(location, at, limits);
    },
    unfinished: () => 0,
  }));
});
