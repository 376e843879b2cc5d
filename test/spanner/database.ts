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

const EMULATOR = process.env['TIDEMILL_TEST_SPANNER_URL'] ?? '';

export const clock = {
  now: () => new Date(),
  sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> => sleep(milliseconds, undefined, { signal }),
};

/** What the tests are held against. */
export const WHAT = EMULATOR === '' ? 'spanner://, before a strict fake,' : 'spanner://';

async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const url = `${EMULATOR}/v1/projects/tidemill-test/${path}`;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the emulator makes no ${path}: ${await answer.text()}`);
}

/** A fresh, empty database. */
export async function newAddress(): Promise<Address> {
  if (EMULATOR === '') return newFake();
  // Of its own: an instance has at most a hundred databases.
  const instanceId = `i${randomUUID()}`;
  const config = { config: 'emulator-config', displayName: 'tests', nodeCount: 1 };
  await post('instances', { instanceId, instance: config });
  await post(`instances/${instanceId}/databases`, { createStatement: 'CREATE DATABASE contract' });
  return { server: EMULATOR, location: `spanner://tidemill-test/${instanceId}/contract` };
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
