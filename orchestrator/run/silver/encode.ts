/**
 * Values as canonical text: the same value always gives the same text, whatever form the source chose, so that a
 * checksum over the texts tells a change from a change of spelling, and is the same in every warehouse.
 */
import { type Column, Decimal, numericText, type SqlType, stringifyExact } from '@tidemill/kit';

type Encode = (value: unknown) => string;

const encoders: Record<SqlType, Encode> = {
  text: String,
  date: String,
  boolean: String,
  integer: (value) => String(plainZero(value)),
  bigint: (value) => String(plainZero(value)),
  double: (value) => String(plainZero(value)),
  numeric: (value) => numericText(value as number | bigint | string | Decimal) as string,
  timestamptz: encodeInstant,
  jsonb: (value) => stringifyExact(sortedKeys(value)),
};

/** A function from a validated row to its texts, in the order of the columns. `null` stays null. */
export function rowEncoder(columns: readonly Column[]): (row: Readonly<Record<string, unknown>>) => (string | null)[] {
  const steps = columns.map(({ name, type }) => ({ name, encode: encoders[type] }));
  return (row) =>
    steps.map(({ name, encode }) => {
      const value = row[name];
      return value === null || value === undefined ? null : encode(value);
    });
}

/** UTC with `Z`; fractions of a second without trailing zeros, cut at the microsecond. */
function encodeInstant(value: unknown): string {
  const [, whole = '', fraction = '', zone = 'Z'] =
    /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/.exec(String(value)) ?? [];
  const seconds = new Date(whole + zone).toISOString().slice(0, 19);
  const micros = fraction.slice(0, 6).replace(/0+$/, '');
  return micros === '' ? `${seconds}Z` : `${seconds}.${micros}Z`;
}

const plainZero = (value: unknown): unknown => (value === 0 ? 0 : value);

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== 'object' || value instanceof Decimal) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedKeys(inner)]));
}
