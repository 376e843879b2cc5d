/** Chance that repeats: the same seed gives the same numbers. */
export interface Random {
  /** A whole number, 0 ≤ x < bound. */
  below(bound: number): number;
  /** Different at every call. */
  name(): string;
}

/** Mulberry32, seeded with a number and the name of what it is for. https://github.com/cprosche/mulberry32 */
export function randomOf(seed: number, purpose: string): Random {
  let state = [...purpose].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed | 0);
  let names = 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (bound) => Math.floor(next() * bound),
    name: () => `${purpose.replace(/[^a-z0-9]+/g, '-')}-${names++}`,
  };
}
