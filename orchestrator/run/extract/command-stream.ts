/** A `command` job as a stream: its lines are the records, the job's `columns` the row. */
import { columnOf, type ExtractContext, type RowSchema, type Stream, stream } from '@tidemill/kit';
import { z } from 'zod';
import type { Job } from '../../config/job.ts';
import { type CommandRun, runCommand } from './command.ts';

/** Without `columns` the record is kept whole. */
const WHOLE: RowSchema = z.object({ record: columnOf.jsonb() });

export function commandStream(job: Job, run: Omit<CommandRun, 'interval' | 'signal' | 'notice'>): Stream {
  const declared = job.columns;
  return stream({
    name: job.data_type,
    description: job.description,
    source: declared === undefined ? z.unknown() : z.looseObject({}),
    row: declared === undefined ? WHOLE : rowOf(declared, job.primary_key),
    key: job.primary_key,
    write: job.write,
    scope: job.scope,
    method: 'export_download',
    extract: ({ interval, signal, notice }: ExtractContext<undefined, object>) =>
      runCommand({ ...run, interval, signal, notice }),
    toRow: (record) => (declared === undefined ? { record } : pick(record as Record<string, unknown>, declared)),
  }) as Stream;
}

function rowOf(columns: NonNullable<Job['columns']>, key: readonly string[]): RowSchema {
  const fields = Object.entries(columns).map(([name, type]) => {
    const column: z.ZodType = columnOf[type]();
    return [name, key.includes(name) ? column : column.nullable()] as const;
  });
  return z.object(Object.fromEntries(fields));
}

/** Exactly the declared columns; a field the record does not have is null. */
function pick(record: Record<string, unknown>, columns: NonNullable<Job['columns']>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(columns).map((name) => [name, (Object.hasOwn(record, name) ? record[name] : undefined) ?? null]),
  );
}
