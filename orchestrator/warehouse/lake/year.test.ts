/** A year of hourly commits; in `npm test` the first five weeks. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { isThorough } from '../../../test/contracts/effort.ts';
import { commit, hourly, readAt } from '../../../test/contracts/lake-commits.ts';
import { MemoryBucket } from '../../../test/fakes/memory-bucket.ts';
import { icebergTable } from './iceberg/table.ts';
import type { TableVersion } from './table.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Of as many commits something is told. */
const WEEK = 168;
const WEEKS = isThorough ? 52 : 5;
/** A version is read so many hours after it was opened: just within what is kept for readers. */
const READ_AFTER = 5 * 24 - 1;

interface Week {
  /** A commit, on the average. */
  readonly reads: number;
  readonly writes: number;
  /** Of a commit that sweeps. */
  readonly mostReads: number;
  /** At its end. */
  readonly objects: number;
  readonly bytes: number;
  /** Bytes of the newest version. */
  readonly metadata: number;
}

/** A bucket that counts what is asked of it. */
class CountedBucket extends MemoryBucket {
  reads = 0;
  writes = 0;

  override read(...args: Parameters<MemoryBucket['read']>) {
    this.reads += 1;
    return super.read(...args);
  }

  override write(...args: Parameters<MemoryBucket['write']>) {
    this.writes += 1;
    return super.write(...args);
  }
}

/** `reads` of each commit. */
async function weekOf(bucket: CountedBucket, number: number, reads: readonly number[]): Promise<Week> {
  const listed = await Array.fromAsync(bucket.list('silver/contract/hourly/'));
  const newest = listed.find(({ key }) => key.endsWith(`/v${number}.metadata.json`));
  return {
    reads: reads.reduce((total, one) => total + one, 0) / WEEK,
    writes: bucket.writes / WEEK,
    mostReads: Math.max(...reads),
    objects: listed.length,
    bytes: listed.reduce((total, { bytes }) => total + bytes, 0),
    metadata: newest?.bytes ?? assert.fail(),
  };
}

describe('hourly commits, each of a row more', () => {
  it('keep the metadata small and the objects few, whoever reads an old version meanwhile', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const bucket = new CountedBucket(undefined, () => new Date(now));
    const opened = new Map<number, TableVersion>();
    const weeks: Week[] = [];
    let reads: number[] = [];
    for (let number = 1; number <= WEEKS * WEEK; number += 1) {
      now += HOUR_MS;
      const before = bucket.reads;
      await commit(bucket, number, new Date(now));
      reads.push(bucket.reads - before);
      if (number % 24 === 0) opened.set(number, (await icebergTable(bucket, hourly).current()) ?? assert.fail());
      const old = opened.get(number - READ_AFTER);
      if (old !== undefined) expect(await readAt(bucket, old)).toBe(number - READ_AFTER);
      if (number % WEEK !== 0) continue;
      weeks.push(await weekOf(bucket, number, reads));
      [bucket.writes, reads] = [0, []];
    }
    const [, second = assert.fail()] = weeks;
    for (const week of weeks.slice(1)) {
      // 120 snapshots of 1 kB, and the packages that are remembered.
      expect(week.metadata).toBeLessThan(130_000);
      // A version, data, a manifest and a list each, of five days, or seven; and what waits for the next sweep.
      expect(week.objects).toBeLessThan(900);
      expect(week.bytes).toBeLessThan(30_000_000);
      expect(week.writes).toBeLessThan(5.1);
      expect(week.reads).toBeLessThan(20);
      expect(week.mostReads).toBeLessThan(300);
      expect(week.reads / second.reads).toBeLessThan(1.3);
    }
  });
});
