/**
 * A database of the emulator, and the driver on it. `scripts/with-spanner` starts the emulator and says where it is: nowhere, where the
 * machine has none, and then a strict fake stands in.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import type { SpannerOptions } from '../../orchestrator/warehouse/spanner/driver.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import { startSpanner } from '../fakes/spanner.ts';
import { LOCATION } from '../fakes/spanner-given.ts';
import type { Address } from '../fakes/spanner-tested.ts';
import * as tested from '../fakes/spanner-tested.ts';

export const EMULATOR = process.env['TIDEMILL_TEST_SPANNER_URL'] ?? '';

const clock = {
  now: () => new Date(),
  sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> => sleep(milliseconds, undefined, { signal }),
};

/** What the tests are held against. */
export const WHAT = EMULATOR === '' ? 'spanner://, before a strict fake,' : 'spanner://';

const INSTANCE = 'tidemill';

async function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${EMULATOR}/v1/projects/tidemill-test/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

/** A fresh, empty database. */
export async function newAddress(): Promise<Address> {
  if (EMULATOR === '') return newFake();
  const config = { config: 'emulator-config', displayName: INSTANCE, nodeCount: 1 };
  // One for all tests: whoever comes later finds it there.
  await post('instances', { instanceId: INSTANCE, instance: config });
  const id = `d${randomUUID().replaceAll('-', '').slice(0, 24)}`;
  const answer = await post(`instances/${INSTANCE}/databases`, { createStatement: `CREATE DATABASE ${id}` });
  if (!answer.ok) throw new Error(`no database: ${await answer.text()}`);
  return { server: EMULATOR, location: `spanner://tidemill-test/${INSTANCE}/${id}` };
}

async function newFake(): Promise<Address> {
  const fake = await startSpanner();
  onTestFinished(() => fake[Symbol.asyncDispose]());
  return { server: fake.url, location: LOCATION };
}

/**
 * The emulator has one transaction at a time, and ends that of a process which was killed for one in so many that come after it:
 * https://github.com/GoogleCloudPlatform/cloud-spanner-emulator#limitations-and-differences
 */
const OFTEN = { retries: 300, baseMs: 1, capMs: 20 };

export const open = (address: Address, more: Partial<SpannerOptions> = {}): SqlWarehouse & Tested =>
  tested.open(address, { clock, limits: OFTEN, ...more });

export const mortal = (address: Address): SqlWarehouse & Tested => tested.mortal(address, { clock, limits: OFTEN });
