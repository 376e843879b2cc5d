/**
 * Values of Avro in binary (https://avro.apache.org/docs/1.12.0/specification/#binary-encoding). A schema becomes a codec once;
 * then it reads and writes values: null, boolean, number, `Long`, string, Buffer, array, Map, and plain objects for records.
 */
import type { Reader, Writer } from './avro-bytes.ts';

export interface Codec {
  read(from: Reader): unknown;
  /** Throws a TypeError for what the schema does not hold. */
  write(to: Writer, value: unknown): void;
}

function must<T>(isIt: boolean, value: unknown, what: string): T {
  if (!isIt) throw new TypeError(`not ${what}`);
  return value as T;
}

const primitives: ReadonlyMap<string, Codec> = new Map<string, Codec>([
  ['null', { read: () => null, write: (_, value) => must(value === null || value === undefined, value, 'null') }],
  [
    'boolean',
    {
      read: (from) => from.take(1)[0] === 1,
      write: (to, value) => to.put(Uint8Array.of(must(typeof value === 'boolean', value, 'a boolean') ? 1 : 0)),
    },
  ],
  [
    'int',
    {
      read: (from) => from.size(),
      write: (to, value) => to.long(must(((value as number) | 0) === value, value, 'a number of 32 bits')),
    },
  ],
  ['long', { read: (from) => from.long(), write: (to, value) => to.long(value) }],
  [
    'bytes',
    {
      read: (from) => from.bytes(),
      write: (to, value) => to.bytes(must(value instanceof Uint8Array, value, 'bytes')),
    },
  ],
  [
    'string',
    {
      read: (from) => from.bytes().toString(),
      write: (to, value) => to.bytes(Buffer.from(must<string>(typeof value === 'string', value, 'a text'))),
    },
  ],
]);

interface Complex {
  readonly type: unknown;
  readonly name?: string;
  readonly fields?: readonly { readonly name: string; readonly type: unknown }[];
  readonly items?: unknown;
  readonly values?: unknown;
}

/**
 * The codec of a schema. What else a schema says (`field-id`, `logicalType`, defaults) changes no byte. Throws a TypeError for
 * what is no schema.
 */
export function codecOf(schema: unknown, named: Map<string, Codec> = new Map()): Codec {
  if (typeof schema === 'string') {
    const known = primitives.get(schema) ?? named.get(schema);
    if (known === undefined) throw new TypeError(`a type "${schema}" that nobody has defined`);
    return known;
  }
  if (Array.isArray(schema)) return unionOf(schema, named);
  const complex = schema as Complex | null;
  switch (complex?.type) {
    case 'record':
      return recordOf(complex, named);
    case 'array':
      return listOf(codecOf(complex.items, named));
    case 'map':
      return mapOf(codecOf(complex.values, named));
    case undefined:
      throw new TypeError('it has no schema');
    default:
      return codecOf(complex?.type, named);
  }
}

function recordOf(complex: Complex, named: Map<string, Codec>): Codec {
  const fields: { name: string; codec: Codec }[] = [];
  const record: Codec = {
    read: (from) => Object.fromEntries(fields.map(({ name, codec }) => [name, codec.read(from)])),
    write: (to, value) => {
      const from = must<Record<string, unknown>>(typeof value === 'object' && value !== null, value, 'a record');
      for (const { name, codec } of fields) codec.write(to, from[name]);
    },
  };
  // Named before its fields are read, for they may name it.
  named.set(complex.name ?? '', record);
  fields.push(...(complex.fields ?? []).map(({ name, type }) => ({ name, codec: codecOf(type, named) })));
  return record;
}

/** Of what is written here, one branch is null and the other is not. */
function unionOf(schemas: readonly unknown[], named: Map<string, Codec>): Codec {
  const branches = schemas.map((schema) => codecOf(schema, named));
  const branchOf = (index: number): Codec => {
    const branch = branches[index];
    if (branch === undefined) throw new RangeError('a union has no such branch');
    return branch;
  };
  return {
    read: (from) => branchOf(from.size()).read(from),
    write: (to, value) => {
      const isNull = value === null || value === undefined;
      const index = schemas.findIndex((schema) => (schema === 'null') === isNull);
      const branch = branchOf(index);
      to.long(index);
      branch.write(to, value);
    },
  };
}

/** Items come in blocks; a negative count is followed by the block's size in bytes, for those who skip it. */
function* itemsOf<T>(from: Reader, read: () => T): Generator<T> {
  for (let count = from.size(); count !== 0; count = from.size()) {
    if (count < 0) from.size();
    for (let index = Math.abs(count); index > 0; index -= 1) yield read();
  }
}

function putItems<T>(to: Writer, items: readonly T[], put: (item: T) => void): void {
  if (items.length > 0) to.long(items.length);
  items.forEach(put);
  to.long(0);
}

const listOf = (item: Codec): Codec => ({
  read: (from) => [...itemsOf(from, () => item.read(from))],
  write: (to, value) =>
    putItems(to, must<unknown[]>(Array.isArray(value), value, 'a list'), (one) => item.write(to, one)),
});

const mapOf = (item: Codec): Codec => ({
  read: (from) => new Map(itemsOf(from, () => [from.bytes().toString(), item.read(from)] as const)),
  write: (to, value) =>
    putItems(to, [...must<Map<string, unknown>>(value instanceof Map, value, 'a map')], ([key, one]) => {
      to.bytes(Buffer.from(key));
      item.write(to, one);
    }),
});
