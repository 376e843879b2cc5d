import { describe, expect, it } from 'vitest';
import { MemoryBucket } from '../../test/fakes/memory-bucket.ts';
import { keys } from '../storage/keys.ts';
import { readText } from '../storage/text.ts';
import { type Guard, guardOf } from './refusals.ts';

const SHUT_OUT = { answers: 25, perSeconds: 300, source: 'https://example.org/limits' };
const START = Date.parse('2026-11-21T06:00:00Z');
const refused = { method: 'GET', url: 'https://example.org/', status: 429 };

let bucket: MemoryBucket;
let now: number;

/** One machine of several. */
function machine(): Guard {
  const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
  const guard = guardOf({ service: 'shop', shutOut: SHUT_OUT, bucket, clock });
  if (guard === undefined) throw new Error('no guard');
  return guard;
}

function fresh(): void {
  bucket = new MemoryBucket();
  now = START;
}

/** So many refusals, of a machine with a clock of its own. */
async function hearAt(at: string, times: number): Promise<Guard> {
  now = Date.parse(at);
  const guard = machine();
  for (let time = 0; time < times; time += 1) guard.heard(refused);
  await guard.admit().catch(() => undefined);
  return guard;
}

describe('answers of 429', () => {
  it('close a service for all machines at two fifths of what it bears', async () => {
    fresh();
    const machines = [machine(), machine(), machine()];
    for (let answers = 1; answers <= 9; answers += 1) {
      machines[answers % 3]?.heard(refused);
      now += 1000;
    }
    for (const each of machines) await each.admit();
    machines[0]?.heard(refused);
    await expect(machines[0]?.admit()).rejects.toMatchObject({
      kind: 'quota',
      code: 'service-closed',
      retryAfterSeconds: 300,
    });
    // The others learn of it within seconds.
    now += 10_000;
    await expect(machines[1]?.admit()).rejects.toMatchObject({ code: 'service-closed' });
    now += 291_000;
    await machines[1]?.admit();
  });

  it('that are older than the window count no more', async () => {
    fresh();
    const guard = machine();
    for (let answers = 1; answers <= 30; answers += 1) {
      guard.heard(refused);
      await guard.admit();
      now += 40_000;
    }
  });

  it('are counted at the same moment by many', async () => {
    fresh();
    const machines = Array.from({ length: 8 }, machine);
    for (const each of machines) each.heard(refused);
    await Promise.all(machines.map((each) => each.admit()));
    const told = JSON.parse((await readText(bucket, keys.refusals('shop')))?.text ?? '{}') as { answers: string[] };
    expect(told.answers).toHaveLength(8);
  });

  it('are counted anew where what was counted is damaged', async () => {
    fresh();
    await bucket.write(keys.refusals('shop'), Buffer.from('{'), { contentType: 'application/json' });
    const guard = machine();
    await guard.admit();
    guard.heard(refused);
    await guard.admit();
    expect(JSON.parse((await readText(bucket, keys.refusals('shop')))?.text ?? '{}')).toMatchObject({
      answers: [new Date(START).toISOString()],
    });
  });

  it('other answers are none of them, and a service that says nothing has no guard', async () => {
    fresh();
    const guard = machine();
    for (const status of [200, 401, 500, 503]) guard.heard({ ...refused, status });
    await guard.admit();
    expect(await readText(bucket, keys.refusals('shop'))).toBeUndefined();
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    expect(guardOf({ service: 'shop', bucket, clock })).toBeUndefined();
  });

  it('are counted by each machine for itself while the bucket cannot be had', async () => {
    fresh();
    const guard = machine();
    bucket.write = async () => Promise.reject(new Error('no bucket'));
    for (let answers = 1; answers <= 10; answers += 1) guard.heard(refused);
    await expect(guard.admit()).rejects.toMatchObject({ code: 'service-closed' });
  });

  it('of a machine whose clock is a year ahead shut nobody out, and are kept by nobody', async () => {
    fresh();
    await hearAt('2027-11-21T06:00:00Z', 10);
    await hearAt('2026-11-21T06:00:00Z', 1);
    await machine().admit();
    const told = await readText(bucket, keys.refusals('shop'));
    expect(JSON.parse(told?.text ?? '')).toEqual({ answers: ['2026-11-21T06:00:00.000Z'] });
  });

  it('of a machine whose clock is some minutes ahead count', async () => {
    fresh();
    await hearAt('2026-11-21T06:04:00Z', 10);
    now = Date.parse('2026-11-21T06:00:00Z');
    await expect(machine().admit()).rejects.toMatchObject({ code: 'service-closed' });
  });
});
