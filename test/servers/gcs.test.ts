/**
 * The bucket contract against a server that somebody else wrote, where `TIDEMILL_TEST_GCS_URL` names one:
 * `scripts/with-servers npm test -- test/servers` starts it.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openGcsBucket } from '../../orchestrator/storage/gcs/driver.ts';
import type { Limits } from '../../orchestrator/storage/remote/options.ts';
import { bucketContract } from '../contracts/bucket.ts';
import { bucketFaults, type FaultySubject } from '../contracts/bucket-faults.ts';
import { RACERS, race } from '../contracts/lake-races.ts';
import { fakeClock } from '../fakes/clock.ts';

const url = process.env['TIDEMILL_TEST_GCS_URL'];
const BUCKET = `tidemill-${randomUUID()}`;
const BLOCK_BYTES = 1024 * 1024;

describe.runIf(url !== undefined && url !== '')('an independent server', () => {
  beforeAll(async () => {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/storage/v1/b?project=none`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: BUCKET }),
    });
  });

  const open = (location: string, at = url, limits: Partial<Limits> = {}) =>
    openGcsBucket({
      location,
      env: { STORAGE_EMULATOR_HOST: at },
      clock: fakeClock(),
      random: Math.random,
      limits: { blockBytes: BLOCK_BYTES, ...limits },
    });

  bucketContract('gs://', async () => open(`gs://${BUCKET}/${randomUUID()}`));

  it('of twenty writers of one table of the lake none is lost, counted wrongly or starved', async () => {
    const { tries } = await race(open(`gs://${BUCKET}/${randomUUID()}`));
    expect(Math.max(...tries)).toBeLessThan(RACERS);
  });

  const subject = (): FaultySubject => ({
    url: String(url),
    blockBytes: BLOCK_BYTES,
    create: () => {
      const location = `gs://${BUCKET}/${randomUUID()}`;
      return (at, limits) => open(location, at, limits);
    },
    unfinished: () => 0,
  });
  // fake-gcs-server takes the question how far an upload has come for its end.
  bucketFaults('gs://', subject, ['writes a long stream']);
});
