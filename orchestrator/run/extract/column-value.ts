/**
 * The forms in which a command's record may hold a column's value. What is in one of them becomes the form that the
 * silver column checks; what is in none is rejected with what was expected. Pure.
 */
import { Decimal, type SqlType } from '@tidemill/kit';
import { instantOfWall } from '@tidemill/kit/wall-time';
import type { JobColumn } from '../../config/job.ts';

/** How a column's texts and numbers are to be understood, where they do not say it themselves. */
type Reading = Pick<JobColumn, 'type' | 'zone' | 'epoch'>;
type Epoch = NonNullable<JobColumn['epoch']>;

/** A value that its column cannot hold; the record is rejected with what was expected. */
export class Unreadable {
  readonly expected: string;
  constructor(expected: string) {
    this.expected = expected;
  }
}

/** The value as its column takes it, or why it does not. What is no other form is handed on as it is. */
export function readValue(value: unknown, reading: Reading): unknown {
  if (value === null || value === undefined) return value;
  switch (reading.type) {
    case 'timestamptz':
      return readInstant(value, reading);
    case 'integer':
    case 'bigint':
      return readWhole(value, reading.type);
    case 'double':
      return typeof value === 'string' ? readDouble(value) : isNumber(value) ? value : new Unreadable(A_DOUBLE);
    case 'boolean':
      return readBoolean(value);
    case 'text':
      return typeof value === 'string' ? value : new Unreadable('text, in quotes');
    case 'date':
      return typeof value === 'string' && DAY.test(value) ? value : new Unreadable('date, as 2026-01-31');
    case 'numeric':
      return isNumber(value) || (typeof value === 'string' && DIGITS.test(value)) ? value : new Unreadable(A_NUMERIC);
    case 'jsonb':
      return value;
    default:
      return reading.type satisfies never;
  }
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DIGITS = /^[\d.+-]+$/;
const A_NUMERIC = 'numeric(38,9), a number or its text without an exponent';
const A_DOUBLE = 'double, a number or its text';

const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal;

function readBoolean(value: unknown): unknown {
  if (typeof value === 'boolean') return value;
  return value === 'true' || value === 'false'
    ? value === 'true'
    : new Unreadable('boolean, true or false or its text');
}

/** `-5`, `+5`, `007`; no point, no exponent, no blanks. */
function readWhole(value: unknown, type: SqlType): unknown {
  const text = typeof value === 'string' ? value : undefined;
  if (text === undefined && isNumber(value) && (typeof value !== 'number' || Number.isInteger(value))) return value;
  if (text === undefined || !/^[+-]?\d{1,40}$/.test(text)) return new Unreadable(`${type}, a whole number or its text`);
  const exact = BigInt(text.replace(/^\+/, ''));
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function readDouble(text: string): unknown {
  if (/^[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?$/.test(text)) return Number(text);
  return new Unreadable(A_DOUBLE);
}

/** RFC 3339, with a blank for the `T`, without seconds, and the offset also as `+0100` or `+01`. */
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,30}))?)? ?(?:([Zz])|([+-]\d{2})(?::?(\d{2}))?)?$/;

function readInstant(value: unknown, { zone, epoch }: Reading): unknown {
  if (typeof value !== 'string') return readEpoch(value, epoch);
  const [found, day, time, seconds = '00', fraction, utc, hours, minutes = '00'] = INSTANT.exec(value) ?? [];
  if (found === undefined) {
    const isCount = epoch !== undefined && /^-?\d{1,20}(\.\d{1,20})?$/.test(value);
    return isCount ? readEpoch(new Decimal(value), epoch) : new Unreadable(AN_INSTANT);
  }
  const written = `${day}T${time}:${seconds}`;
  const rest = fraction === undefined ? '' : `.${fraction}`;
  if (utc !== undefined) return `${written}${rest}Z`;
  if (hours !== undefined) return `${written}${rest}${hours}:${minutes}`;
  if (zone === undefined) return new Unreadable(`${AN_INSTANT}; for times without one, declare the column's zone`);
  const wall = Date.parse(`${written}Z`);
  // A day that no calendar has: the column says so.
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(`${day}T${time}`)) return `${written}${rest}Z`;
  const instant = new Date(instantOfWall(wall, zone)).toISOString().slice(0, -'.000Z'.length);
  return `${instant}${rest}Z`;
}

const AN_INSTANT = 'timestamptz, as 2026-01-31T06:00:00Z or with an offset';

const DIGITS_OF: Readonly<Record<Epoch, number>> = { seconds: 0, milliseconds: 3, microseconds: 6 };

/** Instants that a text of four digits for the year can say, in milliseconds: 0001 to 9999. */
const FIRST_MS = -62_135_596_800_000n;
const LAST_MS = 253_402_300_799_999n;

/** Exact: the digits of the number are moved, never calculated with. What is finer than a microsecond is cut. */
function readEpoch(value: unknown, epoch: Epoch | undefined): unknown {
  if (!isNumber(value)) return new Unreadable(AN_INSTANT);
  if (epoch === undefined) {
    return new Unreadable(`${AN_INSTANT}; for numbers, declare the column's epoch: seconds or milliseconds`);
  }
  const [found, sign = '', whole = '', fraction = ''] = /^(-?)(\d{1,20})(?:\.(\d+))?$/.exec(String(value)) ?? [];
  if (found === undefined) return new Unreadable(`timestamptz, ${epoch} since 1970`);
  const shift = 6 - DIGITS_OF[epoch];
  const size = BigInt(whole + fraction.slice(0, shift).padEnd(shift, '0'));
  const micros = sign === '-' ? -size : size;
  const inSecond = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const ms = (micros - inSecond) / 1000n;
  if (ms < FIRST_MS || ms > LAST_MS) return new Unreadable(`timestamptz, ${epoch} since 1970, of the years 1 to 9999`);
  return `${new Date(Number(ms)).toISOString().slice(0, 19)}.${String(inSecond).padStart(6, '0')}Z`;
}
