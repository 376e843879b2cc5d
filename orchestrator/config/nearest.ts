import { distance } from 'fastest-levenshtein';

/** Beyond this share of changed letters two names have nothing to do with each other. */
const MAX_CHANGED = 0.4;

/** The candidate most like `name`, case aside, for "did you mean"; undefined when none is alike. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const longest = Math.max(candidate.length, wanted.length);
    const allowed = Math.min(Math.ceil(longest * MAX_CHANGED), fewest - 1);
    // The cheap bound first: there may be ten thousand candidates.
    if (Math.abs(candidate.length - wanted.length) > allowed) continue;
    const changed = distance(wanted, candidate.toLowerCase());
    if (changed > allowed) continue;
    best = candidate;
    fewest = changed;
  }
  return best;
}
