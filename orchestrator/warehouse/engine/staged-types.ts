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
  const [, whole = '', fraction = '', zone = ''] = INSTANT.exec(text) ?? [];
  const second = Date.parse(whole + zone) * 1000;
  if (Number.isNaN(second)) throw refused();
  const micros = Number(fraction.padEnd(6, '0'));
  return micros === 0 || Number.isSafeInteger(second + micros) ? second + micros : BigInt(second) + BigInt(micros);
}
