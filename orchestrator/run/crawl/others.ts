/** Crawls that a job has asked for while it read something else: nobody can fetch them, and nothing goes on before a person has decided. */
import { TidemillError } from '@tidemill/kit';
import type { Job } from '../../config/job.ts';
import { type Crawl, openCrawls } from '../../state/crawl.ts';
import { inEnvironment, plural } from '../../text/format.ts';
import type { Source } from '../extract/source.ts';
import type { Work } from '../work.ts';

/** What a job reads, as its crawls remember it. */
export const readBy = ({ service, data_type }: Pick<Job, 'service' | 'data_type'>): string => `${service}/${data_type}`;

export const isOfAnother = (job: Job, source: Source, { reads }: Crawl): boolean =>
  source.stream.crawl === undefined || (reads !== undefined && reads !== readBy(job));

/** Throws `crawls-of-another`. */
export function refuseOthers({ order: { job }, world, ledger }: Work, source: Source): void {
  const open = openCrawls(ledger.state).filter((crawl) => isOfAnother(job, source, crawl));
  const [first] = open;
  if (first === undefined) return;
  const what = `${plural(open.length, 'crawl')} open of what it read before (${first.reads ?? 'another data type'})`;
  throw new TidemillError('config', 'crawls-of-another', `${job.id} has ${what}: ${first.id} is the first`, {
    hint: `Let the job read that again until they are fetched, or give each of them up: \`npx tidemill crawl cancel ${first.id}${inEnvironment(world.environment)}\`.`,
  });
}
