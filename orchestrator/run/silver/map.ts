/** One bronze line → silver rows, or the reason why not. Pure. */
import { columnsOf, parseDecimals, type Renamed, type Stream, valueDomains } from '@tidemill/kit';
import { placeOf } from '@tidemill/kit/frames';
import { jsonFault } from '@tidemill/kit/json-fault';
import { z } from 'zod';
import type { Line } from '../../storage/ndjson.ts';
import { rowEncoder, type Texts, type Unfit } from './encode.ts';
import { rowsShortcut } from './shortcut.ts';
import { parseSource } from './source.ts';

/** Where a value was not what the schema says, and what was expected; never the value itself. */
export interface RejectIssue {
  readonly path: string;
  readonly expected: string;
}

export interface Reject {
  readonly code:
    | 'not-utf8'
    | 'not-json'
    | 'too-deep'
    | 'source-schema'
    | 'row-schema'
    | 'to-row-failed'
    | 'warehouse-refused';
  readonly issues: readonly RejectIssue[];
}

type Row = Readonly<Record<string, unknown>>;
type Encode = ReturnType<typeof rowEncoder>;

/** The rows that a record makes, or the key of the one that it says is gone or called otherwise; as canonical texts. */
export type Mapped =
  | { readonly rows: readonly Texts[]; readonly gone?: Texts; readonly renamed?: Renamed<Texts> }
  | { readonly reject: Reject };

/** Where it stops being JSON: a person with a thousand lines would search for long. */
const notJson = (text: string): Reject => ({
  code: 'not-json',
  issues: [{ path: '', expected: `one JSON value; it stops at ${jsonFault(text)}` }],
});

/** `see` is shown each record, as it was parsed. */
export function recordMapper(stream: Stream, see: (record: unknown) => void): (text: Line) => Mapped {
  const map = rowMapper(stream, see);
  return (text) => {
    const texts = tryTo(() => map(text));
    return 'error' in texts ? { reject: thrownBy(texts.error) } : texts.value;
  };
}

function rowMapper(stream: Stream, see: (record: unknown) => void): (text: Line) => Mapped {
  const types = new Map(columnsOf(stream.row).map(({ name, type }) => [name, valueDomains[type].expected]));
  const encode = rowEncoder(columnsOf(stream.row));
  const keyTexts = keyEncoder(stream, types, encode);
  const shortcut = rowsShortcut(stream.row);
  return (text) => {
    if (typeof text !== 'string') return { reject: { code: 'not-utf8', issues: [] } };
    const record = tryTo(() => parseDecimals(text));
    if ('error' in record) {
      if (record.error instanceof SyntaxError) return { reject: notJson(text) };
      throw record.error;
    }
    see(record.value);
    const source = parseSource(stream.source, record.value);
    if (!source.success) return { reject: { code: 'source-schema', issues: issuesOf(source.error) } };
    const gone = tryTo(() => stream.deletes?.(source.data));
    if ('error' in gone) return { reject: noRow(gone.error) };
    if (gone.value !== undefined) return deletion(keyTexts(gone.value));
    const renamed = tryTo(() => stream.renames?.(source.data));
    if ('error' in renamed) return { reject: noRow(renamed.error) };
    if (renamed.value !== undefined) return renaming(renamed.value, keyTexts);
    const made = tryTo(() => stream.toRow(source.data));
    if ('error' in made) return { reject: noRow(made.error) };
    const candidates: readonly unknown[] = Array.isArray(made.value) ? made.value : [made.value];
    const rows = shortcut?.(candidates);
    return rows === undefined ? checked(candidates, stream.row, types, encode) : { rows };
  };
}

/** What rows are expected to be, by their columns. */
type Types = ReadonlyMap<string, string>;

function checked(candidates: readonly unknown[], schema: Stream['row'], types: Types, encode: Encode): Mapped {
  const rows: Row[] = [];
  for (const candidate of candidates) {
    const row = schema.safeParse(candidate);
    if (!row.success) return { reject: { code: 'row-schema', issues: rowIssues(row.error, types) } };
    rows.push(row.data);
  }
  const all: Texts[] = [];
  for (const row of rows) {
    const texts = encode(row);
    if ('path' in texts) return unfit(texts);
    all.push(texts);
  }
  return { rows: all };
}

/** The texts of a row of which only the key is known, or why they are none. */
type KeyTexts = (key: unknown) => Texts | { readonly reject: Reject };

function keyEncoder(stream: Stream, types: Types, encode: Encode): KeyTexts {
  const schema = keyOf(stream);
  return (key) => {
    const parsed = schema.safeParse(key);
    if (!parsed.success) return { reject: { code: 'row-schema', issues: rowIssues(parsed.error, types) } };
    const texts = encode(parsed.data);
    return 'path' in texts ? unfit(texts) : texts;
  };
}

const deletion = (gone: ReturnType<KeyTexts>): Mapped => ('reject' in gone ? gone : { rows: [], gone });

function renaming({ from, to }: Renamed<unknown>, keyTexts: KeyTexts): Mapped {
  const before = keyTexts(from);
  if ('reject' in before) return before;
  const targets: Texts[] = [];
  for (const key of to) {
    const after = keyTexts(key);
    if ('reject' in after) return after;
    targets.push(after);
  }
  return { rows: [], renamed: { from: before, to: targets } };
}

const unfit = ({ code, ...issue }: Unfit): { readonly reject: Reject } => ({ reject: { code, issues: [issue] } });

/**
 * One record that makes a schema throw must not keep the others back; and nesting that uses up the stack does so anywhere:
 * in the parser, a schema, the texts.
 */
const thrownBy = (error: unknown): Reject =>
  error instanceof RangeError ? { code: 'too-deep', issues: [] } : noRow(error);

/** Where the code throws: what it says may quote the record. */
function noRow(error: unknown): Reject {
  const place = placeOf(error);
  const issues = place === undefined ? [] : [{ path: '', expected: `a row, but ${place} throws` }];
  return { code: 'to-row-failed', issues };
}

/** The part of a row that identifies it. */
function keyOf({ row, key }: Stream): z.ZodType<Row> {
  return z.object(Object.fromEntries(key.map((name) => [name, row.shape[name] as z.ZodType])));
}

const MOST_ISSUES = 10;

const issuesOf = (error: z.core.$ZodError): RejectIssue[] =>
  error.issues
    .flatMap((issue) => deepest(issue))
    .slice(0, MOST_ISSUES)
    .map(({ path, issue }) => ({ path: path.join('.'), expected: expectation(issue) }));

interface PlacedIssue {
  readonly path: readonly PropertyKey[];
  readonly issue: z.core.$ZodIssue;
}

/** An issue with its whole path; of a union, those of the case that comes closest to the value. */
function deepest(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): PlacedIssue[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, issue }];
  const cases = issue.errors.map((issues) => issues.flatMap((inner) => deepest(inner, path)));
  const isElsewhere = cases.every((issues) => issues.some((one) => one.path.length === path.length));
  // None of the cases is of this kind at all: the union itself says what was expected.
  if (isElsewhere) return [{ path, issue }];
  return cases.reduce((best, next) => (distance(next, path.length) < distance(best, path.length) ? next : best));
}

/** How far a case is from the value: of another kind, told apart by a constant, and then by how much does not fit. */
function distance(issues: readonly PlacedIssue[], depth: number): number {
  const isOther = issues.some(({ path }) => path.length === depth);
  const constants = issues.filter(({ issue }) => issue.code === 'invalid_value' && issue.values.length === 1);
  return (isOther ? 1e6 : 0) + constants.length * 1e3 + Math.min(issues.length, 999);
}

/** A row's value is expected to be what its column holds, however the schema says that, unless the schema says more. */
const rowIssues = (error: z.core.$ZodError, types: ReadonlyMap<string, string>): RejectIssue[] =>
  error.issues.slice(0, 10).map((issue) => {
    const path = issue.path.join('.');
    const said = issue.code === 'custom' && issue.params?.['expected'] !== undefined;
    return { path, expected: (said ? undefined : types.get(path)) ?? expectation(issue) };
  });

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
    case 'invalid_union':
      return casesOf(issue);
    case 'custom':
      return String(issue.params?.['expected'] ?? issue.code);
    default:
      return issue.code;
  }
}

/** `string or object`; of a union told apart by one field, that it has another value than any of the cases. */
function casesOf({ errors }: z.core.$ZodIssueInvalidUnion): string {
  const cases = errors.flatMap(([first]) => (first === undefined ? [] : [expectation(first)]));
  return cases.length === 0 ? 'one of the known values' : [...new Set(cases)].join(' or ');
}

function tryTo<T>(action: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: action() };
  } catch (error) {
    return { error };
  }
}
