/**
 * Numbers as their source wrote them. Most are what a double is written as again (`1.0` and `1e0` are 1), and stay numbers; an
 * integer beyond 2^53 is a bigint; any other number that a double would change is a `Decimal`.
 */

/** The value is ±0.digits × 10^point; digits have no zero at either end, and of zero there are none. */
interface Parts {
  readonly sign: '' | '-';
  readonly digits: string;
  readonly point: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Undefined for what is no number in JSON, and for one whose exponent is itself beyond 2^53. */
function partsOf(text: string): Parts | undefined {
  const [found, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (found === undefined) return undefined;
  const written = whole + fraction;
  let [start, end] = [0, written.length];
  while (written[start] === '0') start += 1;
  while (end > start && written[end - 1] === '0') end -= 1;
  if (start === end) return ZERO;
  const point = whole.length - start + Number(exponent);
  return Number.isSafeInteger(point)
    ? { sign: sign as Parts['sign'], digits: written.slice(start, end), point }
    : undefined;
}

const ZERO: Parts = { sign: '', digits: '', point: 0 };

/** Without an exponent. */
function plainText({ sign, digits, point }: Parts): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The range in which numbers are written without an exponent: below 1e-6, and beyond all doubles, nobody would read them. */
const PLAIN = { least: -5, most: 309 };

/** The same text for the same value, however its source writes it. */
function canonicalText(parts: Parts): string {
  const { sign, digits, point } = parts;
  if (point >= PLAIN.least && point <= PLAIN.most) return plainText(parts);
  const fraction = digits.slice(1);
  return `${sign}${digits[0]}${fraction === '' ? '' : `.${fraction}`}e${point - 1}`;
}

/** One for all copies of this module: a connector from elsewhere may bring a kit of its own. */
const BRAND = Symbol.for('tidemill.decimal');

/** A number that a double would change. */
export class Decimal {
  /** JSON. */
  readonly #text: string;

  /** `text` is a number in JSON. */
  constructor(text: string) {
    const parts = partsOf(text);
    this.#text = parts === undefined ? text : canonicalText(parts);
  }

  /** The nearest double, which may be infinite. */
  toNumber(): number {
    return Number(this.#text);
  }

  /** Canonical: the same for the same value. */
  toString(): string {
    return this.#text;
  }

  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.#text);
  }

  get [BRAND](): true {
    return true;
  }

  /** Also of another copy of this class. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** How many digits a number may have before and after the point, without superfluous zeros. */
export interface Digits {
  readonly whole: number;
  readonly fraction: number;
}

const fits = ({ digits, point }: Parts, { whole, fraction }: Digits): boolean =>
  point <= whole && digits.length - point <= fraction;

/** Whether it is a number, and has no more digits than that. */
export function hasAtMost(digits: Digits, number: number | bigint | Decimal): boolean {
  const parts = partsOf(String(number));
  return parts !== undefined && fits(parts, digits);
}

/** Of a `numeric` column. */
const NUMERIC: Digits = { whole: 29, fraction: 9 };

/**
 * The number as `numeric(38,9)` in its canonical text: no exponent, no superfluous zeros. Undefined when it is more than
 * that; nothing is ever rounded.
 */
export function numericText(value: number | bigint | string | Decimal): string | undefined {
  const parts = partsOf(String(value));
  return parts !== undefined && fits(parts, NUMERIC) ? plainText(parts) : undefined;
}

/** A number that may be more than a double holds: of 16 digits, or with an exponent that may be out of its range. */
const MAYBE_MORE = String.raw`-?(?:\d{16}|\d[\d.]{16}|\d[\d.]*[eE][+-]?\d{3})[\d.]*(?:[eE][+-]?\d+)?`;
/** Each with the sign before it: to look behind for that would take twice the time. */
const ALL_OF_THEM = new RegExp(String.raw`[:,[\s]${MAYBE_MORE}`, 'g');
const BEGINS_WITH_ONE = new RegExp(`^${MAYBE_MORE}`);
const INTEGER = /^-?\d+$/;

interface ReviverContext {
  readonly source?: string;
}

/**
 * Parses JSON; every number keeps its value. Throws a SyntaxError on anything that is not JSON. To look at the numbers alone is
 * cheaper than a reviver, which is called for every value there is.
 */
export function parseDecimals(text: string): unknown {
  const hasMore = text.match(ALL_OF_THEM)?.some((found) => isMore(found.slice(1))) ?? false;
  if (!hasMore && !BEGINS_WITH_ONE.test(text)) return JSON.parse(text);
  // The third argument is ES2025's source text access: https://github.com/tc39/proposal-json-parse-with-source
  const reviver = (_key: string, value: unknown, { source = '' }: ReviverContext): unknown =>
    typeof value === 'number' && isMore(source) ? exactly(source) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

const exactly = (source: string): bigint | Decimal => (INTEGER.test(source) ? BigInt(source) : new Decimal(source));

/** Whether the number is another one as a double, or an integer that is not safe. */
function isMore(source: string): boolean {
  const value = Number(source);
  // Mostly a program wrote it that writes doubles as we do.
  if (String(value) === source) return !Number.isSafeInteger(value) && INTEGER.test(source);
  if (INTEGER.test(source)) return !Number.isSafeInteger(value);
  const [written, held] = [partsOf(source), partsOf(String(value))];
  return written === undefined || written.digits !== held?.digits || written.point !== held.point;
}
