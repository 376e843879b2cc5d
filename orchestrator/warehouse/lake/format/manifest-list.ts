/** The list of manifests that a snapshot consists of, and the files that live in them. */
import { z } from 'zod';
import { decodeAvro, encodeAvro } from './avro.ts';
import { type DataFile, DELETE_PATH_ID } from './data-file.ts';
import { foreignDeletes } from './faults.ts';
import { Long } from './long.ts';
import { fieldNames, manifestListSchema } from './manifest-schemas.ts';
import { decodeManifest } from './manifests.ts';
import { parsed } from './parse.ts';

const Count = z.int().min(0);

const ManifestFile = z.object({
  manifest_path: z.string(),
  manifest_length: Count,
  partition_spec_id: z.int(),
  /** 0 of data, 1 of deletes. What is left out here is so in a list of version 1: a table keeps it when it becomes one of 2. */
  content: z.union([z.literal(0), z.literal(1)]).default(0),
  sequence_number: Count.default(0),
  /** The smallest of its living entries. */
  min_sequence_number: Count.default(0),
  added_snapshot_id: Long,
  added_files_count: Count,
  existing_files_count: Count,
  deleted_files_count: Count,
  added_rows_count: Count,
  existing_rows_count: Count,
  deleted_rows_count: Count,
  /** Of a table without partitions there is nothing in it. */
  partitions: z.array(z.unknown()).nullish(),
  key_metadata: z.null('it is encrypted').optional(),
});
export type ManifestFile = Readonly<z.infer<typeof ManifestFile>>;

/** Throws kind `config`, code `lake-format`; `url` is for people. */
export const decodeManifestList = (bytes: Buffer, url: string): ManifestFile[] =>
  parsed(z.array(ManifestFile), decodeAvro(bytes, url, fieldNames).records, url);

export interface ListOf {
  readonly snapshotId: Long;
  readonly parentId: Long | undefined;
  readonly sequenceNumber: number;
}

export const encodeManifestList = (manifests: readonly ManifestFile[], list: ListOf): Buffer =>
  encodeAvro(manifestListSchema, manifests, {
    'snapshot-id': String(list.snapshotId),
    'parent-snapshot-id': String(list.parentId ?? null),
    'sequence-number': String(list.sequenceNumber),
    'format-version': '2',
  });

/** A file that a table consists of. What its entry inherits from the manifest list is told here. */
export interface LiveFile {
  readonly file: DataFile;
  /** That added it. */
  readonly snapshotId: Long;
  /** A delete applies to data files of its own number and of smaller ones. */
  readonly sequenceNumber: number;
  readonly fileSequenceNumber: number;
}

/** A manifest of a snapshot with the files that live in it. */
export interface OpenManifest {
  readonly manifest: ManifestFile;
  readonly files: readonly LiveFile[];
}

/** All files of a snapshot. */
export function livingFiles(manifests: readonly OpenManifest[]): {
  readonly data: readonly LiveFile[];
  readonly deletes: readonly LiveFile[];
} {
  const files = manifests.flatMap((one) => one.files);
  const isData = ({ file }: LiveFile): boolean => file.content === 'data';
  return { data: files.filter(isData), deletes: files.filter((one) => !isData(one)) };
}

/**
 * A manifest with its living files. Throws kind `config`: code `lake-foreign-deletes` for deletes that do not tell which one data
 * file they are of, or are by value.
 */
export function openManifest(manifest: ManifestFile, bytes: Buffer): OpenManifest {
  const living = decodeManifest(bytes, manifest.manifest_path).filter(({ status }) => status !== 'deleted');
  const files = living.map(({ file, snapshotId, sequenceNumber, fileSequenceNumber }) => ({
    file: file.content === 'data' ? file : ofOneFile(file),
    snapshotId: snapshotId ?? manifest.added_snapshot_id,
    sequenceNumber: sequenceNumber ?? manifest.sequence_number,
    fileSequenceNumber: fileSequenceNumber ?? manifest.sequence_number,
  }));
  return { manifest, files };
}

/** Some writers leave the data file out; if the least and the greatest path are one, all deletes are of that file. */
function ofOneFile(deletes: DataFile): DataFile {
  const { content, path, lowerBounds, upperBounds } = deletes;
  if (content === 'equality-deletes') throw foreignDeletes(path, 'their values');
  const [least, greatest] = [lowerBounds.get(DELETE_PATH_ID), upperBounds.get(DELETE_PATH_ID)];
  const only = least !== undefined && greatest?.equals(least) === true ? least.toString() : undefined;
  const referencedDataFile = deletes.referencedDataFile ?? only;
  if (referencedDataFile === undefined) throw foreignDeletes(path, 'their positions in several files at once');
  return { ...deletes, referencedDataFile };
}
