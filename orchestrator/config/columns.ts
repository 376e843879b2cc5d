/** The columns of a command job: each a type, or a mapping that also says which field it takes and how that is written. */
import { type SqlType, sqlTypes } from '@tidemill/kit';
import { z } from 'zod';
import { timeZone } from './fields.ts';

const ColumnType = z.enum(sqlTypes);

/** Leads to a field inside a record: names with points between them, or a list of names, of which any may have a point. */
const FieldPath = z.union([
  z.string().regex(/^[^.]+(\.[^.]+)*$/, { error: 'expected names of fields, with a point between two of them' }),
  z.array(z.string().min(1)).min(1).max(20),
]);

const ColumnEntry = z
  .strictObject({
    type: ColumnType.describe('What the column holds.'),
    from: FieldPath.optional().describe(
      'The field that it takes: order.placedAt, items.0.id, or a list of names. Default: the field of its name.',
    ),
    zone: timeZone()
      .optional()
      .describe('Of a timestamptz: the time zone of texts that say none, such as Europe/Berlin.'),
    epoch: z
      .enum(['seconds', 'milliseconds', 'microseconds'])
      .optional()
      .describe('Of a timestamptz: what its numbers count since 1970.'),
  })
  .superRefine(({ type, ...rest }, context) => {
    for (const key of ['zone', 'epoch'] as const) {
      if (type === 'timestamptz' || rest[key] === undefined) continue;
      context.addIssue({ code: 'custom', path: [key], message: 'expected it only beside type: timestamptz' });
    }
  });

export const ColumnSpec = z.union([ColumnType, ColumnEntry]);

/** A column of a command job, with everything that a short entry leaves unsaid. */
export interface JobColumn {
  readonly name: string;
  readonly type: SqlType;
  /** Names of the fields that lead to its value, and places in arrays. */
  readonly path: readonly string[];
  /** Of a `timestamptz`: IANA name of the time zone of texts that say none. */
  readonly zone?: string | undefined;
  /** Of a `timestamptz`: what its numbers count since 1970. */
  readonly epoch?: 'seconds' | 'milliseconds' | 'microseconds' | undefined;
}

type Written =
  | SqlType
  | (Pick<JobColumn, 'type' | 'zone' | 'epoch'> & { readonly from?: string | readonly string[] | undefined });

/** The columns in the order of the file. */
export const jobColumnsOf = (columns: Readonly<Record<string, Written>>): JobColumn[] =>
  Object.entries(columns).map(([name, written]) => {
    const { from = [name], ...entry } = typeof written === 'string' ? { type: written } : written;
    return { name, ...entry, path: typeof from === 'string' ? from.split('.') : from };
  });
