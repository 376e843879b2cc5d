/** Manifests: which files a table consists of, with who added or removed them. */
import { z } from 'zod';
import { decodeAvro, encodeAvro } from './avro.ts';
import type { ByField, DataFile } from './data-file.ts';
import { notReadable } from './faults.ts';
import { Long } from './long.ts';
import { entrySchema, fieldNames } from './manifest-schemas.ts';
import { currentSchema, type Metadata } from './metadata.ts';
import { maybe, parsed } from './parse.ts';

const STATUSES = ['existing', 'added', 'deleted'] as const;
const CONTENTS = ['data', 'position-deletes', 'equality-deletes'] as const;

export interface ManifestEntry {
  readonly status: (typeof STATUSES)[number];
  /** The snapshot that added the file or, of a deleted one, that deleted it. What is undefined here the manifest list tells. */
  readonly snapshotId: Long | undefined;
  readonly sequenceNumber: number | undefined;
  readonly fileSequenceNumber: number | undefined;
  readonly file: DataFile;
}

const Count = z.int().min(0);
const Bytes = z.instanceof(Buffer);
const byField = <T>(schema: z.ZodType<T>) =>
  z
    .array(z.object({ key: z.int(), value: schema }))
    .nullish()
    .transform((pairs) => new Map((pairs ?? []).map(({ key, value }) => [key, value] as const)));

const EntryRecord = z.object({
  status: z.int().min(0).max(2),
  snapshot_id: maybe(Long),
  sequence_number: maybe(Count),
  file_sequence_number: maybe(Count),
  data_file: z.object({
    /** A manifest that was written when the table was of version 1 has data alone, and does not say so. */
    content: z.int().min(0).max(2).default(0),
    file_path: z.string(),
    file_format: z.string(),
    record_count: Count,
    file_size_in_bytes: Count,
    column_sizes: byField(Count),
    value_counts: byField(Count),
    null_value_counts: byField(Count),
    nan_value_counts: byField(Count),
    lower_bounds: byField(Bytes),
    upper_bounds: byField(Bytes),
    key_metadata: z.null('it is encrypted').optional(),
    split_offsets: maybe(z.array(Count)),
    sort_order_id: maybe(z.int()),
    referenced_data_file: maybe(z.string()),
  }),
});
type EntryRecord = z.infer<typeof EntryRecord>;

/** All entries, deleted ones too. Throws kind `config`, code `lake-format`; `url` is for people. */
export function decodeManifest(bytes: Buffer, url: string): ManifestEntry[] {
  const records = parsed(z.array(EntryRecord), decodeAvro(bytes, url, fieldNames).records, url);
  const other = records.find(({ data_file: file }) => file.file_format.toUpperCase() !== 'PARQUET');
  if (other !== undefined) throw notReadable(url, `a file of it is not Parquet but ${other.data_file.file_format}`);
  return records.map(entryOf);
}

function entryOf({ data_file: file, ...entry }: EntryRecord): ManifestEntry {
  return {
    status: STATUSES[entry.status] ?? 'deleted',
    snapshotId: entry.snapshot_id,
    sequenceNumber: entry.sequence_number,
    fileSequenceNumber: entry.file_sequence_number,
    file: {
      content: CONTENTS[file.content] ?? 'equality-deletes',
      path: file.file_path,
      rows: file.record_count,
      bytes: file.file_size_in_bytes,
      columnSizes: file.column_sizes,
      valueCounts: file.value_counts,
      nullCounts: file.null_value_counts,
      nanCounts: file.nan_value_counts,
      lowerBounds: file.lower_bounds,
      upperBounds: file.upper_bounds,
      splitOffsets: file.split_offsets,
      sortOrderId: file.sort_order_id,
      referencedDataFile: file.referenced_data_file,
    },
  };
}

/** The bytes of a manifest of the table's current schema. Its entries are all of data, or all of deletes. */
export function encodeManifest(
  metadata: Metadata,
  content: 'data' | 'deletes',
  entries: readonly ManifestEntry[],
): Buffer {
  const schema = currentSchema(metadata);
  return encodeAvro(entrySchema, entries.map(recordOf), {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    // Only the fields of it, and there are none.
    'partition-spec': '[]',
    'partition-spec-id': String(metadata['default-spec-id']),
    'format-version': '2',
    content,
  });
}

const recordOf = ({ status, file, ...entry }: ManifestEntry) => ({
  status: STATUSES.indexOf(status),
  snapshot_id: entry.snapshotId,
  sequence_number: entry.sequenceNumber,
  file_sequence_number: entry.fileSequenceNumber,
  data_file: {
    content: CONTENTS.indexOf(file.content),
    file_path: file.path,
    file_format: 'PARQUET',
    partition: {},
    record_count: file.rows,
    file_size_in_bytes: file.bytes,
    column_sizes: pairsOf(file.columnSizes),
    value_counts: pairsOf(file.valueCounts),
    null_value_counts: pairsOf(file.nullCounts),
    nan_value_counts: pairsOf(file.nanCounts),
    lower_bounds: pairsOf(file.lowerBounds),
    upper_bounds: pairsOf(file.upperBounds),
    split_offsets: file.splitOffsets,
    sort_order_id: file.sortOrderId,
    referenced_data_file: file.referencedDataFile,
  },
});

const pairsOf = (values: ByField<unknown>) =>
  values.size === 0 ? undefined : [...values].map(([key, value]) => ({ key, value }));
