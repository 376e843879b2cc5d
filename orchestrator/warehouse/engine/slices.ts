/** Portions that a step takes at once, so that the memory it needs does not grow with the package. */

/** How much a step joins at once: staged keys alone, and staged rows with their checksums. */
export interface Slices {
  readonly keys: number;
  readonly rows: number;
}

/** One of `of` parts of all keys, by hash. */
export interface KeyPart {
  readonly part: number;
  readonly of: number;
}

/** Staged rows from position `first` to `last`, both included. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

export function keyParts(rows: number, atOnce: number): KeyPart[] {
  const of = Math.max(1, Math.ceil(rows / atOnce));
  return Array.from({ length: of }, (_, part) => ({ part, of }));
}

export function rowRanges(rows: number, atOnce: number): RowRange[] {
  return Array.from({ length: Math.ceil(rows / atOnce) }, (_, index) => ({
    first: index * atOnce,
    last: (index + 1) * atOnce - 1,
  }));
}

/** A condition; keys as SQL. */
export const inPart = ({ part, of }: KeyPart, keys: readonly string[]): string =>
  of === 1 ? 'true' : `hash(${keys.join(', ')}) % ${of} = ${part}`;

/** A condition on staged rows, or on what has their places. */
export const inRange = ({ first, last }: RowRange, place = 'rowid'): string => `${place} BETWEEN ${first} AND ${last}`;
