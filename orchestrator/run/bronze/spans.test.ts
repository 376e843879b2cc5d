import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { Manifest, writeManifest } from './manifest.ts';
import { readBefore } from './spans.ts';

const hour = (number: number): Date => new Date(Date.UTC(2026, 10, 21, number));
const fixture = new URL('../../../test/fixtures/manifest-v1.json', import.meta.url);

/** A chain of packages that were read for these hours, the first one oldest. */
async function chainFor(...spans: readonly (readonly [from: number, to: number])[]) {
  const bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-spans-')));
  const { previous: _, ...known } = Manifest.parse(JSON.parse(await readFile(fixture, 'utf8')));
  let head: string | undefined;
  for (const [from, to] of spans) {
    const interval = { start: hour(from).toISOString(), end: hour(to).toISOString() };
    const key = `bronze/s/t/dt=2026-11-21/${from}-${to}-${head?.length ?? 0}/manifest.json`;
    const manifest = { ...known, package: `${from}-${to}`, interval };
    await writeManifest(bucket, key, head === undefined ? manifest : { ...manifest, previous: head });
    head = key;
  }
  return (from: number, to: number) => readBefore(bucket, head, { start: hour(from), end: hour(to) });
}

it.each([
  [2, 3, undefined],
  [3, 5, '4-6'],
  [5, 7, '4-6'],
  [4, 6, '4-6'],
  [0, 9, '1-2'],
  [6, 7, undefined],
  [1, 2, '1-2'],
])('of %i to %i was read before: %s', async (from, to, name) => {
  // A backfill reads what is older, later.
  const before = await chainFor([4, 6], [1, 2]);
  expect((await before(from, to))?.package).toBe(name);
});

it('an empty interval is a part of no span', async () => {
  const before = await chainFor([4, 6], [7, 7]);
  expect(await before(6, 8)).toBeUndefined();
});

it('nothing was read of a job without packages', async () => {
  expect(await (await chainFor())(0, 24)).toBeUndefined();
});
