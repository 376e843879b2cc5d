/**
 * One slot, many legs, and buckets of servers that somebody else wrote:
 * `scripts/with-servers npm test -- test/servers` starts them.
 */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { peopleProject } from '../cli/legs.ts';
import { expectOneRun, oneOf, race } from '../cli/race.ts';
import { gcsEnv, type Place, s3Env } from '../cli/stores.ts';

const { TIDEMILL_TEST_GCS_URL: gcs = '', TIDEMILL_TEST_S3_URL: s3 = '' } = process.env;

async function gcsPlace(): Promise<Place> {
  const name = `tidemill-${randomUUID()}`;
  const headers = { 'content-type': 'application/json' };
  await fetch(`${gcs}/storage/v1/b?project=none`, { method: 'POST', headers, body: JSON.stringify({ name }) });
  return { location: `gs://${name}`, env: gcsEnv(gcs) };
}

async function s3Place(): Promise<Place> {
  const Bucket = `tidemill-${randomUUID()}`;
  const credentials = { accessKeyId: 'tidemill', secretAccessKey: 'tidemill-secret' };
  const client = new S3Client({ endpoint: s3, region: 'us-east-1', credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  const env = { ...s3Env(s3), AWS_ACCESS_KEY_ID: 'tidemill', AWS_SECRET_ACCESS_KEY: 'tidemill-secret' };
  return { location: `s3://${Bucket}`, env };
}

describe.runIf(gcs !== '' && s3 !== '').each([
  ['gs://', gcsPlace],
  ['s3://', s3Place],
] as const)('legs that start at once, with an independent server at %s', (_, place) => {
  it.each([2, 5, 20])('%i of them', async (legs) => {
    const there = await place();
    const here = await peopleProject(there);
    expect(await race(here, there, legs)).toEqual(oneOf(legs));
    await expectOneRun(here, there);
  });
});
