/**
 * The bucket contract against a server that somebody else wrote, where `TIDEMILL_TEST_GCS_URL` names one:
 * `scripts/with-servers npm test -- test/servers` starts it.
 */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe } from 'vitest';
import { openGcsBucket } from '../../orchestrator/storage/gcs/driver.ts';
import { bucketContract } from '../contracts/bucket.ts';
import { fakeClock } from '../fakes/clock.ts';

const url = process.env['TIDEMILL_TEST_GCS_URL'];
const BUCKET = 'tidemill-test';

describe.runIf(url !== undefined && url !== '')('an independent server', () => {
  beforeAll(async () => {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/storage/v1/b?project=none`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: BUCKET }),
    });
  });

  bucketContract('gs://', async () =>
    openGcsBucket({
      location: `gs://${BUCKET}/${randomUUID()}`,
      env: { STORAGE_EMULATOR_HOST: url },
      clock: fakeClock(),
      random: Math.random,
      limits: { blockBytes: 1024 * 1024 },
    }),
  );
});
