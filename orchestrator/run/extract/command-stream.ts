/** A `command` job as a stream: its lines are the records, the job's `columns` the row. */
import {
  type CheckpointPace,
  type CursorSpec,
  columnOf,
  type ExtractContext,
  plainly,
  type RowSchema,
  type Stream,
  stream,
} from '@tidemill/kit';
import { z } from 'zod';
import type { Job, JobColumn } from '../../config/job.ts';
import { readValue, Unreadable } from './column-value.ts';
import { type CommandRun, runCommand } from './command.ts';

/** Without `columns` the record is kept whole. */
const WHOLE: RowSchema = z.object({ record: columnOf.jsonb() });

/** Whatever text the command left in `$TIDEMILL_CURSOR_FILE`; none before it has left one. */
export const COMMAND_CURSOR: CursorSpec<string | undefined> = {
  version: 1,
  schema: z.string().optional(),
  start: undefined,
};

/** Not by pages: how much comes at a time is the pipe's affair. */
const CHECKPOINTS: CheckpointPace = { records: 10_000, seconds: 30 };

export function commandStream(
  job: Job,
  run: Pick<CommandRun, 'job' | 'command' | 'setup' | 'slot' | 'environment' | 'env'>,
): Stream {
  const { columns } = job;
  return stream({
    name: job.data_type,
    description: job.description,
    source: columns === undefined ? z.unknown() : recordOf(columns),
    row: columns === undefined ? WHOLE : rowOf(columns, job.primary_key),
    key: job.primary_key,
    write: job.write,
    scope: job.scope,
    end: 'exit-code',
    method: 'export_download',
    cursor: COMMAND_CURSOR,
    checkpoints: CHECKPOINTS,
    byInterval: true,
    extract: (context: ExtractContext<string | undefined, object>) => runCommand({ ...context, ...run }),
    ...(columns === undefined ? {} : { columnsIn: (record) => namesIn(record, columns) }),
    toRow: (record) => (columns === undefined ? { record } : pick(record, columns)),
  }) as Stream;
}

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
