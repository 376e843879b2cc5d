/** Canonical texts, and what DuckDB prints, as the numbers that Iceberg keeps. Undefined for a text that is no such value. */

const DAY = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00(?::?00)?)?$/;
const DAY_MILLISECONDS = 86_400_000;

/** Since 1970-01-01; below zero before. */
export const days = (text: string): number | undefined =>
  DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) / DAY_MILLISECONDS : undefined;

/** Microseconds since 1970-01-01 in UTC: those of the year 1 are beyond 2^53. */
export function micros(text: string): bigint | undefined {
  const [, day, time, fraction = ''] = INSTANT.exec(text) ?? [];
  if (day === undefined) return undefined;
  return BigInt(Date.parse(`${day}T${time}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0'));
}

/** The decimal without its point, of so many digits after it. */
export function unscaled(text: string, scale: number): bigint | undefined {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole + fraction === '' || fraction.length > scale) return undefined;
  return BigInt(`${sign}${whole}${fraction.padEnd(scale, '0')}`);
}

/** As DuckDB prints doubles: `inf`, `nan`, `1e-07`. */
export function double(text: string): number | undefined {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? undefined : value;
}

export const integer = (text: string): bigint | undefined => (/^-?\d+$/.test(text) ? BigInt(text) : undefined);
