/** Targets of a job, as people name them. Pure. */
import { type CrawlTarget, TidemillError } from '@tidemill/kit';
import { suggestion } from '../config/faults.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';

/**
 * Targets as people name them: by a key, its beginning, or what a target says of itself (its competitor). Other options make other keys,
 * so they are looked for among those of the configuration. Throws `unknown-target`.
 */
export function chosen(
  job: Job,
  configured: readonly CrawlTarget[],
  asked: readonly CrawlTarget[],
  names: readonly string[] = [],
) {
  if (names.length === 0) return asked;
  const known = configured.length === asked.length ? configured : asked;
  const found = names.flatMap((name) => placesOf(job, known, name));
  return [...new Set(found)].flatMap((place) => asked[place] ?? []);
}

function placesOf(job: Job, targets: readonly CrawlTarget[], name: string): number[] {
  const by = (fits: (target: CrawlTarget) => boolean): number[] =>
    targets.flatMap((target, place) => (fits(target) ? [place] : []));
  // Each costs money: of two things that targets say of themselves, a platform and a competitor, that of the fewest is meant.
  const facts = [...new Set(targets.flatMap(({ facts }) => Object.keys(facts)))];
  const said = facts
    .map((fact) => by(({ facts: { [fact]: value } }) => value != null && isSame(String(value), name)))
    .filter((places) => places.length > 0)
    .sort((a, b) => a.length - b.length);
  const begun = name === '' ? [] : by(({ key }) => key.startsWith(name));
  const alike = by(({ key }) => HASH.test(name) && key.replace(HASH, '') === name.replace(HASH, ''));
  const found = [by(({ key }) => key === name), said[0] ?? [], begun, alike].find((places) => places.length > 0);
  if (found !== undefined) return found;
  const all = targets.map(({ key }) => key);
  const hint = suggestion(nearest(name, all), all);
  throw new TidemillError(
    'config',
    'unknown-target',
    `${job.id} has no target "${name}"`,
    hint === undefined ? {} : { hint },
  );
}

/** What `crawlKey` ends with: other options make another one. */
const HASH = /-[0-9a-f]{12}$/;

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
