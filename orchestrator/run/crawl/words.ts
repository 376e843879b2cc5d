/** What people, and those who hear of events, are told of crawls. Pure. */
import type { AskedGate } from '../../result/gates.ts';
import type { Crawl } from '../../state/crawl.ts';
import type { Announcement } from '../../state/outbox.ts';
import { inEnvironment, instant, plural } from '../../text/format.ts';
import { announcing } from '../announce.ts';
import type { Work } from '../work.ts';

export interface Waiting {
  readonly open: number;
  readonly of: number;
  readonly next_poll_at: string;
}

/** `waiting for 2 of 5 crawls, asked again after 2026-11-30 14:30 UTC`. */
export const waitingText = ({ open, of, next_poll_at }: Waiting): string =>
  `waiting for ${open} of ${plural(of, 'crawl')}, asked again after ${instant(next_poll_at)}`;

/** What the runs of the slot have read: this one, and those that were parked before it. */
export function readSoFar({ order, ledger, telling }: Pick<Work, 'order' | 'ledger' | 'telling'>) {
  const { parked } = ledger.state;
  const { records, rejected } = telling.soFar.totals;
  if (parked?.slot !== order.slot) return { records, rejected };
  return { records: parked.records + records, rejected: parked.rejected + rejected };
}

/** Crawls are not asked for again by themselves: each costs money, and what failed once may fail for good. */
export function askedCrawls({ order, world, ledger, telling }: Work): AskedGate[] {
  const since = telling.startedAt.toISOString();
  const isOf = ({ slot, ended_at: at = '' }: Crawl): boolean => slot === order.slot || at >= since;
  const all = (ledger.state.crawls ?? []).filter(isOf);
  // One that somebody has cancelled is missed by nobody.
  const bad = all.filter(({ status }) => status === 'failed' || status === 'timed_out');
  if (bad.length === 0) return [{ gate: 'crawls' }];
  const again = (target: string): string =>
    `\`npx tidemill crawl trigger ${order.job.id} --target ${target}${inEnvironment(world.environment)}\``;
  return bad.map(({ target, status, reason = '' }) => ({
    gate: 'crawls',
    unmet: `the crawl of ${target} ${endings[status] ?? status}${reason === '' ? '' : `: ${reason}`}; ${again(target)} asks for it again`,
  }));
}

const endings: Partial<Record<Crawl['status'], string>> = {
  failed: 'failed',
  timed_out: 'is given up',
};

const codes = { failed: 'crawl-failed', timed_out: 'crawl-timed-out', cancelled: 'crawl-cancelled' } as const;

/** What is published of a crawl that has come so far. */
export function crawlSaid(work: Pick<Work, 'order' | 'world'>, crawl: Crawl): Announcement[] {
  const { order, world } = work;
  const { job } = order;
  const { status, counts = {}, files = [], reason = '' } = crawl;
  const paths = files.map((key) => `${world.bucket.url}/${key}`);
  const run = {
    ...crawl.facts,
    crawl_id: crawl.id,
    snapshot_id: crawl.ticket ?? null,
    environment: world.environment,
    job: job.id,
    service: job.service,
    data_type: job.data_type,
  };
  switch (status) {
    case 'triggered':
      return announcing(work, 'crawl-triggered', crawl.id, () => run);
    case 'done':
      return announcing(work, 'data-ingestion-completed', crawl.id, () => ({
        ...counts,
        ...run,
        gcs_path: paths[0] ?? null,
        gcs_paths: paths,
        post_count: counts['post_count'] ?? null,
        media_count: counts['media_count'] ?? null,
      }));
    case 'failed':
    case 'timed_out':
    case 'cancelled':
      return announcing(work, 'crawl-failed', crawl.id, () => ({
        ...run,
        error_code: codes[status],
        error_message: reason === '' ? codes[status] : reason,
      }));
    default:
      return [];
  }
}
