/** What gc, and a commit now and then, remove of a table: never what somebody needs. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { keysIn, lakeIn } from '../../../test/contracts/lake-bucket.ts';
import { commit } from '../../../test/contracts/lake-commits.ts';
import { ADA, BOB, load, merges, names, people } from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { MemoryBucket } from '../../../test/fakes/memory-bucket.ts';
import type { Bucket } from '../../storage/contract.ts';
import { readText } from '../../storage/text.ts';
import type { Warehouse } from '../contract.ts';

const FOLDER = 'silver/contract/people';
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

const version = (number: number): string => `${FOLDER}/metadata/v${number}.metadata.json`;
const HINT = `${FOLDER}/metadata/version-hint.text`;

const write = (bucket: Bucket, key: string, text: string) =>
  bucket.write(key, Buffer.from(text), { contentType: 'text/plain' });

/** A lake in a bucket that has the clock of the test. */
function world() {
  const clock = fakeClock();
  const bucket = new MemoryBucket(undefined, () => clock.now());
  return { clock, bucket, lake: lakeIn(bucket, clock) };
}

const killed = (): never => assert.fail('killed');
/** The rows are written, and then nothing more is done. */
const dies = (lake: Warehouse) => assert.rejects(lake.apply(load('dead', people, [BOB], { beforeCommit: killed })));

const found = async (lake: Warehouse) => {
  const all = (await lake.leftovers?.()) ?? [];
  return {
    orphans: all.filter(({ kept }) => kept === undefined).flatMap(({ keys }) => keys),
    kept: all.flatMap(({ kept }) => kept ?? []),
  };
};

async function gc(bucket: Bucket, lake: Warehouse): Promise<void> {
  for (const key of (await found(lake)).orphans) await bucket.remove(key);
}

/** A table with a row, and the file of a writer that died a year ago. */
async function withOrphan() {
  const here = world();
  await here.lake.apply(load('p1', people, [ADA]));
  const before = await keysIn(here.bucket, FOLDER);
  await dies(here.lake);
  const [orphan = assert.fail()] = (await keysIn(here.bucket, FOLDER)).filter((key) => !before.includes(key));
  await here.clock.sleep(365 * DAY_MS);
  return { ...here, orphan: `${FOLDER}/${orphan}` };
}

describe('the leftovers of a table', () => {
  it('are what a writer that died has written, once no writer can be so old', async () => {
    const { clock, bucket, lake } = world();
    await using _ = lake;
    await lake.apply(load('p1', people, [ADA]));
    await dies(lake);
    await clock.sleep(6 * HOUR_MS);
    expect(await found(lake)).toEqual({ orphans: [], kept: [] });
    await clock.sleep(7 * DAY_MS);
    const before = await keysIn(bucket, FOLDER);
    const [left] = (await lake.leftovers?.()) ?? [];
    expect(left).toMatchObject({ name: FOLDER, newest: new Date('2026-03-01T12:00:00Z'), kept: undefined });
    expect(left?.keys).toEqual([expect.stringMatching(/\/data\/dead-.*\.parquet$/)]);
    await gc(bucket, lake);
    expect(await keysIn(bucket, FOLDER)).toHaveLength(before.length - 1);
    expect(await found(lake)).toEqual({ orphans: [], kept: [] });
    await merges(lake, load('p2', people, [BOB]), { rows: 1, inserted: 1 });
    expect(await names(lake)).toEqual(['1 Ada', '2 Bob']);
  });

  it('are never what a living writer has not committed yet', async () => {
    const { clock, bucket, lake } = world();
    await using _ = lake;
    await lake.apply(load('p1', people, [ADA]));
    await clock.sleep(365 * DAY_MS);
    let sweeps = 0;
    const swept: Bucket['write'] = async (key, ...rest) => {
      // After each step of the commit, the last one before it is visible included.
      await clock.sleep(HOUR_MS);
      await gc(bucket, lake);
      sweeps += 1;
      return bucket.write(key, ...rest);
    };
    const slow: Bucket = {
      url: bucket.url,
      read: (...args) => bucket.read(...args),
      list: (prefix) => bucket.list(prefix),
      remove: (key) => bucket.remove(key),
      check: () => bucket.check(),
      write: swept,
    };
    await using writer = lakeIn(slow, clock);
    await merges(writer, load('p2', people, [BOB]), { rows: 1, inserted: 1 });
    expect(sweeps).toBeGreaterThan(3);
    await using reader = lakeIn(bucket, clock);
    expect(await names(reader)).toEqual(['1 Ada', '2 Bob']);
  });

  it.each<[what: string, harm: (bucket: Bucket, orphan: string) => Promise<unknown>, why: string]>([
    ['the newest version is damaged', (bucket) => write(bucket, version(1), '{'), 'it is no JSON'],
    ['every version is gone', (bucket) => bucket.remove(version(1)), 'the table has no version'],
    ['the newest version is gone', (bucket) => write(bucket, HINT, '7'), 'version 7 was there once, and is gone'],
    [
      'a manifest is gone',
      async (bucket) => {
        const manifest = (await keysIn(bucket, FOLDER)).find((key) => key.endsWith('-m0.avro'));
        await bucket.remove(`${FOLDER}/${manifest}`);
      },
      'is not in the bucket',
    ],
    [
      'files lie elsewhere',
      async (bucket) => {
        const text = (await readText(bucket, version(1)))?.text ?? '';
        const log = '"metadata-log":[{"timestamp-ms":1,"metadata-file":"s3a://bucket/elsewhere/v0.metadata.json"}]';
        await write(bucket, version(1), text.replace('"metadata-log":[]', log));
      },
      'it lies outside of the folder',
    ],
    [
      'a catalogue keeps versions of its own',
      (bucket) => write(bucket, `${FOLDER}/metadata/00001-b4f4.metadata.json`, '{}'),
      "is another catalogue's",
    ],
  ])('all stay when %s, and it is told', async (_, harm, why) => {
    const { bucket, lake, orphan } = await withOrphan();
    await using __ = lake;
    expect((await found(lake)).orphans).toEqual([orphan]);
    await harm(bucket, orphan);
    expect(await found(lake)).toEqual({ orphans: [], kept: [expect.stringContaining(why)] });
  });

  it('are no versions that somebody passes who looks for the newest', async () => {
    const { clock, bucket, lake } = world();
    await using _ = lake;
    for (const id of ['p1', 'p2', 'p3']) await lake.apply(load(id, people, [ADA]));
    await clock.sleep(30 * DAY_MS);
    const text = (await readText(bucket, version(3)))?.text ?? '';
    await write(bucket, version(3), text.replace(/"metadata-log":\[[^\]]*\]/, '"metadata-log":[]'));
    await write(bucket, HINT, '2');
    expect(await found(lake)).toEqual({ orphans: [version(1)], kept: [] });
  });

  it('are nothing that has a name of somebody else', async () => {
    const { clock, bucket, lake, orphan } = await withOrphan();
    await using _ = lake;
    const others = ['notes.txt', 'data/00000-1-part.parquet', 'metadata/statistics.puffin'];
    for (const name of others) await write(bucket, `${FOLDER}/${name}`, 'mine');
    await write(bucket, 'silver/elsewhere/data/x-00000000-0000-0000-0000-000000000000.parquet', 'mine');
    await clock.sleep(30 * DAY_MS);
    const left = (await lake.leftovers?.()) ?? [];
    expect(left.map(({ keys, kept }) => [kept, keys])).toEqual([
      [undefined, [orphan]],
      ['nobody here gives such names', others.map((name) => `${FOLDER}/${name}`).sort()],
    ]);
  });
});

describe('a table of many commits', () => {
  it('is swept by some of them, and what a branch, a tag or a reader needs stays', async () => {
    const { clock, bucket, lake } = world();
    await using _ = lake;
    const day = async (number: number): Promise<void> => {
      await clock.sleep(DAY_MS);
      const rows = [{ ...ADA, town: `town ${number}` }];
      await lake.apply(load(`p${number}`, people, rows, { now: clock.now() }));
    };
    for (let number = 1; number <= 3; number += 1) await day(number);
    const text = (await readText(bucket, version(3)))?.text ?? '';
    const first = /"snapshots":\[\{"snapshot-id":(\d+)/.exec(text)?.[1];
    const tag = `"refs":{"audit":{"snapshot-id":${first},"type":"tag"},`;
    await write(bucket, version(4), text.replace('"refs":{', tag));
    const began = await keysIn(bucket, `${FOLDER}/data`);
    for (let number = 5; number <= 130; number += 1) await day(number);
    const before = (await keysIn(bucket, FOLDER)).length;
    for (let number = 131; number <= 150; number += 1) await day(number);
    const after = await keysIn(bucket, FOLDER);
    // Of each day data, a manifest, its list and a version; of which a hundred are kept, and those of the tag.
    expect(after.length).toBeLessThan(before);
    expect(after.length).toBeLessThan(4 * 102 + 10);
    expect(after).toContain(`data/${began.find((name) => name.startsWith('p1-'))}`);
    expect(after).not.toContain(`data/${began.find((name) => name.startsWith('p2-'))}`);
    expect(after).not.toContain('metadata/v4.metadata.json');
    expect(await found(lake)).toEqual({ orphans: [], kept: [] });
    expect(await names(lake)).toEqual(['1 Ada']);
  });

  it('is swept by the time of its bucket, so that a clock that is ahead takes nothing from a living writer', async () => {
    const clock = fakeClock();
    const bucket = new MemoryBucket(undefined, () => clock.now());
    const orphan = 'silver/contract/hourly/data/dead-00000000-0000-4000-8000-00000000dead.parquet';
    await write(bucket, orphan, 'rows');
    const sweeps = async (from: number, now: Date): Promise<void> => {
      for (let number = from; number < from + 50; number += 1) await commit(bucket, number, now);
    };
    await sweeps(1, new Date(clock.now().getTime() + 365 * DAY_MS));
    expect(await bucket.read(orphan)).toBeDefined();
    await clock.sleep(400 * DAY_MS);
    await sweeps(51, clock.now());
    expect(await bucket.read(orphan)).toBeUndefined();
  });
});
