/**
 * Rows of silver read back: their canonical texts, whatever spelling a warehouse prints, and the checksum over those as
 * `warehouse/sql.ts` has every driver make it. So one row has one checksum, in whichever warehouse it lies. Pure.
 */
import { hash } from 'node:crypto';
import { type Column, parseDecimals, type SqlType } from '@tidemill/kit';
import { rowEncoder, type Texts } from './encode.ts';

/** What a printed text says, as the encoder of its type takes it. Throws for what is no value of the type. */
const readers: Record<SqlType, (printed: string) => unknown> = {
  text: (text) => text,
  date: (printed) => printed,
  boolean: (printed) => BOOLEANS[printed.toLowerCase()],
  integer: (printed) => Number(numeral(printed)),
  bigint: (printed) => BigInt(numeral(printed)),
  double: (printed) => Number(numeral(printed)),
  numeric: (printed) => printed,
  timestamptz: (printed) => printed.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'),
  jsonb: parseDecimals,
};

/** The empty text, blanks and `0x1` would be numbers to JavaScript. */
function numeral(printed: string): string {
  if (/^[+-]?\d*\.?\d+(e[+-]?\d+)?$/i.test(printed)) return printed;
  throw new TypeError('not a number');
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, t: true, false: false, f: false };

export interface CanonicalRow {
  readonly texts: Texts;
  /** What stands there is no value of its column's type, which then is another in the warehouse: it is as it was printed. */
  readonly isOfOtherType: boolean;
}

/** The canonical texts of values that a warehouse printed, in the order of the columns. */
export function canonicalRow(columns: readonly Column[]): (printed: Texts) => CanonicalRow {
  const steps = columns.map((column) => canonicalText(column));
  return (printed) => {
    let isOfOtherType = false;
    const texts = steps.map((canonical, index) => {
      const text = printed[index] ?? null;
      if (text === null) return null;
      const value = canonical(text);
      isOfOtherType ||= value === undefined;
      return value ?? text;
    });
    return { texts, isOfOtherType };
  };
}

/** The canonical text of a value, however it is spelt; undefined for what is no value of the column. */
export function canonicalText(column: Column): (spelt: string) => string | undefined {
  const { name, type } = column;
  if (type === 'text') return (spelt) => spelt;
  const encode = rowEncoder([column]);
  return (spelt) => {
    try {
      const texts = encode({ [name]: readers[type](spelt) });
      return 'path' in texts ? undefined : (texts[0] ?? undefined);
    } catch {
      return undefined;
    }
  };
}

/** SHA-256 over canonical texts in the order of the columns: 32 bytes. */
export function rowChecksum(columns: readonly Pick<Column, 'name'>[]): (texts: Texts) => Buffer {
  const order = columns
    .map(({ name }, index) => ({ name, index, label: `${Buffer.byteLength(name)}:${name}` }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  return (texts) => {
    let all = '';
    for (const { index, label } of order) {
      const text = texts[index] ?? null;
      if (text !== null) all += `${label}${Buffer.byteLength(text)}:${text}`;
    }
    return hash('sha256', all, 'buffer');
  };
}
