import { describe, expect, it } from 'vitest';
import { dataFile, LOCATION, START } from '../../../../test/fixtures/lake-files.ts';
import { decodeAvro, encodeAvro } from './avro.ts';
import { entrySchema } from './manifest-schemas.ts';
import { decodeManifest, encodeManifest, type ManifestEntry } from './manifests.ts';
import { currentSchema } from './metadata.ts';
import { newTable } from './schema.ts';

const URL = `${LOCATION}/metadata/m0.avro`;
const column = { name: 'id', type: 'bigint', nullable: false, description: '' } as const;
const table = newTable(
  { description: '', columns: [column], key: ['id'] },
  { uuid: 'u', location: LOCATION, now: START },
);

const entry: ManifestEntry = {
  status: 'existing',
  snapshotId: 2n ** 62n,
  sequenceNumber: 7,
  fileSequenceNumber: 6,
  file: dataFile('a', 10, {
    nanCounts: new Map([[2, 1]]),
    lowerBounds: new Map(),
    splitOffsets: [4, 2 ** 40],
    sortOrderId: 3,
    referencedDataFile: 'x',
  }),
};

/** The record of that entry, with something else in it. */
function bytesWith(more: object): Buffer {
  const [record] = decodeAvro(encodeManifest(table, 'data', [entry]), URL).records as { data_file: object }[];
  return encodeAvro(entrySchema, [{ ...record, data_file: { ...record?.data_file, ...more } }], {});
}

describe('a manifest', () => {
  it('gives back its entries', () => {
    expect(decodeManifest(encodeManifest(table, 'data', [entry]), URL)).toEqual([entry]);
    expect(decodeManifest(bytesWith({ file_format: 'parquet' }), URL)).toEqual([entry]);
  });

  it('says what it was written for', () => {
    const { header } = decodeAvro(encodeManifest(table, 'deletes', []), URL);
    expect(JSON.parse(header.get('schema') ?? '')).toEqual(JSON.parse(JSON.stringify(currentSchema(table))));
    const names = ['schema-id', 'partition-spec', 'partition-spec-id', 'format-version', 'content'];
    expect(names.map((name) => header.get(name))).toEqual(['0', '[]', '0', '2', 'deletes']);
  });

  it.each([
    ['of files that are not Parquet', { file_format: 'ORC' }, 'not Parquet but ORC'],
    ['of encrypted files', { key_metadata: Buffer.from('key') }, 'it is encrypted'],
    ['of a content that there is not', { content: 3 }, '0.data_file.content'],
    ['of a size that there is not', { record_count: -1 }, '0.data_file.record_count'],
  ])('%s is refused', (_what, more, words) => {
    expect(() => decodeManifest(bytesWith(more), URL)).toThrow(
      expect.objectContaining({ kind: 'config', code: 'lake-format', message: expect.stringContaining(words) }),
    );
    expect(() => decodeManifest(bytesWith(more), URL)).toThrow(URL);
  });
});
