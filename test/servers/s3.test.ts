/**
 * The bucket contract against a server that somebody else wrote, where `TIDEMILL_TEST_S3_URL` names one:
 * `scripts/with-servers npm test -- test/servers` starts it.
 */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe } from 'vitest';
import { openS3Bucket } from '../../orchestrator/storage/s3/driver.ts';
import { bucketContract } from '../contracts/bucket.ts';
import { fakeClock } from '../fakes/clock.ts';

const url = process.env['TIDEMILL_TEST_S3_URL'];
const BUCKET = 'tidemill-test';
const env = { AWS_ACCESS_KEY_ID: 'tidemill', AWS_SECRET_ACCESS_KEY: 'tidemill-secret', AWS_ENDPOINT_URL: url };

describe.runIf(url !== undefined && url !== '')('an independent server', () => {
  beforeAll(async () => {
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
    const client = new S3Client({ endpoint: String(url), region: 'us-east-1', credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });

  bucketContract('s3://', async () =>
    openS3Bucket({
      location: `s3://${BUCKET}/${randomUUID()}`,
      env,
      clock: fakeClock(),
      random: Math.random,
      limits: { blockBytes: 5 * 1024 * 1024 },
    }),
  );
});
