import { describe, expect, it } from 'vitest';
import { dataFile, LOCATION, START } from '../../../../test/fixtures/lake-files.ts';
import { decodeAvro, encodeAvro } from './avro.ts';
import { decodeManifestList, openManifest } from './manifest-list.ts';
import { entrySchema, manifestListSchema } from './manifest-schemas.ts';
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

/** What Java wrote before 2023, too: https://iceberg.apache.org/spec/#version-2 says how it is read as a part of version 2. */
describe('what was written when the table was of version 1', () => {
  type Named = { readonly name: string; readonly type: unknown };
  const without = <S extends { readonly fields: readonly Named[] }>(schema: S, gone: readonly string[]): S => ({
    ...schema,
    fields: schema.fields
      .filter(({ name }) => !gone.includes(name))
      .map((field) => ({ ...field, name: field.name.replace('_files_count', '_data_files_count') })),
  });
  const [plain, url] = [dataFile('a', 10), `${LOCATION}/metadata/m1.avro`];
  const manifest = {
    manifest_path: url,
    manifest_length: 7,
    partition_spec_id: 0,
    added_snapshot_id: 2n ** 62n,
    added_data_files_count: 1,
    existing_data_files_count: 0,
    deleted_data_files_count: 0,
    added_rows_count: 10,
    existing_rows_count: 0,
    deleted_rows_count: 0,
  };
  const listSchema = without(manifestListSchema, ['content', 'sequence_number', 'min_sequence_number']);

  it('is a list of data whose sequence numbers are 0, whatever its fields are called', () => {
    const [one] = decodeManifestList(encodeAvro(listSchema, [manifest], { 'format-version': '1' }), URL);
    expect(one).toMatchObject({
      content: 0,
      sequence_number: 0,
      min_sequence_number: 0,
      added_files_count: 1,
      added_snapshot_id: 2n ** 62n,
    });
  });

  it('is a manifest of data, below every delete', () => {
    const file = entrySchema.fields.find(({ name }) => name === 'data_file');
    const schema = {
      ...without(entrySchema, ['sequence_number', 'file_sequence_number', 'data_file']),
    };
    const fields = [...schema.fields, { ...file, type: without(file?.type as typeof entrySchema, ['content']) }];
    const [two] = decodeAvro(encodeManifest(table, 'data', [{ ...entry, status: 'added', file: plain }]), URL).records;
    const bytes = encodeAvro({ ...schema, fields }, [two], { 'format-version': '1' });
    const [one] = decodeManifestList(encodeAvro(listSchema, [manifest], {}), URL);
    if (one === undefined) throw new RangeError('no manifest');
    expect(openManifest(one, bytes).files).toEqual([
      { file: plain, snapshotId: 2n ** 62n, sequenceNumber: 0, fileSequenceNumber: 0 },
    ]);
  });
});
