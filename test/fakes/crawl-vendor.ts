/** A service that crawls pages for money: what it was asked for, and what that has come to, by the clock of a test. */
import type { Clock } from '@tidemill/kit/retry';
import type { Reply, SeenRequest } from './http-server.ts';

interface Job {
  readonly ticket: string;
  readonly wanted: string;
  readonly at: number;
  cancelled?: true;
}

export interface CrawlVendor {
  /** Each costs money. */
  readonly begun: readonly Job[];
  readonly downloads: readonly string[];
  answer(request: SeenRequest): Reply | undefined;
  /** What every request is answered instead. */
  refuseAll: (() => Reply) | undefined;
  /** How long a crawl of the page takes, in minutes; 10 if not said. `never`: it stays as it is. `fails`: then it fails. */
  readonly minutes: Map<string, number | 'never' | 'fails'>;
  /** Instead of an answer to the next request of this kind, which is done all the same: `lost`. Or one that refuses it. */
  readonly mishaps: Map<'trigger' | 'poll' | 'data' | 'list', Reply | 'lost'>;
}

const MINUTE_MS = 60_000;

export function crawlVendor(clock: Pick<Clock, 'now'>): CrawlVendor {
  const begun: Job[] = [];
  const downloads: string[] = [];
  const minutes: CrawlVendor['minutes'] = new Map();
  const mishaps: CrawlVendor['mishaps'] = new Map();
  const statusOf = ({ wanted, at, cancelled }: Job): { status: string; why?: string } => {
    const takes = minutes.get(wanted) ?? 10;
    if (cancelled) return { status: 'failed', why: 'cancelled' };
    if (takes === 'fails') return { status: 'failed', why: 'the page is not there' };
    const isReady = takes !== 'never' && clock.now().getTime() >= at + takes * MINUTE_MS;
    return { status: isReady ? 'ready' : 'building' };
  };
  const mishap = (kind: 'trigger' | 'poll' | 'data' | 'list', reply: () => Reply): Reply => {
    const found = mishaps.get(kind);
    mishaps.delete(kind);
    if (found === undefined) return reply();
    if (found !== 'lost') return found;
    reply();
    return { fault: 'reset' };
  };
  const trigger = (body: string): Reply => {
    const ticket = `t${begun.length + 1}`;
    begun.push({ ticket, wanted: (JSON.parse(body) as { page: string }).page, at: clock.now().getTime() });
    return { json: { ticket } };
  };
  const data = (job: Job): Reply => {
    if (statusOf(job).status !== 'ready') return { status: 409, json: { error: 'not ready' } };
    downloads.push(job.ticket);
    const id = begun.indexOf(job) * 2;
    return { json: [id, id + 1].map((each) => ({ id: each, page: job.wanted })) };
  };
  return {
    ...{ begun, downloads, minutes, mishaps, refuseAll: undefined },
    answer({ method, path, body }) {
      if (this.refuseAll !== undefined) return this.refuseAll();
      if (method === 'POST' && path === '/trigger') return mishap('trigger', () => trigger(body));
      const list = (): Reply => ({
        json: begun.map(({ ticket, at, wanted }) => ({ ticket, wanted, at: new Date(at).toISOString() })),
      });
      if (path === '/crawls') return mishap('list', list);
      const [, , ticket, what] = path.split('/');
      const job = begun.find((one) => one.ticket === ticket);
      if (job === undefined) return { status: 404, json: { error: 'no such crawl' } };
      if (what === undefined) return mishap('poll', () => ({ json: statusOf(job) }));
      if (what === 'data') return mishap('data', () => data(job));
      job.cancelled = true;
      return { json: {} };
    },
  };
}
