/** Whole numbers of 64 bits, as they are here and as `parseExact` reads them: a number where that is exact, else a bigint. */
export type Long = number | bigint;

/** One form for one value, so that `===` compares. */
export const long = (value: bigint): Long =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
