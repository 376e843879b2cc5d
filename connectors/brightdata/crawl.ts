/** How a crawl is triggered, asked after and ended: https://docs.brightdata.com/api-reference/scrapers */
import {
  type Crawl,
  type CrawlContext,
  type CrawlProgress,
  type CrawlTarget,
  TidemillError,
  type TriggeredCrawl,
} from '@tidemill/kit';
import { Progress, Triggered } from './answers.ts';
import { NOT_RUNNING, UNKNOWN } from './classify.ts';
import { download } from './download.ts';
import { find } from './find.ts';
import type { CrawlOptions } from './options.ts';
import { type Asked, targetsOf } from './targets.ts';

type Context = CrawlContext<CrawlOptions>;

const API = 'datasets/v3';

async function trigger({ http }: Context, target: CrawlTarget): Promise<string> {
  const { dataset_id, discover_by, limit_per_input, input } = target.input as unknown as Asked;
  const discovering = discover_by === undefined ? {} : { type: 'discover_new', discover_by };
  const query = { dataset_id, ...discovering, limit_per_input, include_errors: true, format: 'json' };
  const asked = { method: 'POST', retry: 'never', query, json: [input] } as const;
  return (await http.json(`${API}/trigger`, Triggered, asked)).value.snapshot_id;
}

/** After a trigger, some time may go by until every machine of Bright Data knows the crawl. */
const KNOWN_AFTER_MS = 10 * 60_000;

const CANCELED = /^cancell?ed$/;

async function poll({ http, now }: Context, { ticket, triggeredAt }: TriggeredCrawl): Promise<CrawlProgress> {
  try {
    const { status, error_message } = (await http.json(`${API}/progress/${ticket}`, Progress)).value;
    const says = { says: status };
    if (status === 'ready') return { status: 'ready', ...says };
    // Nothing was found where it looked: that is a result, and its download says so.
    if (status === 'failed' && /snapshot is empty/i.test(error_message ?? '')) return { status: 'ready', ...says };
    if (status === 'failed') return { status: 'failed', reason: `Bright Data says: ${error_message ?? 'failed'}` };
    if (CANCELED.test(status)) return { status: 'failed', reason: 'It was cancelled at Bright Data' };
    return { status: 'running', ...says };
  } catch (error) {
    if (!(error instanceof TidemillError) || error.code !== UNKNOWN) throw error;
    if (now.getTime() - triggeredAt.getTime() < KNOWN_AFTER_MS) return { status: 'running', says: 'not known yet' };
    return { status: 'failed', reason: 'Bright Data does not know the crawl any more' };
  }
}

/** What has ended already, or is gone, is refused with 400 or 404. */
async function cancel({ http }: Context, { ticket }: TriggeredCrawl): Promise<void> {
  const asked = { method: 'POST', retry: 'always' } as const;
  try {
    const { body } = await http.bytes(`${API}/snapshot/${ticket}/cancel`, asked);
    for await (const _ of body);
  } catch (error) {
    const code = error instanceof TidemillError ? error.code : undefined;
    if (code !== NOT_RUNNING && code !== UNKNOWN) throw error;
  }
}

export const crawl: Crawl<CrawlOptions> = {
  targets: (options, interval) => targetsOf(options, interval),
  trigger,
  find,
  poll,
  download,
  cancel,
};
