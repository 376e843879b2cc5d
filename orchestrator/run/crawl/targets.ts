/** What a connector says that a job asks for. Pure. */
import { type CrawlTarget, TidemillError } from '@tidemill/kit';
import type { Job } from '../../config/job.ts';

const KEY = /^[A-Za-z0-9._-]{1,80}$/;

/** More are several jobs. */
const MOST_TARGETS = 1000;

/** The same. Throws `crawl-targets` for more than there may be, and for two of one name: each would be paid. */
export function checked(targets: readonly CrawlTarget[]): readonly CrawlTarget[] {
  const keys = new Set(targets.map(({ key }) => key));
  if (targets.length === 0 || targets.length > MOST_TARGETS)
    throw new TidemillError(
      'config',
      'crawl-targets',
      `The options ask for ${targets.length} crawls: expected 1 to ${MOST_TARGETS}`,
    );
  if (keys.size === targets.length && targets.every(({ key }) => KEY.test(key))) return targets;
  throw new TidemillError(
    'config',
    'crawl-targets',
    'The options ask for the same crawl twice, or the connector names none',
    {
      hint: 'Take the one that is there twice out of the options of the job.',
    },
  );
}

/** What a backfill of a job of crawls comes to: a source is asked for a span by options, and each crawl costs money. */
export const noBackfill = ({ id }: Pick<Job, 'id'>): TidemillError =>
  new TidemillError('config', 'crawl-backfill', `${id} is crawled: there is no backfill of it`, {
    hint: `\`npx tidemill crawl trigger ${id}\` asks for a span by its options.`,
  });
