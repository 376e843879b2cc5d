/** Chance that can be had again: the same seed gives the same month. */
import { randomOf } from '../kills/random.ts';

export interface Chance {
  /** 0 ≤ x < 1. */
  next(): number;
  between(low: number, high: number): number;
  /** Small numbers as likely as large ones are, by order of magnitude. */
  spread(low: number, high: number): number;
  isLucky(share: number): boolean;
  pick<T>(values: readonly [T, ...T[]]): T;
}

const STEPS = 2 ** 32;

export function chanceOf(seed: number, purpose: string): Chance {
  const random = randomOf(seed, purpose);
  const next = (): number => random.below(STEPS) / STEPS;
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    spread: (low, high) => low * (high / low) ** next(),
    isLucky: (share) => next() < share,
    pick: (values) => values[random.below(values.length)] ?? values[0],
  };
}
