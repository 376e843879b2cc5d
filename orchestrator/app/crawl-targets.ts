/** What is to be crawled, as people and programs say it: of which job, which of its targets, and with which options. */
import { type CrawlTarget, TidemillError } from '@tidemill/kit';
import { suggestion } from '../config/faults.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { isElsewhere } from '../plan/verdict.ts';
import { streamIn } from './rewind.ts';
import type { Session } from './session.ts';

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
  const all = targets.map(({ key, facts: { competitor } }) => (competitor == null ? key : String(competitor)));
  const hint = suggestion(nearest(name, [...all, ...targets.map(({ key }) => key)]), all);
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

/** The options of a job with others in their place; null takes one away. */
export const replaced = (
  options: Readonly<Record<string, unknown>>,
  others: Readonly<Record<string, unknown>>,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...options, ...others }).filter(([name]) => others[name] !== null));

/**
 * The id of the job that is meant by who names none: the only one that is crawled here, or the only one of those with the
 * `dataset_id` that is asked for. Throws `job-unnamed`.
 */
export async function crawledJob(session: Session, options: Readonly<Record<string, unknown>>): Promise<string> {
  const { config, environment } = session;
  const crawled: Job[] = [];
  for (const job of config.jobs) {
    if (isElsewhere(job, environment.name)) continue;
    const stream = await streamIn(session, job).catch(() => undefined);
    if (stream?.crawl !== undefined) crawled.push(job);
  }
  const { dataset_id: dataset } = options;
  const alike = crawled.filter((job) => dataset === undefined || job.options['dataset_id'] === dataset);
  const [only, ...others] = alike.length === 0 ? crawled : alike;
  if (only !== undefined && others.length === 0) return only.id;
  const names = crawled.map(({ id }) => id).join(', ');
  throw new TidemillError(
    'config',
    'job-unnamed',
    'Which job is to be crawled was not said, and there is not one alone',
    {
      hint: names === '' ? 'No job here is crawled.' : `Name one as \`job\`: ${names}.`,
    },
  );
}

/** Ids of crawls begin with that of their job, or with one that it had before. */
export function jobOfCrawl({ config }: Session, id: string): Job | undefined {
  if (config.jobs.some((job) => job.id === id)) return undefined;
  const names = config.jobs.flatMap((job) => [job.id, ...job.previous_ids].map((name) => ({ name, job })));
  const begun = names.filter(({ name }) => id.startsWith(`${name}.`));
  return begun.sort((a, b) => b.name.length - a.name.length)[0]?.job;
}
