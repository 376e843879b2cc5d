/**
 * The metadata file of a table (https://iceberg.apache.org/spec/#table-metadata), version 2. Java or PyIceberg may have written
 * it: what is not named here is kept when it is written again, and ids of 63 bits stay exact.
 */
import { parseExact, stringifyExact } from '@tidemill/kit';
import { z } from 'zod';
import { notReadable } from './faults.ts';
import { Long } from './long.ts';
import { maybe, parsed } from './parse.ts';

/** An object whose other members are kept, though its type does not know them. */
const open = <Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> =>
  z.object(shape).loose() as unknown as z.ZodObject<Shape>;

const Field = open({
  /** Of the column for ever: files name their columns by it. */
  id: z.int(),
  name: z.string(),
  required: z.boolean(),
  /** A name, or an object for a nested type. */
  type: z.union([z.string(), z.record(z.string(), z.unknown())]),
  doc: z.string().optional(),
});
export type Field = z.infer<typeof Field>;

const Schema = open({
  type: z.literal('struct'),
  'schema-id': z.int(),
  fields: z.array(Field),
  'identifier-field-ids': z.array(z.int()).optional(),
});
export type Schema = z.infer<typeof Schema>;

const Snapshot = open({
  'snapshot-id': Long,
  'parent-snapshot-id': maybe(Long),
  /** Counts the commits; 0 of a snapshot that the table had when it was of version 1. */
  'sequence-number': z.int().default(0),
  'timestamp-ms': z.int(),
  'manifest-list': z.string(),
  summary: z.record(z.string(), z.string()),
  'schema-id': maybe(z.int()),
});
export type Snapshot = z.infer<typeof Snapshot>;

/** Statistics of a snapshot that somebody has computed. */
const Statistics = z.array(open({ 'snapshot-id': Long })).optional();

const metadataShape = open({
  'format-version': z.literal(2),
  'table-uuid': z.string(),
  /** A URL, as readers know the folder of the table. */
  location: z.string(),
  'last-sequence-number': z.int(),
  'last-updated-ms': z.int(),
  'last-column-id': z.int(),
  schemas: z.array(Schema),
  'current-schema-id': z.int(),
  'partition-specs': z.array(open({ 'spec-id': z.int(), fields: z.array(z.unknown()) })),
  'default-spec-id': z.int(),
  'last-partition-id': z.int(),
  'sort-orders': z.array(open({ 'order-id': z.int(), fields: z.array(z.unknown()) })),
  'default-sort-order-id': z.int(),
  properties: z.record(z.string(), z.string()).default({}),
  /** Java writes -1 where there is none. */
  'current-snapshot-id': maybe(Long).transform((id) => (id === -1 ? undefined : id)),
  snapshots: z.array(Snapshot).default([]),
  refs: z.record(z.string(), open({ 'snapshot-id': Long, type: z.enum(['branch', 'tag']) })).default({}),
  'snapshot-log': z.array(open({ 'timestamp-ms': z.int(), 'snapshot-id': Long })).default([]),
  'metadata-log': z.array(open({ 'timestamp-ms': z.int(), 'metadata-file': z.string() })).default([]),
  statistics: Statistics,
  'partition-statistics': Statistics,
});
export type Metadata = z.infer<typeof metadataShape>;

/** Throws kind `config`, code `lake-format`, for what is not a table that a merge can go on with; `url` is for people. */
export function parseMetadata(text: string, url: string): Metadata {
  let json: unknown;
  try {
    json = parseExact(text);
  } catch (error) {
    throw notReadable(url, 'it is no JSON', error);
  }
  const version = open({ 'format-version': z.int() }).safeParse(json).data?.['format-version'];
  if (version !== 2)
    throw notReadable(url, version === undefined ? 'it names no version' : `it is of version ${version}`);
  const metadata = parsed(metadataShape, json, url);
  const fault = faultOf(metadata);
  if (fault !== undefined) throw notReadable(url, fault);
  return metadata;
}

/** What a reader would stumble over later, and what a merge would do wrong. */
function faultOf(metadata: Metadata): string | undefined {
  const { 'current-snapshot-id': current, 'partition-specs': specs } = metadata;
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  if (schema === undefined) return 'its current schema is not there';
  if (current !== undefined && currentSnapshot(metadata) === undefined) return 'its current snapshot is not there';
  const spec = specs.find((one) => one['spec-id'] === metadata['default-spec-id']);
  if (spec === undefined) return 'its partition spec is not there';
  return specs.some(({ fields }) => fields.length > 0) ? 'it is partitioned' : undefined;
}

/** One line of JSON. */
export const printMetadata = (metadata: Metadata): string => stringifyExact(metadata);

export function currentSchema(metadata: Metadata): Schema {
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  if (schema === undefined) throw new TypeError('a table without its current schema');
  return schema;
}

/** Undefined for a table without rows yet. */
export const currentSnapshot = (metadata: Metadata): Snapshot | undefined =>
  metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === metadata['current-snapshot-id']);
