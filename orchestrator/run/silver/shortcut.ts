/**
 * The canonical texts of a row, value by value: most values are plainly of a column of the kit's own, and then neither its schema nor
 * the encoder need be asked. A shortcut only ever says what both would come to, and where it does not know it says nothing; so no
 * value is taken here that they would not, and none is rejected here at all. Pure.
 */
import { columnsOf, Decimal, type PlainColumn, plainColumnOf, type RowSchema, type SqlType } from '@tidemill/kit';
import { z } from 'zod';
import { isInt32, isInt64, isUnicode, rowEncoder, type Texts } from './encode.ts';
import { encodeJson } from './encode-json.ts';
import { plainInstant } from './plain-instant.ts';

/** Undefined where the value must be looked at closely. */
type Shortcut = (value: unknown) => string | undefined;

const shortcuts: Readonly<Record<SqlType, Shortcut>> = {
  text: (value) => (typeof value === 'string' && isUnicode(value) ? value : undefined),
  date: (value) => (typeof value === 'string' && PLAIN_DAY.test(value) ? value : undefined),
  boolean: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  integer: (value) => (isInt32(value) ? String(value) : undefined),
  bigint: (value) => (isInt64(value) ? String(value) : undefined),
  double: (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined),
  numeric: plainNumeric,
  timestamptz: (value) => (typeof value === 'string' ? plainInstant(value) : undefined),
  jsonb: plainJson,
};

/** Days that every month of every year has. */
const PLAIN_DAY = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;

/** Digits that a `numeric` column holds. */
const PLAIN_NUMERIC = /^-?(?:0|[1-9]\d{0,28})(?:\.\d{1,9})?$/;
const ZERO = '0'.charCodeAt(0);

function plainNumeric(value: unknown): string | undefined {
  const text = typeof value === 'number' || value instanceof Decimal ? String(value) : value;
  if (typeof text !== 'string' || !PLAIN_NUMERIC.test(text)) return undefined;
  if (!text.includes('.')) return text === '-0' ? '0' : text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) end -= 1;
  if (text[end - 1] !== '.') return text.slice(0, end);
  const whole = text.slice(0, end - 1);
  return whole === '-0' ? '0' : whole;
}

function plainJson(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = encodeJson(value);
  return typeof text === 'string' ? text : undefined;
}

const oneOf =
  (values: ReadonlySet<string>): Shortcut =>
  (value) =>
    values.has(value as string) && isUnicode(value as string) ? (value as string) : undefined;

/**
 * The texts of candidates for rows, in the order of their columns; undefined where one of them does not fit, or only the schema of the
 * whole row can say. That is so of every row where it has rules beside its columns: then there is no function.
 */
export function rowsShortcut(
  row: RowSchema,
): ((candidates: readonly unknown[]) => readonly Texts[] | undefined) | undefined {
  const { catchall, checks = [] } = row.def;
  if (catchall !== undefined || checks.length > 0) return undefined;
  const steps = stepsOf(row);
  return (candidates) => {
    const rows: Texts[] = [];
    for (const candidate of candidates) {
      const texts = textsOf(candidate, steps);
      if (texts === undefined) return undefined;
      rows.push(texts);
    }
    return rows;
  };
}

function textsOf(candidate: unknown, steps: readonly Step[]): Texts | undefined {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) return undefined;
  const texts: (string | null)[] = [];
  for (const { name, nullable, shortcut, closely } of steps) {
    const value = (candidate as Readonly<Record<string, unknown>>)[name];
    // Whether a member may be missing the row's schema says.
    if (value === undefined) return undefined;
    const text = value === null && nullable ? null : (shortcut?.(value) ?? closely(value));
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

interface Step {
  readonly name: string;
  /** NULL needs no look. */
  readonly nullable: boolean;
  readonly shortcut: Shortcut | undefined;
  /** What the column's schema makes of it, and the encoder of that. */
  readonly closely: (value: unknown) => string | null | undefined;
}

function stepsOf(row: RowSchema): Step[] {
  return columnsOf(row).map((column) => {
    const { name } = column;
    const field = row.shape[name] as z.ZodType;
    const nullable = field instanceof z.ZodNullable;
    const plain = plainColumnOf(nullable ? (field.unwrap() as z.ZodType) : field);
    const encode = rowEncoder([column]);
    const closely: Step['closely'] = (value) => {
      const { success, data } = field.safeParse(value);
      const texts = success ? encode({ [name]: data }) : undefined;
      return texts === undefined || 'path' in texts ? undefined : texts[0];
    };
    return { name, nullable, shortcut: plain && shortcutOf(plain), closely };
  });
}

const shortcutOf = ({ type, values }: PlainColumn): Shortcut =>
  values === undefined ? shortcuts[type] : oneOf(values);
