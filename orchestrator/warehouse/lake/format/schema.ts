/** The columns of a table: how it begins, and how it follows what is declared. */
import { isDeepStrictEqual } from 'node:util';
import type { Column, SqlType } from '@tidemill/kit';
import { currentSchema, type Field, type Metadata, type Schema } from './metadata.ts';
import { declaredTypes, withOnlyTypes, withTypes } from './properties.ts';
import { icebergTypes } from './types.ts';

/** What a table is declared as. */
export interface Declared {
  readonly description: string;
  /** All of them, those of the provenance too. */
  readonly columns: readonly Column[];
  readonly key: readonly string[];
}

export interface NewTable {
  readonly uuid: string;
  /** URL of the table's folder, without a slash at its end. */
  readonly location: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The metadata of a table without a snapshot. */
export function newTable(declared: Declared, { uuid, location, now }: NewTable): Metadata {
  const fields = declared.columns.map((column, index) => fieldOf(column, index + 1));
  const empty: Metadata = {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    'last-updated-ms': now,
    'last-column-id': fields.length,
    schemas: [schemaOf(0, fields, declared.key)],
    'current-schema-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: [] }],
    'default-spec-id': 0,
    // Partition fields are counted from 1000.
    'last-partition-id': 999,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    properties: { 'write.format.default': 'parquet', 'write.parquet.compression-codec': 'zstd' },
    'current-snapshot-id': undefined,
    snapshots: [],
    refs: {},
    'snapshot-log': [],
    'metadata-log': [],
  };
  return described(empty, declared);
}

/**
 * The table as it is declared now: a new column is optional, for rows that are there have no value for it; one that is declared
 * no more stays and becomes optional; what is optional stays so. Ids are never used again. The very same object when nothing
 * changes. Types are not looked at: `changedType` does.
 */
export function evolve(metadata: Metadata, declared: Declared): Metadata {
  const schema = currentSchema(metadata);
  const wanted = new Map(declared.columns.map((column) => [column.name.toLowerCase(), column]));
  const kept = schema.fields.map((field) => keptField(field, wanted.get(field.name.toLowerCase())));
  const known = new Set(schema.fields.map(({ name }) => name.toLowerCase()));
  const added = declared.columns
    .filter(({ name }) => !known.has(name.toLowerCase()))
    .map((column, index) => fieldOf({ ...column, nullable: true }, metadata['last-column-id'] + index + 1));
  const id = Math.max(...metadata.schemas.map((one) => one['schema-id'])) + 1;
  const next = { ...schema, ...schemaOf(id, [...kept, ...added], declared.key) };
  const evolved = isSameSchema(schema, next)
    ? metadata
    : {
        ...metadata,
        'last-column-id': metadata['last-column-id'] + added.length,
        schemas: [...metadata.schemas, next],
        'current-schema-id': id,
      };
  const result = described(evolved, declared);
  return evolved === metadata && isDeepStrictEqual(result.properties, metadata.properties) ? metadata : result;
}

/** A column as Iceberg has it. */
export interface RemadeColumn {
  readonly name: string;
  readonly format: string;
  readonly declared?: SqlType;
  readonly description: string;
}

/**
 * The table with these columns and no others, all of them optional, for one whose rows are all written anew. A column keeps its id
 * as long as it keeps its name and type: an old snapshot of it can still be read.
 */
export function remake(
  metadata: Metadata,
  { description, columns }: { readonly description: string; readonly columns: readonly RemadeColumn[] },
): Metadata {
  const schema = currentSchema(metadata);
  let lastId = metadata['last-column-id'];
  const idOf = ({ name, format }: RemadeColumn): number => {
    const known = schema.fields.find((field) => field.name === name && field.type === format);
    if (known === undefined) lastId += 1;
    return known?.id ?? lastId;
  };
  const fields = columns.map((column) => ({
    id: idOf(column),
    name: column.name,
    required: false,
    type: column.format,
    ...(column.description === '' ? {} : { doc: column.description }),
  }));
  const isNew = schema.fields.length === 0;
  const id = isNew ? schema['schema-id'] : Math.max(...metadata.schemas.map((one) => one['schema-id'])) + 1;
  const next = { ...schema, ...schemaOf(id, fields, []) };
  const evolved = isSameSchema(schema, next)
    ? metadata
    : {
        ...metadata,
        'last-column-id': lastId,
        schemas: [...(isNew ? [] : metadata.schemas), next],
        'current-schema-id': id,
      };
  const declared = columns.flatMap((column) =>
    column.declared === undefined ? [] : [[column.name.toLowerCase(), column.declared] as const],
  );
  const commented = { ...evolved, properties: { ...evolved.properties, comment: description } };
  return withOnlyTypes(commented, Object.fromEntries(declared));
}

/** The first column that is declared as another type than it has; `was` is Iceberg's name where ours was not recorded. */
export function changedType(
  metadata: Metadata,
  columns: readonly Column[],
): { readonly column: string; readonly was: string; readonly is: SqlType } | undefined {
  const types = declaredTypes(metadata);
  const fields = new Map(currentSchema(metadata).fields.map((field) => [field.name.toLowerCase(), field.type]));
  for (const { name, type } of columns) {
    const has = fields.get(name.toLowerCase());
    if (has === undefined) continue;
    const recorded = types[name.toLowerCase()];
    const isAsRecorded = recorded === undefined || recorded === type;
    if (!isAsRecorded || has !== icebergTypes[type]) {
      const was = isAsRecorded ? nameOf(has) : recorded;
      return { column: name, was, is: type };
    }
  }
  return undefined;
}

const nameOf = (type: Field['type']): string => (typeof type === 'string' ? type : String(type['type']));

const described = (metadata: Metadata, { description, columns }: Declared): Metadata =>
  withTypes({ ...metadata, properties: { ...metadata.properties, comment: description } }, columns);

const fieldOf = ({ name, type, nullable, description }: Column, id: number): Field => ({
  id,
  name,
  required: !nullable,
  type: icebergTypes[type],
  ...(description === '' ? {} : { doc: description }),
});

function keptField(field: Field, column: Column | undefined): Field {
  if (column === undefined) return { ...field, required: false };
  const { doc: _, ...rest } = field;
  const doc = column.description === '' ? {} : { doc: column.description };
  return { ...rest, required: field.required && !column.nullable, ...doc };
}

/** The key identifies rows for other engines where Iceberg lets it: of required columns, none of them a double. */
function schemaOf(id: number, fields: Field[], key: readonly string[]): Schema {
  const columns = key.map((name) => fields.find((field) => field.name.toLowerCase() === name.toLowerCase()));
  const identifiers = columns.filter((field) => field?.required === true && field.type !== 'double');
  const isWhole = key.length > 0 && identifiers.length === key.length;
  return {
    type: 'struct',
    'schema-id': id,
    fields,
    'identifier-field-ids': isWhole ? identifiers.flatMap((field) => field?.id ?? []) : undefined,
  };
}

const isSameSchema = (one: Schema, other: Schema): boolean =>
  isDeepStrictEqual(plain({ ...one, 'schema-id': 0 }), plain({ ...other, 'schema-id': 0 }));

/** Without members that are undefined: no file has them. */
const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object;
