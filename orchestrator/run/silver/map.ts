/** One bronze line → silver rows, or the reason why not. Pure. */
import { columnsOf, parseExact, type Stream } from '@tidemill/kit';
import { z } from 'zod';
import type { Line } from '../../storage/ndjson.ts';

/** Where a value was not what the schema says, and what was expected; never the value itself. */
export interface RejectIssue {
  readonly path: string;
  readonly expected: string;
}

export interface Reject {
  readonly code: 'not-utf8' | 'not-json' | 'source-schema' | 'row-schema' | 'to-row-failed';
  readonly issues: readonly RejectIssue[];
}

type Row = Readonly<Record<string, unknown>>;
/** The rows that a record makes, or the key of the one that it says is gone. */
export type Mapped = { readonly rows: readonly Row[]; readonly gone?: Row } | { readonly reject: Reject };

/** `see` is shown each record, as it was parsed. */
export function recordMapper(stream: Stream, see: (record: unknown) => void): (text: Line) => Mapped {
  const types = new Map<string, string>(columnsOf(stream.row).map(({ name, type }) => [name, type]));
  const key = keyOf(stream);
  return (text) => {
    if (typeof text !== 'string') return { reject: { code: 'not-utf8', issues: [] } };
    const record = tryTo(() => parseExact(text));
    if ('error' in record) return { reject: { code: 'not-json', issues: [] } };
    see(record.value);
    const source = stream.source.safeParse(record.value);
    if (!source.success) return { reject: { code: 'source-schema', issues: issuesOf(source.error) } };
    const gone = tryTo(() => stream.deletes?.(source.data));
    if ('error' in gone) return { reject: { code: 'to-row-failed', issues: [] } };
    if (gone.value !== undefined) return deletion(key.safeParse(gone.value), types);
    const made = tryTo(() => stream.toRow(source.data));
    if ('error' in made) return { reject: { code: 'to-row-failed', issues: [] } };
    const rows: Row[] = [];
    for (const candidate of Array.isArray(made.value) ? made.value : [made.value]) {
      const row = stream.row.safeParse(candidate);
      if (!row.success) return { reject: { code: 'row-schema', issues: rowIssues(row.error, types) } };
      rows.push(row.data);
    }
    return { rows };
  };
}

/** The part of a row that identifies it. */
function keyOf({ row, key }: Stream): z.ZodType<Row> {
  return z.object(Object.fromEntries(key.map((name) => [name, row.shape[name] as z.ZodType])));
}

function deletion(key: z.ZodSafeParseResult<Row>, types: ReadonlyMap<string, string>): Mapped {
  if (key.success) return { rows: [], gone: key.data };
  return { reject: { code: 'row-schema', issues: rowIssues(key.error, types) } };
}

const issuesOf = (error: z.core.$ZodError): RejectIssue[] =>
  error.issues.slice(0, 10).map((issue) => ({ path: issue.path.join('.'), expected: expectation(issue) }));

/** A row's value is expected to be what its column holds, however the schema says that. */
const rowIssues = (error: z.core.$ZodError, types: ReadonlyMap<string, string>): RejectIssue[] =>
  issuesOf(error).map(({ path, expected }) => ({ path, expected: types.get(path) ?? expected }));

/** Zod's messages may quote what they received; the expectation alone never does. */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return String(issue.expected);
    case 'invalid_format':
      return String(issue.format);
    case 'invalid_value':
      return `one of ${issue.values.length} values`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return issue.code;
  }
}

function tryTo<T>(action: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: action() };
  } catch (error) {
    return { error };
  }
}
