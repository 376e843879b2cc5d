import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataFile, Lake, LOCATION, START } from '../../../../test/fixtures/lake-files.ts';
import { currentSnapshot, type Metadata, parseMetadata, printMetadata } from './metadata.ts';
import { withPackages } from './properties.ts';
import { evolve, newTable } from './schema.ts';
import { expired, nextVersion, withSnapshot } from './versions.ts';

const HOUR = 3_600_000;
const made = { uuid: 'u', location: LOCATION, now: START };
const table = newTable({ description: '', columns: [], key: [] }, made);
const snapshot = (id: number | bigint, sequence: number) => ({
  'snapshot-id': id,
  'sequence-number': sequence,
  'manifest-list': `${LOCATION}/metadata/snap-${id}.avro`,
  summary: { operation: 'append' },
});

const next = (metadata: Metadata, now: number): Metadata => nextVersion(metadata, { file: `${LOCATION}/v.json`, now });

/** With snapshots 1 to n, one an hour, the first at an hour after the start. */
const withSnapshots = (count: number): Metadata => {
  let metadata = table;
  for (let id = 1; id <= count; id += 1) metadata = withSnapshot(next(metadata, START + id * HOUR), snapshot(id, id));
  return metadata;
};

const ids = (metadata: Metadata) => metadata.snapshots.map((one) => one['snapshot-id']);

describe('the next version', () => {
  it('names the file of the one before it, with its time', () => {
    const metadata = next(next(table, START + 1), START + 2);
    expect(metadata['last-updated-ms']).toBe(START + 2);
    expect(metadata['metadata-log'].map((one) => one['timestamp-ms'])).toEqual([START, START + 1]);
  });

  it('is never older than the one before it, whatever the clock says', () => {
    const metadata = withSnapshot(next(next(table, START + 10), START - 10), snapshot(1, 1));
    expect(metadata['last-updated-ms']).toBe(START + 10);
    expect(currentSnapshot(metadata)?.['timestamp-ms']).toBe(START + 10);
  });

  it('does not name all that there ever were', () => {
    expect(withSnapshots(500)['metadata-log']).toHaveLength(100);
  });
});

describe('a new snapshot', () => {
  it('is the current one, after the one that was', () => {
    const metadata = withSnapshot(withSnapshots(1), snapshot(2n ** 62n, 2));
    expect(currentSnapshot(metadata)).toEqual({
      ...snapshot(2n ** 62n, 2),
      'parent-snapshot-id': 1,
      'timestamp-ms': START + HOUR,
      'schema-id': 0,
    });
    expect(metadata.refs['main']).toEqual({ 'snapshot-id': 2n ** 62n, type: 'branch' });
    expect(metadata['snapshot-log'].map((one) => one['snapshot-id'])).toEqual([1, 2n ** 62n]);
    expect(metadata['last-sequence-number']).toBe(2);
    expect(parseMetadata(printMetadata(metadata), 'x')).toEqual(metadata);
  });

  it('keeps what else is said of the branch', () => {
    const refs = { main: { 'snapshot-id': 1, type: 'branch' as const, 'max-ref-age-ms': 7 } };
    expect(withSnapshot({ ...withSnapshots(1), refs }, snapshot(2, 2)).refs['main']).toEqual({
      ...refs.main,
      'snapshot-id': 2,
    });
  });
});

describe('snapshots that expire', () => {
  it('are those that were replaced before then', () => {
    const metadata = withSnapshots(5);
    // At 3:30 the third one was the newest.
    expect(ids(expired(metadata, { olderThan: START + 3.5 * HOUR, keep: 1 }))).toEqual([3, 4, 5]);
    expect(ids(expired(metadata, { olderThan: START + 3 * HOUR, keep: 1 }))).toEqual([2, 3, 4, 5]);
    expect(ids(expired(metadata, { olderThan: START + 3.5 * HOUR, keep: 4 }))).toEqual([2, 3, 4, 5]);
    expect(ids(expired(metadata, { olderThan: Infinity, keep: 0 }))).toEqual([5]);
  });

  it('are none where the table is as it should be', () => {
    const metadata = withSnapshots(5);
    expect(expired(metadata, { olderThan: START, keep: 1 })).toBe(metadata);
    expect(expired(table, { olderThan: Infinity, keep: 0 })).toBe(table);
  });

  it('take what speaks of them along', () => {
    const about = [1, 2, 4].map((id) => ({ 'snapshot-id': id, 'statistics-path': 'x' }));
    const refs = {
      main: { 'snapshot-id': 5, type: 'branch' as const },
      audit: { 'snapshot-id': 2, type: 'tag' as const },
    };
    const metadata = expired(
      { ...withSnapshots(5), statistics: about, refs },
      { olderThan: START + 4.5 * HOUR, keep: 1 },
    );
    expect(ids(metadata)).toEqual([2, 4, 5]);
    expect(metadata.statistics).toEqual(about.slice(1));
    // The third one is gone: what the log says of the second would be a history with a gap.
    expect(metadata['snapshot-log'].map((one) => one['snapshot-id'])).toEqual([4, 5]);
  });

  it('take schemas along that nobody else needs', () => {
    const column = (name: string) => ({ name, type: 'text' as const, nullable: true, description: '' });
    const columns = ['a', 'b', 'c', 'd'].map(column);
    const lake = new Lake(newTable({ description: '', columns: columns.slice(0, 1), key: [] }, made));
    for (const count of [2, 3, 4]) {
      const declared = { description: '', columns: columns.slice(0, count), key: [] };
      lake.commit({ added: [dataFile(`f${count}`, 1)] }, (metadata) => evolve(metadata, declared));
    }
    const metadata = expired(lake.metadata, { olderThan: START + 2.5 * HOUR, keep: 1 });
    expect(metadata.schemas.map((one) => one['schema-id'])).toEqual([2, 3]);
    expect(metadata['last-column-id']).toBe(4);
  });

  it('are never the current one, nor one that a name is kept for; and the log stays whole', () => {
    const retention = fc.record({ olderThan: fc.integer({ min: 0, max: 14 }), keep: fc.nat(14) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: 1, max: 12 })),
        retention,
        fc.option(fc.integer({ min: 1, max: 12 })),
        (count, named, { olderThan, keep }, back) => {
          const tags = named.map((id) => [`t${id}`, { 'snapshot-id': Math.min(id, count), type: 'tag' as const }]);
          // Somebody may have rolled the table back.
          const current = Math.min(back ?? count, count);
          const whole = withSnapshots(count);
          const rolled = { 'timestamp-ms': START + 13 * HOUR, 'snapshot-id': current };
          const before: Metadata = {
            ...whole,
            'current-snapshot-id': current,
            // Not every writer names the main branch.
            refs: Object.fromEntries(tags),
            'snapshot-log': current === count ? whole['snapshot-log'] : [...whole['snapshot-log'], rolled],
          };
          const after = expired(before, { olderThan: START + olderThan * HOUR, keep });
          const stays = new Set(ids(after));
          expect(stays.has(current)).toBe(true);
          for (const ref of Object.values(before.refs)) expect(stays.has(ref['snapshot-id'])).toBe(true);
          for (const id of ids(before).slice(-keep || count)) expect(stays.has(id)).toBe(true);
          expect(after['snapshot-log'].every((one) => stays.has(one['snapshot-id']))).toBe(true);
          expect(after['snapshot-log'].at(-1)?.['snapshot-id']).toBe(current);
          expect(before['snapshot-log'].slice(-after['snapshot-log'].length)).toEqual(after['snapshot-log']);
          // What was the newest at that time, or later, is still there for whoever reads it.
          for (const id of ids(before)) if (Number(id) + 1 >= olderThan) expect(stays.has(id)).toBe(true);
        },
      ),
    );
  });
});

it('the metadata of a table that is loaded every hour is as large after two months as after one', () => {
  const counts = { rows: 1, inserted: 1, updated: 0, unchanged: 0, duplicates: 0, deleted: 0, deletions: 0 };
  let metadata = table;
  const sizes: number[] = [];
  for (let hour = 1; hour <= 60 * 24; hour += 1) {
    const now = START + hour * HOUR;
    const loaded = { id: `package-${hour}`, job: 'crm/people', at: new Date(now).toISOString(), counts };
    metadata = withSnapshot(withPackages(next(metadata, now), [loaded]), snapshot(10 ** 12 + hour, 10 ** 6 + hour));
    metadata = expired(metadata, { olderThan: now - 5 * 24 * HOUR, keep: 10 });
    if (hour % (30 * 24) === 0) sizes.push(printMetadata(metadata).length);
  }
  // Those of five days, the one that was the newest when they began, and the newest of all.
  expect(metadata.snapshots).toHaveLength(5 * 24 + 2);
  expect(sizes[0]).toBeLessThan(100_000);
  expect(Math.abs((sizes[1] ?? 0) - (sizes[0] ?? 0))).toBeLessThan(1_000);
});
