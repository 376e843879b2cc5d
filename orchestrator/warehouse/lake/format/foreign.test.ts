/** Tables that PyIceberg and the reference implementation wrote: see `test/fixtures/lake/README.md`. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseExact } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { change, deleteFile } from '../../../../test/fixtures/lake-files.ts';
import { bound } from './bounds.ts';
import { DELETE_PATH_ID } from './data-file.ts';
import { decodeManifestList, livingFiles, openManifest } from './manifest-list.ts';
import { decodeManifest, encodeManifest } from './manifests.ts';
import { currentSchema, currentSnapshot, type Metadata, parseMetadata, printMetadata } from './metadata.ts';
import { changedType, evolve } from './schema.ts';
import { makeSnapshot } from './snapshot.ts';
import { nextVersion, withSnapshot } from './versions.ts';

const FOLDER = new URL('../../../../test/fixtures/lake/', import.meta.url);

/** The object of a URL: all of a table lie in one folder here. */
const bytesOf = (table: string, url: string): Buffer =>
  readFileSync(new URL(`${table}/${url.split('/').at(-1)}`, FOLDER));

function tableOf(table: string, file: RegExp): Metadata {
  const name = readdirSync(new URL(table, FOLDER)).find((one) => file.test(one)) ?? '';
  return parseMetadata(bytesOf(table, name).toString(), name);
}

function manifestsOf(table: string, metadata: Metadata) {
  const list = currentSnapshot(metadata)?.['manifest-list'] ?? '';
  return decodeManifestList(bytesOf(table, list), list);
}

const open = (table: string, metadata: Metadata) =>
  manifestsOf(table, metadata).map((one) => openManifest(one, bytesOf(table, one.manifest_path)));

describe('a table of PyIceberg', () => {
  const things = tableOf('things', /metadata\.json$/);

  it('is printed as it was read', () => {
    const [name = ''] = readdirSync(new URL('things', FOLDER)).filter((one) => one.endsWith('.json'));
    expect(parseExact(printMetadata(things))).toEqual(parseExact(bytesOf('things', name).toString()));
  });

  it('has exact ids, and the files that live', () => {
    expect(currentSnapshot(things)?.['snapshot-id']).toBe(5514651791307216735n);
    const { data, deletes } = livingFiles(open('things', things));
    expect(data.map((one) => [one.file.rows, one.sequenceNumber, typeof one.snapshotId])).toEqual([
      [2, 4, 'bigint'],
      [2, 1, 'bigint'],
    ]);
    expect(deletes).toEqual([]);
    const known = new Set(things.snapshots.map((one) => one['snapshot-id']));
    expect(data.every((one) => known.has(one.snapshotId))).toBe(true);
  });

  it('names what was deleted, with the snapshot that did it', () => {
    const deleted = manifestsOf('things', things)
      .flatMap((one) => decodeManifest(bytesOf('things', one.manifest_path), one.manifest_path))
      .filter(({ status }) => status === 'deleted');
    expect(deleted.map((one) => [one.file.rows, one.snapshotId])).toEqual([
      [1, currentSnapshot(things)?.['snapshot-id']],
      [3, expect.any(BigInt)],
    ]);
  });

  /** What `make.py` wrote into the file: by column the least and the greatest value. */
  const ranges: Record<number, [least: string, greatest: string][]> = {
    2: [
      ['3', '4'],
      ['a text of more than sixteen', 'é'],
      ['-1.5', '128'],
      ['1969-12-31', '1970-01-01'],
      ['1969-12-31T23:59:59.5Z', '1970-01-01T00:00:00Z'],
      ['-0.5', '0.25'],
      ['0', '7'],
      ['false', 'false'],
    ],
    1: [
      ['-9223372036854775808', '9223372036854775807'],
      ['', '😀'.repeat(20)],
      ['-99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
      ['0001-01-01', '9999-12-31'],
      ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z'],
      ['-1.7976931348623157e+308', '1.7976931348623157e+308'],
      ['-2147483648', '2147483647'],
      ['false', 'true'],
    ],
  };

  it.each([
    ['of rows about zero', 0, ranges[2] ?? []],
    ['of extremes', 1, ranges[1] ?? []],
  ])('has the bounds that are written here, %s', (_what, index, expected) => {
    const file = livingFiles(open('things', things)).data[index]?.file;
    for (const [at, [least, greatest]] of expected.entries()) {
      const { id, name, type } = currentSchema(things).fields[at] ?? {};
      const [lower, upper] = [file?.lowerBounds, file?.upperBounds].map((bounds) =>
        bounds?.get(id ?? 0)?.toString('hex'),
      );
      expect([name, lower]).toEqual([name, bound(String(type), least, 'lower')?.toString('hex')]);
      expect([name, upper]).toEqual([name, bound(String(type), greatest, 'upper')?.toString('hex')]);
    }
  });

  it('is gone on with: columns, files and deletes', () => {
    const columns = [
      { name: 'id', type: 'bigint', nullable: false, description: 'The key' },
      { name: 'later', type: 'jsonb', nullable: false, description: '' },
    ] as const;
    expect(changedType(things, columns)).toBeUndefined();
    const next = evolve(nextVersion(things, { file: 'x', now: 0 }), { description: '', columns, key: ['id'] });
    expect(currentSchema(next).fields.at(-1)).toEqual({ id: 10, name: 'later', required: false, type: 'string' });
    const before = open('things', things);
    const [first, second] = livingFiles(before).data.map(({ file }) => file);
    if (first === undefined || second === undefined) throw new RangeError('not the fixture');
    const marked = deleteFile('marked', second, 1);
    const made = makeSnapshot(next, before, change({ removed: new Set([first.path]), addedDeletes: [marked] }), {
      snapshotId: 7,
      unique: 'u',
      notes: {},
    });
    expect(made.snapshot).toMatchObject({
      'sequence-number': 6,
      summary: { operation: 'delete', 'total-records': '2', 'total-position-deletes': '1' },
    });
    const metadata = withSnapshot(next, made.snapshot);
    expect(currentSnapshot(metadata)).toMatchObject({
      'parent-snapshot-id': 5514651791307216735n,
      'timestamp-ms': things['last-updated-ms'],
    });
    const bytes = new Map(made.objects.map((one) => [`${things.location}/${one.path}`, one.bytes]));
    const list = decodeManifestList(bytes.get(made.snapshot['manifest-list']) ?? Buffer.alloc(0), '');
    const files = livingFiles(list.map((one) => openManifest(one, bytes.get(one.manifest_path) ?? Buffer.alloc(0))));
    expect(files.data).toEqual(livingFiles(before).data.slice(1));
    expect(files.deletes.map((one) => [one.file, one.sequenceNumber])).toEqual([[marked, 6]]);
  });
});

describe('a table of the reference implementation', () => {
  const version = (number: number): Metadata => tableOf('deleted', new RegExp(`^v${number}\\.metadata`));
  const files = (number: number) => livingFiles(open('deleted', version(number)));

  it('is empty at first', () => {
    expect(currentSnapshot(version(1))).toBeUndefined();
  });

  it('has its files, and says of whom a delete is by its bounds alone', () => {
    expect(files(2).data.map(({ file }) => file.rows)).toEqual([10, 20]);
    const { data, deletes } = files(3);
    expect(deletes.map(({ file, sequenceNumber }) => [file.rows, file.referencedDataFile, sequenceNumber])).toEqual([
      [2, data[0]?.file.path, 2],
    ]);
    expect(files(4).data).toEqual(data.slice(0, 1));
  });

  it('is refused with deletes by value, and with deletes in several files', () => {
    expect(() => files(5)).toThrow(
      expect.objectContaining({
        kind: 'config',
        code: 'lake-foreign-deletes',
        message: expect.stringContaining('by their values'),
      }),
    );
    const manifest = manifestsOf('deleted', version(4)).find((one) => one.content === 1);
    if (manifest === undefined) throw new RangeError('not the fixture');
    const [entry] = decodeManifest(bytesOf('deleted', manifest.manifest_path), '');
    if (entry === undefined) throw new RangeError('not the fixture');
    expect(entry.file.referencedDataFile).toBeUndefined();
    const file = { ...entry.file, upperBounds: new Map([[DELETE_PATH_ID, Buffer.from('file:/lake/z')]]) };
    const several = encodeManifest(version(4), 'deletes', [{ ...entry, file }]);
    expect(() => openManifest(manifest, several)).toThrow(
      expect.objectContaining({ code: 'lake-foreign-deletes', message: expect.stringContaining('in several files') }),
    );
  });
});
