/** One bronze line → silver rows, or the reason why not. Pure. */
import { columnsOf, parseExact, type Stream } from '@tidemill/kit';
import type { z } from 'zod';

/** Where a value was not what the schema says, and what was expected; never the value itself. */
export interface RejectIssue {
  readonly path: string;
  readonly expected: string;
}

export interface Reject {
  readonly code: 'not-json' | 'source-schema' | 'row-schema' | 'to-row-failed';
  readonly issues: readonly RejectIssue[];
}

type Row = Readonly<Record<string, unknown>>;
export type Mapped = { readonly rows: readonly Row[] } | { readonly reject: Reject };

export function recordMapper(stream: Stream): (text: string) => Mapped {
  const types = new Map<string, string>(columnsOf(stream.row).map(({ name, type }) => [name, type]));
  return (text) => {
    const record = tryTo(() => parseExact(text));
    if ('error' in record) return { reject: { code: 'not-json', issues: [] } };
    const source = stream.source.safeParse(record.value);
    if (!source.success) return { reject: { code: 'source-schema', issues: issuesOf(source.error) } };
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
