/** How a canonical text is staged: as the value that it stands for, where that is made here as quickly as DuckDB would. */
import { BIGINT, BOOLEAN, DATE, DOUBLE, type DuckDBType, INTEGER, TIMESTAMPTZ, VARCHAR } from '@duckdb/node-api';
import type { SqlType } from '@tidemill/kit';
import { type Cells, Int64Cells, NumberCells, ROWS, TextCells } from './vectors.ts';

export interface StagedType {
  readonly type: DuckDBType;
  /** They throw for a text that is none of the type. */
  readonly cells: () => Cells<string>;
}

const TEXT: StagedType = { type: VARCHAR, cells: () => new TextCells() };

/** Decimals and documents stay texts. */
export const stagedTypes: Readonly<Record<SqlType, StagedType>> = {
  text: TEXT,
  jsonb: TEXT,
  numeric: TEXT,
  double: { type: DOUBLE, cells: () => new NumberCells(new Float64Array(ROWS), numberOf) },
  integer: { type: INTEGER, cells: () => new NumberCells(new Int32Array(ROWS), int32Of) },
  bigint: { type: BIGINT, cells: () => new Int64Cells(int64Of) },
  boolean: { type: BOOLEAN, cells: () => new NumberCells(new Uint8Array(ROWS), bitOf) },
  date: { type: DATE, cells: () => new NumberCells(new Int32Array(ROWS), dayOf) },
  timestamptz: { type: TIMESTAMPTZ, cells: () => new Int64Cells(microsecondOf) },
};

/** As DuckDB says it, but for the text: whoever explains its errors understands that. */
const refused = (): Error => new Error('Conversion Error: a text is no value of its column');

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isNaN(number) || text === '') throw refused();
  return number;
}

const whole32 = (number: number): number => {
  if ((number | 0) !== number) throw refused();
  return number;
};

const int32Of = (text: string): number => whole32(numberOf(text));

function int64Of(text: string): number | bigint {
  const number = numberOf(text);
  if (Number.isSafeInteger(number)) return number;
  const whole = /^-?\d{16,19}$/.test(text) ? BigInt(text) : undefined;
  if (whole === undefined || BigInt.asIntN(64, whole) !== whole) throw refused();
  return whole;
}

function bitOf(text: string): number {
  if (text !== 'true' && text !== 'false') throw refused();
  return text === 'true' ? 1 : 0;
}

const DAY_MS = 86_400_000;

/** Since 1970. */
const dayOf = (text: string): number => whole32(Date.parse(text) / DAY_MS);

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/;

/** Since 1970. Any second is a whole number of them to a double; a part of a second may be too much for it. */
function microsecondOf(text: string): number | bigint {
  const [second, micros] = PLAIN_INSTANT.test(text) ? plainInstant(text) : anyInstant(text);
  return micros === 0 || Number.isSafeInteger(second + micros) ? second + micros : BigInt(second) + BigInt(micros);
}

/** Its second, and what is behind that, in microseconds. */
type Micros = readonly [second: number, micros: number];

function anyInstant(text: string): Micros {
  const [, whole = '', fraction = '', zone = ''] = INSTANT.exec(text) ?? [];
  const second = Date.parse(whole + zone) * 1000;
  if (Number.isNaN(second)) throw refused();
  return [second, Number(fraction.padEnd(6, '0'))];
}

/** In UTC, of a day that every month has, and of a year that `Date.UTC` takes for itself. */
const PLAIN_INSTANT =
  /^(?!00)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/;

/** The same, in a third of the time. */
function plainInstant(text: string): Micros {
  const day = [digits(text, 0, 4), digits(text, 5, 7) - 1, digits(text, 8, 10)] as const;
  const second = Date.UTC(...day, digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)) * 1000;
  const end = text.length - 1;
  return [second, end > 20 ? digits(text, 20, end) * 10 ** (26 - end) : 0];
}

const ZERO = '0'.charCodeAt(0);

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) number = number * 10 + text.charCodeAt(at) - ZERO;
  return number;
}
