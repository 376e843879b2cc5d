/** The table of a job that makes it itself: the row is what its `columns` say, however its records were come by. */
import { columnOf, plainly, type RowSchema, type Stream } from '@tidemill/kit';
import { z } from 'zod';
import type { Job, JobColumn } from '../../config/job.ts';
import { readValue, Unreadable } from './column-value.ts';

/** Without `columns` the record is kept whole. */
const WHOLE: RowSchema = z.object({ record: columnOf.jsonb() });

type TableOfJob = Pick<
  Stream,
  'name' | 'description' | 'source' | 'row' | 'key' | 'write' | 'scope' | 'columnsIn' | 'toRow'
>;

/** `faultOf` says what was expected of a record that is none; it is rejected. */
export function tableOfJob(job: Job, faultOf?: (record: unknown) => string | undefined): TableOfJob {
  const { columns, primary_key: key, write, scope } = job;
  const source = columns === undefined ? z.unknown() : recordOf(columns);
  return {
    name: job.data_type,
    description: job.description,
    source: faultOf === undefined ? source : sound(source, faultOf),
    row: columns === undefined ? WHOLE : rowOf(columns, key),
    ...{ key, write, scope },
    ...(columns === undefined ? {} : { columnsIn: (record) => namesIn(record, columns) }),
    toRow: (record) => (columns === undefined ? { record } : pick(record, columns)),
  };
}

const sound = (source: z.ZodType, faultOf: (record: unknown) => string | undefined): z.ZodType =>
  source.superRefine((record, context) => {
    const expected = faultOf(record);
    if (expected !== undefined) context.addIssue({ code: 'custom', params: { expected } });
  });

/** Any object; it names the fields that are read. */
const recordOf = (columns: readonly JobColumn[]): z.ZodType =>
  z.looseObject(
    Object.fromEntries(
      columns.flatMap(({ path: [name] }) => (name === undefined ? [] : [[name, z.unknown().optional()]])),
    ),
  );

function rowOf(columns: readonly JobColumn[], key: readonly string[]): RowSchema {
  const fields = columns.map((column) => {
    const field = fieldOf(column);
    return [column.name, key.includes(column.name) ? field : field.nullable()] as const;
  });
  return z.object(Object.fromEntries(fields));
}

/** The silver column, behind the forms in which a command may write it. */
function fieldOf(column: JobColumn): z.ZodType {
  const { type } = column;
  const forms = z.unknown().transform((value, context) => {
    const read = readValue(value, column);
    if (!(read instanceof Unreadable)) return read;
    context.addIssue({ code: 'custom', params: { expected: read.expected } });
    return z.NEVER;
  });
  return plainly(type, forms.pipe(columnOf[type]()));
}

/** Exactly the declared columns; a field the record does not have is null. */
const pick = (record: unknown, columns: readonly JobColumn[]): Record<string, unknown> =>
  Object.fromEntries(columns.map(({ name, path }) => [name, valueAt(record, path) ?? null]));

const namesIn = (record: unknown, columns: readonly JobColumn[]): string[] =>
  columns.filter(({ path }) => valueAt(record, path) !== undefined).map(({ name }) => name);

/** What lies at the path, whose names are fields of objects and places in arrays. */
function valueAt(record: unknown, path: readonly string[]): unknown {
  let value = record;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
