/** Several writers of one table, and writers that are cut short: nothing is lost, and nothing is there twice. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { keysIn, lakeBucket, lakeIn } from '../../../test/contracts/lake-bucket.ts';
import {
  ADA,
  applied,
  BOB,
  EVE,
  load,
  merges,
  NONE,
  names,
  people,
  type Values,
} from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { readText } from '../../storage/text.ts';
import type { MergeCounts } from '../contract.ts';

const FOLDER = 'silver/contract/people';
const version = (number: number): string => `${FOLDER}/metadata/v${number}.metadata.json`;

const person = (id: number): Values => ({ id: String(id), name: `person ${id}`, town: null });

describe('two writers', () => {
  it('that begin at once both come through, the later one with what it does to the table by then', async () => {
    const bucket = await lakeBucket();
    await using first = lakeIn(bucket);
    const clock = fakeClock();
    await using second = lakeIn(bucket, clock);
    await first.apply(load('p0', people, [ADA]));
    const told: MergeCounts[] = [];
    const beforeCommit = async (counts: MergeCounts): Promise<void> => {
      told.push(counts);
      if (told.length === 1) await first.apply(load('p1', people, [BOB, { ...ADA, town: 'Rome' }]));
    };
    const rows = [BOB, { ...ADA, town: 'Rome' }, EVE];
    await merges(second, load('p2', people, rows, { beforeCommit }), { rows: 3, inserted: 1, unchanged: 2 });
    expect(told).toEqual([
      { ...NONE, rows: 3, inserted: 2, updated: 1 },
      { ...NONE, rows: 3, inserted: 1, unchanged: 2 },
    ]);
    expect(clock.slept).toHaveLength(1);
    expect(await names(second)).toEqual(['1 Ada', '2 Bob', '3 Eve']);
    // What was written for the version that was not to be is gone: each package has made one file.
    expect(await keysIn(bucket, `${FOLDER}/data`)).toHaveLength(3);
  });

  it('of the same package load it once', async () => {
    const bucket = await lakeBucket();
    await using first = lakeIn(bucket);
    await using second = lakeIn(bucket);
    const beforeCommit = async (): Promise<void> => {
      await first.apply(load('p1', people, [ADA, BOB]));
    };
    const result = await applied(second, load('p1', people, [ADA, BOB], { beforeCommit }));
    expect(result).toEqual({ counts: { ...NONE, rows: 2, inserted: 2 }, alreadyLoaded: true });
    expect(await names(second)).toEqual(['1 Ada', '2 Bob']);
  });

  it('that make a table at once both have their rows in it', async () => {
    const bucket = await lakeBucket();
    await using first = lakeIn(bucket);
    await using second = lakeIn(bucket);
    await Promise.all([first.apply(load('p1', people, [ADA])), second.apply(load('p2', people, [BOB]))]);
    expect(await names(first)).toEqual(['1 Ada', '2 Bob']);
  });
});

it('a writer that is never first says that it was busy, and has changed nothing', async () => {
  const bucket = await lakeBucket();
  await using lake = lakeIn(bucket);
  await lake.apply(load('p1', people, [ADA]));
  const busy: Bucket = {
    ...bucket,
    write: async (key, ...rest) => (key === version(2) ? undefined : bucket.write(key, ...rest)),
  };
  await using unlucky = lakeIn(busy, fakeClock(), { attempts: 3 });
  const applied = unlucky.apply(load('p2', people, [BOB]));
  await expect(applied).rejects.toMatchObject({ kind: 'transient', code: 'lake-busy' });
  expect(await names(lake)).toEqual(['1 Ada']);
});

describe('a writer that was away for so long that versions were swept', () => {
  it('loses no row: its commit does not count, and it begins again', async () => {
    const bucket = await lakeBucket();
    await using others = lakeIn(bucket);
    await using sleeper = lakeIn(bucket);
    await others.apply(load('p1', people, [ADA]));
    let nights = 0;
    const beforeCommit = async (): Promise<void> => {
      nights += 1;
      if (nights > 1) return;
      for (const id of [4, 5, 6]) await others.apply(load(`other ${id}`, people, [person(id)]));
      for (const number of [1, 2, 3]) await bucket.remove(version(number));
    };
    await merges(sleeper, load('p2', people, [BOB], { beforeCommit }), { rows: 1, inserted: 1 });
    expect(nights).toBe(2);
    expect(await names(others)).toEqual(['1 Ada', '2 Bob', '4 person 4', '5 person 5', '6 person 6']);
  });
});

describe('a writer that is cut short', () => {
  it('before the commit leaves files that nobody sees, and the next one is not disturbed', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    await lake.apply(load('p1', people, [ADA]));
    const error = new Error('killed');
    const beforeCommit = (): never => {
      throw error;
    };
    await assert.rejects(lake.apply(load('p2', people, [BOB], { beforeCommit })), (thrown) => thrown === error);
    expect(await names(lake)).toEqual(['1 Ada']);
    await merges(lake, load('p2', people, [BOB]), { rows: 1, inserted: 1 });
    expect(await names(lake)).toEqual(['1 Ada', '2 Bob']);
  });

  it('after the commit has loaded its package, and the script of views is made up for', async () => {
    const bucket = await lakeBucket();
    const deadly: Bucket = {
      ...bucket,
      write: async (key, ...rest) => {
        if (key.endsWith('version-hint.text')) throw new Error('killed');
        if (key === 'silver/views.sql') throw new Error('killed');
        return bucket.write(key, ...rest);
      },
    };
    await using dying = lakeIn(deadly);
    await assert.rejects(dying.apply(load('p1', people, [ADA])));
    await using lake = lakeIn(bucket);
    expect(await applied(lake, load('p1', people, [ADA]))).toMatchObject({ alreadyLoaded: true });
    expect(await names(lake)).toEqual(['1 Ada']);
    expect((await readText(bucket, 'silver/views.sql'))?.text).toContain('"contract"."people"');
  });
});

it('a bucket that was moved is read and written as before', async () => {
  const bucket = await lakeBucket();
  const first = lakeIn(bucket);
  await first.apply(load('p1', people, [ADA, BOB]));
  await first.close();
  await rename(bucket.root, `${bucket.root}-moved`);
  await using moved = lakeIn(openLocalBucket(`${bucket.root}-moved`));
  await merges(moved, load('p2', people, [{ ...BOB, name: 'Rob' }]), { rows: 1, updated: 1 });
  expect(await names(moved)).toEqual(['1 Ada', '2 Rob']);
});

it('a table that was copied without its place in the index is found from the next package on', async () => {
  const bucket = await lakeBucket();
  const first = lakeIn(bucket);
  await first.apply(load('p1', people, [ADA]));
  await first.close();
  for await (const { key } of bucket.list('silver/_tidemill/')) await bucket.remove(key);
  await using lake = lakeIn(bucket);
  expect(await lake.tables()).toEqual([]);
  await lake.apply(load('p2', people, [BOB]));
  expect(await lake.tables()).toMatchObject([{ name: 'people', rows: 2 }]);
  expect(await lake.lastPackage('contract_people')).toBe('p2');
});

it('a job is found in a table from its first package on, and never before', async () => {
  const bucket = await lakeBucket();
  await using lake = lakeIn(bucket);
  const beforeCommit = (): never => assert.fail('killed');
  await assert.rejects(lake.apply(load('p1', people, [ADA], { beforeCommit })));
  expect(await keysIn(bucket, 'silver/_tidemill')).toEqual(['tables/contract/people/contract_people']);
  expect([...(await lake.loadedJobs())]).toEqual([]);
  expect(await lake.tables()).toEqual([]);
  expect(await lake.lastPackage('contract_people')).toBeUndefined();
});
