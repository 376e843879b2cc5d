/** What a vendor allows, as data. */

/** A vendor's published limit, as data. */
export interface RateLimit {
  readonly requests: number;
  readonly perSeconds: number;
  /** The page the number comes from. */
  readonly source: string;
}

/** A limit that the vendor counts itself and tells in headers of every answer. */
export interface Budget {
  /** Header, in lower case, with the requests allowed: a number a window, with commas between them. */
  readonly limit: string;
  /** Header with those used up, in the same order. */
  readonly usage: string;
  /** Lengths in that order, in seconds. A window begins at whole multiples of its length since 1970, UTC. */
  readonly windows: readonly number[];
  /** The page it comes from. */
  readonly source: string;
}

/** So many answers of 429 within so many seconds, and the service answers nobody from that address any more. */
export interface ShutOut {
  readonly answers: number;
  readonly perSeconds: number;
  /** The page it comes from. */
  readonly source: string;
}
