import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { change, dataFile, deleteFile, Lake, LOCATION, START } from '../../../../test/fixtures/lake-files.ts';
import type { DataFile } from './data-file.ts';
import { livingFiles } from './manifest-list.ts';
import { decodeManifest } from './manifests.ts';
import { currentSnapshot } from './metadata.ts';
import { newTable } from './schema.ts';
import { makeSnapshot } from './snapshot.ts';

const column = { name: 'id', type: 'bigint', nullable: false, description: '' } as const;
const declared = { description: '', columns: [column], key: ['id'] };
const newLake = (): Lake => new Lake(newTable(declared, { uuid: 'u', location: LOCATION, now: START }));
const summaryOf = (lake: Lake) => currentSnapshot(lake.metadata)?.summary;
const manifestsOf = (lake: Lake) => lake.open().map(({ manifest }) => manifest);
const entriesOf = (lake: Lake, index: number) => {
  const path = manifestsOf(lake)[index]?.manifest_path ?? '';
  return decodeManifest(lake.bytes(path), path);
};

const a = dataFile('a', 10);
const b = dataFile('b', 20);
const c = dataFile('c', 5);

describe('the snapshot of a change', () => {
  it('says of new rows that they were appended, and leaves numbers to the commit', () => {
    const lake = newLake();
    lake.commit({ added: [a, b] });
    expect(summaryOf(lake)).toEqual({
      operation: 'append',
      'added-data-files': '2',
      'added-records': '30',
      'added-files-size': '3000',
      'total-data-files': '2',
      'total-delete-files': '0',
      'total-records': '30',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      'total-files-size': '3000',
      'tidemill.job': 'crm/people',
    });
    expect(entriesOf(lake, 0)).toEqual(
      [a, b].map((file) => ({
        status: 'added',
        snapshotId: 1_001,
        sequenceNumber: undefined,
        fileSequenceNumber: undefined,
        file,
      })),
    );
    expect(livingFiles(lake.open()).data).toEqual(
      [a, b].map((file) => ({ file, snapshotId: 1_001, sequenceNumber: 1, fileSequenceNumber: 1 })),
    );
  });

  it('keeps who added a file, and names the one who deletes it', () => {
    const lake = newLake();
    lake.commit({ added: [a, b] });
    lake.commit({ added: [c], removed: new Set([a.path]) });
    expect(
      entriesOf(lake, 0).map(({ status, snapshotId, sequenceNumber, file }) => [
        status,
        snapshotId,
        sequenceNumber,
        file.path,
      ]),
    ).toEqual([
      ['added', 1_002, undefined, c.path],
      ['deleted', 1_002, 1, a.path],
      ['existing', 1_001, 1, b.path],
    ]);
    expect(manifestsOf(lake)).toEqual([
      {
        manifest_path: `${LOCATION}/metadata/unique-2-m0.avro`,
        manifest_length: lake.bytes(`${LOCATION}/metadata/unique-2-m0.avro`).length,
        partition_spec_id: 0,
        content: 0,
        sequence_number: 2,
        min_sequence_number: 1,
        added_snapshot_id: 1_002,
        added_files_count: 1,
        existing_files_count: 1,
        deleted_files_count: 1,
        added_rows_count: 5,
        existing_rows_count: 20,
        deleted_rows_count: 10,
        partitions: [],
        key_metadata: null,
      },
    ]);
    expect(summaryOf(lake)).toMatchObject({
      operation: 'overwrite',
      'deleted-data-files': '1',
      'deleted-records': '10',
      'removed-files-size': '1000',
      'total-records': '25',
    });
    // What is gone is named once.
    lake.commit({ added: [dataFile('d', 1)] });
    expect(entriesOf(lake, 0).map(({ status }) => status)).toEqual(['added', 'existing', 'existing']);
  });

  it('holds deletes in manifests of their own, and writes only what changes', () => {
    const lake = newLake();
    const [first, second] = [deleteFile('a-1', a, 2), deleteFile('a-2', a, 3)];
    lake.commit({ added: [a] });
    lake.commit({ addedDeletes: [first] });
    expect(summaryOf(lake)).toMatchObject({
      operation: 'delete',
      'added-position-deletes': '2',
      'total-records': '10',
      'total-position-deletes': '2',
    });
    expect(manifestsOf(lake).map((one) => [one.content, one.manifest_path.slice(-11)])).toEqual([
      [0, 'e-1-m0.avro'],
      [1, 'e-2-m0.avro'],
    ]);
    lake.commit({ added: [b], addedDeletes: [second], removedDeletes: new Set([first.path]) });
    expect(livingFiles(lake.open()).deletes).toEqual([
      { file: second, snapshotId: 1_003, sequenceNumber: 3, fileSequenceNumber: 3 },
    ]);
    expect(summaryOf(lake)).toMatchObject({
      operation: 'overwrite',
      'removed-position-deletes': '2',
      'removed-delete-files': '1',
      'total-delete-files': '1',
      'total-position-deletes': '3',
    });
  });

  it('says that no row has changed where files are only laid out anew', () => {
    const lake = newLake();
    lake.commit({ added: [a, b] });
    lake.commit({ added: [dataFile('ab', 30)], removed: new Set([a.path, b.path]), of: 'layout' });
    expect(summaryOf(lake)).toMatchObject({ operation: 'replace', 'total-data-files': '1', 'total-records': '30' });
  });

  it('has no manifest of files that are all gone', () => {
    const lake = newLake();
    lake.commit({ added: [a] });
    lake.commit({ removed: new Set([a.path]) });
    expect(summaryOf(lake)).toMatchObject({ operation: 'delete', 'total-data-files': '0' });
    // It says once what went.
    expect(manifestsOf(lake).map((one) => one.deleted_files_count)).toEqual([1]);
    lake.commit({ added: [b] });
    expect(manifestsOf(lake).map((one) => [one.added_files_count, one.deleted_files_count])).toEqual([[1, 0]]);
  });

  it('has none of deletes that are all gone, though only data has changed', () => {
    const lake = newLake();
    const marks = deleteFile('a-1', a, 2);
    lake.commit({ added: [a], addedDeletes: [] });
    lake.commit({ addedDeletes: [marks] });
    lake.commit({ removedDeletes: new Set([marks.path]) });
    lake.commit({ added: [b] });
    expect(manifestsOf(lake).map((one) => one.content)).toEqual([0]);
  });

  it('leaves a full manifest as it is until one of its files goes', () => {
    const lake = newLake();
    const many = Array.from({ length: 2_300 }, (_, index) => dataFile(`m${index}`, 1));
    lake.commit({ added: many });
    const counts = () => manifestsOf(lake).map((one) => one.added_files_count + one.existing_files_count);
    expect(counts()).toEqual([1_000, 1_000, 300]);
    const full = manifestsOf(lake)
      .slice(0, 2)
      .map((one) => one.manifest_path);
    lake.commit({ added: [a] });
    expect(
      manifestsOf(lake)
        .slice(0, 2)
        .map((one) => one.manifest_path),
    ).toEqual(full);
    expect(counts()).toEqual([1_000, 1_000, 301]);
    lake.commit({ removed: new Set([`${LOCATION}/data/m1500.parquet`]) });
    expect(
      manifestsOf(lake)
        .map((one) => one.manifest_path)
        .includes(full[0] ?? ''),
    ).toBe(true);
    expect(counts()).toEqual([1_000, 999, 301]);
    lake.commit({ added: [b] });
    // One that is not full any more takes what is new.
    expect(counts()).toEqual([1_000, 1_000, 301]);
    expect(livingFiles(lake.open()).data).toHaveLength(2_301);
  });

  it('is refused when it names files that are not there', () => {
    const lake = newLake();
    lake.commit({ added: [a] });
    const made = { snapshotId: 1, unique: 'x', notes: {} };
    const spelled = a.path.replace('gs://', 'gs:/');
    for (const wrong of [
      { removed: new Set([spelled]) },
      { removedDeletes: new Set([a.path]) },
      { added: [a] },
      { addedDeletes: [deleteFile('d', dataFile('b', 1), 1)] },
      { removed: new Set([a.path]), addedDeletes: [deleteFile('d', a, 1)] },
    ]) {
      expect(() => makeSnapshot(lake.metadata, lake.open(), change(wrong), made), JSON.stringify(wrong)).toThrow(
        expect.objectContaining({ kind: 'bug', code: 'lake-change' }),
      );
    }
  });
});

/** What a table is, said without a manifest. */
interface Model {
  readonly files: Map<string, { readonly file: DataFile; readonly by: number }>;
}

it('after any history the files are those that were added and not removed, and every count is right', () => {
  const step = fc.record({
    add: fc.nat(3),
    remove: fc.nat(3),
    mark: fc.nat(2),
    unmark: fc.nat(1),
    pick: fc.nat(1_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const lake = newLake();
      const [data, deletes]: [Model['files'], Model['files']] = [new Map(), new Map()];
      steps.forEach(({ add, remove, mark, unmark, pick }, index) => {
        const gone = [...data.keys()].slice(pick % 3).slice(0, remove);
        for (const path of gone) data.delete(path);
        const goneDeletes = [...deletes.keys()].slice(0, unmark);
        for (const path of goneDeletes) deletes.delete(path);
        const added = Array.from({ length: add }, (_, n) => dataFile(`f${index}-${n}`, 1 + ((pick + n) % 9)));
        for (const file of added) data.set(file.path, { file, by: index + 1 });
        const marked = [...data.values()]
          .slice(0, mark)
          .map(({ file }, n) => deleteFile(`d${index}-${n}`, file, 1 + n));
        for (const file of marked) deletes.set(file.path, { file, by: index + 1 });
        lake.commit({ added, removed: new Set(gone), addedDeletes: marked, removedDeletes: new Set(goneDeletes) });

        const living = livingFiles(lake.open());
        for (const [files, model] of [
          [living.data, data],
          [living.deletes, deletes],
        ] as const) {
          expect(new Map(files.map((one) => [one.file.path, { file: one.file, by: one.sequenceNumber }]))).toEqual(
            model,
          );
          expect(files.every((one) => one.snapshotId === 1_000 + one.sequenceNumber)).toBe(true);
        }
        const rows = (model: Model['files']) => [...model.values()].reduce((sum, { file }) => sum + file.rows, 0);
        expect(summaryOf(lake)).toMatchObject({
          'total-data-files': String(data.size),
          'total-records': String(rows(data)),
          'total-delete-files': String(deletes.size),
          'total-position-deletes': String(rows(deletes)),
          'total-files-size': String(100 * (rows(data) + rows(deletes))),
        });
        for (const { manifest, files } of lake.open()) {
          const all = decodeManifest(lake.bytes(manifest.manifest_path), '');
          expect(manifest.added_files_count + manifest.existing_files_count).toBe(files.length);
          expect(manifest.deleted_files_count).toBe(all.length - files.length);
          expect(manifest.min_sequence_number).toBe(
            Math.min(manifest.sequence_number, ...files.map((one) => one.sequenceNumber)),
          );
          expect(manifest.added_rows_count + manifest.existing_rows_count).toBe(
            files.reduce((sum, { file }) => sum + file.rows, 0),
          );
        }
      });
    }),
  );
});
