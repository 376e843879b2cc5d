import { z } from 'zod';

/** Whole numbers of 64 bits, as `parseExact` reads them, too: a number where that is exact, else a bigint. So `===` compares. */
export const Long = z.union([z.int(), z.bigint()]);
export type Long = z.infer<typeof Long>;

/** In that form. */
export const long = (value: bigint): Long =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
