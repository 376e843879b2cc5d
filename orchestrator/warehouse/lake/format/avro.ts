/** Avro object container files (https://avro.apache.org/docs/1.12.0/specification/#object-container-files). */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { Reader, Writer } from './avro-bytes.ts';
import { type Codec, codecOf } from './avro-values.ts';
import { notReadable } from './faults.ts';

export interface AvroFile {
  readonly records: readonly unknown[];
  /** What stands in the header, with `avro.schema` and `avro.codec`. */
  readonly header: ReadonlyMap<string, string>;
}

const MAGIC = Buffer.from('Obj\u0001');
const SYNC = 16;
const RECORDS_A_BLOCK = 1_000;
const headerCodec = codecOf({ type: 'map', values: 'bytes' });

/** Deflated. The schema is written with everything it says, `field-id` too: that is how Iceberg finds its fields. */
export function encodeAvro(
  schema: object,
  records: readonly unknown[],
  header: Readonly<Record<string, string>>,
): Buffer {
  const all = { ...header, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' };
  const codec = codecOf(schema);
  const blocks = chunksOf(records, RECORDS_A_BLOCK).map((chunk) => ({
    count: chunk.length,
    bytes: deflated(codec, chunk),
  }));
  // Must not be in a block by chance, and need not be random for that.
  const sync = createHash('sha256')
    .update(all['avro.schema'])
    .update(Buffer.concat(blocks.map(({ bytes }) => bytes)))
    .digest();
  const to = new Writer();
  to.put(MAGIC);
  headerCodec.write(to, new Map(Object.entries(all).map(([key, text]) => [key, Buffer.from(text)])));
  to.put(sync.subarray(0, SYNC));
  for (const { count, bytes } of blocks) {
    to.long(count);
    to.bytes(bytes);
    to.put(sync.subarray(0, SYNC));
  }
  return to.written;
}

function deflated(codec: Codec, records: readonly unknown[]): Buffer {
  const to = new Writer();
  for (const record of records) codec.write(to, record);
  return deflateRawSync(to.written);
}

export const chunksOf = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));

/** From the id of a field to its name. */
type FieldNames = ReadonlyMap<unknown, string>;

/**
 * Records as their writer's schema says, by names; a field whose id has a name in `names` goes by that. Throws kind `config`, code `lake-format`, when the file is damaged or
 * compressed in a way that Node has nothing for; `url` is for people.
 */
export function decodeAvro(bytes: Buffer, url: string, names: FieldNames = new Map()): AvroFile {
  try {
    return decoded(bytes, names);
  } catch (error) {
    // What is thrown is about bytes and schemas; nothing quotes a value.
    throw notReadable(url, error instanceof Error ? error.message : 'it is damaged', error);
  }
}

function decoded(bytes: Buffer, names: FieldNames): AvroFile {
  const from = new Reader(bytes);
  if (!from.take(MAGIC.length).equals(MAGIC)) throw new RangeError('it is no Avro file');
  const raw = headerCodec.read(from) as Map<string, Buffer>;
  const header = new Map([...raw].map(([key, value]) => [key, value.toString()]));
  const sync = from.take(SYNC);
  const inflate = inflaterOf(header.get('avro.codec') ?? 'null');
  const codec = codecOf(named(header.get('avro.schema') ?? 'null', names));
  const records: unknown[] = [];
  while (!from.isAtEnd) {
    const count = from.size();
    const block = new Reader(inflate(from.bytes()));
    for (let index = 0; index < count; index += 1) records.push(codec.read(block));
    if (!block.isAtEnd || !from.take(SYNC).equals(sync)) throw new RangeError('a block of it is damaged');
  }
  return { records, header };
}

const named = (schema: string, names: FieldNames): unknown =>
  JSON.parse(schema, (_, value) => {
    const name = names.get((value as { readonly 'field-id'?: unknown } | null)?.['field-id']);
    return name === undefined ? value : { ...value, name };
  });

function inflaterOf(codec: string): (bytes: Buffer) => Buffer {
  if (codec === 'null') return (bytes) => bytes;
  if (codec === 'deflate') return (bytes) => inflateRawSync(bytes);
  throw new TypeError(
    `it is compressed with "${codec}"; deflate ("gzip" in the table's write.avro.compression-codec) is read`,
  );
}
