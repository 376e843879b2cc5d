/**
 * Values as canonical text: the same value always gives the same text, whatever form the source chose, so that a
 * checksum over the texts tells a change from a change of spelling, and is the same in every warehouse. What is beyond the
 * domain of its column's type (`valueDomains`) has none: here, and nowhere else, is decided what a warehouse is given.
 */
import { type Column, type Decimal, JSON_DEPTH, numericText, type SqlType, valueDomains } from '@tidemill/kit';
import { encodeJson, TOO_DEEP } from './encode-json.ts';
import { plainInstant } from './plain-instant.ts';

/** Undefined for a value that the column does not hold. */
type Encode = (value: unknown) => string | undefined | typeof TOO_DEEP;

export type Texts = readonly (string | null)[];

/** Why a row has no texts: the column, and what it holds; never the value. */
export interface Unfit {
  readonly code: 'row-schema' | 'too-deep';
  readonly path: string;
  readonly expected: string;
}

const encoders: Record<SqlType, Encode> = {
  text: (value) => (typeof value === 'string' && isUnicode(value) ? value : undefined),
  date: (value) => (secondsOf(`${value}T00:00:00Z`) === undefined ? undefined : String(value)),
  boolean: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  integer: (value) => (isInt32(value) ? String(plainZero(value)) : undefined),
  bigint: (value) => (isInt64(value) ? String(plainZero(value)) : undefined),
  double: (value) => (Number.isFinite(value) ? String(plainZero(value)) : undefined),
  numeric: (value) => numericText(value as number | bigint | string | Decimal),
  timestamptz: encodeInstant,
  jsonb: encodeJson,
};

/** A function from a validated row to its texts, in the order of the columns. `null` stays null. */
export function rowEncoder(columns: readonly Column[]): (row: Readonly<Record<string, unknown>>) => Texts | Unfit {
  const steps = columns.map(({ name, type }) => ({ name, type, encode: encoders[type] }));
  return (row) => {
    const texts: (string | null)[] = [];
    for (const { name, type, encode } of steps) {
      const value = row[name];
      const text = value === null || value === undefined ? null : encode(value);
      if (text === undefined) return { code: 'row-schema', path: name, expected: valueDomains[type].expected };
      if (text === TOO_DEEP) return { code: 'too-deep', path: name, expected: `${type} at most ${JSON_DEPTH} deep` };
      texts.push(text);
    }
    return texts;
  };
}

export const isUnicode = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

export const isInt32 = (value: unknown): boolean => typeof value === 'number' && (value | 0) === value;

export const isInt64 = (value: unknown): boolean =>
  typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);

const plainZero = (value: unknown): unknown => (value === 0 ? 0 : value);

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59Z');

/** The instant in UTC to the second, `YYYY-MM-DDThh:mm:ss`; undefined when that is not of the years 1 to 9999. */
function secondsOf(instant: string): string | undefined {
  const milliseconds = Date.parse(instant);
  return milliseconds >= FIRST && milliseconds <= LAST ? new Date(milliseconds).toISOString().slice(0, 19) : undefined;
}

/** UTC with `Z`; fractions of a second without trailing zeros, cut at the microsecond. */
function encodeInstant(value: unknown): string | undefined {
  const plain = typeof value === 'string' ? plainInstant(value) : undefined;
  if (plain !== undefined) return plain;
  const [, whole = '', fraction = '', zone = 'Z'] =
    /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/.exec(String(value)) ?? [];
  const seconds = secondsOf(whole + zone);
  if (seconds === undefined) return undefined;
  const micros = fraction.slice(0, 6).replace(/0+$/, '');
  return micros === '' ? `${seconds}Z` : `${seconds}.${micros}Z`;
}
