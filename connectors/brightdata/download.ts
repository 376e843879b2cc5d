/** Fetches a snapshot: kept as Bright Data writes it, counted on its way, in parts where it is too large for one file. */
import {
  type Artifact,
  type Copied,
  type Crawl,
  type CrawlContext,
  TidemillError,
  type TriggeredCrawl,
} from '@tidemill/kit';
import { Parts } from './answers.ts';
import { bodyOf, type SnapshotBody } from './body.ts';
import { EMPTY, EXPIRED, TOO_LARGE, UNKNOWN } from './classify.ts';
import { withFacts } from './facts.ts';
import type { CrawlOptions } from './options.ts';
import { rawKeyOf } from './raw-path.ts';
import { Tally } from './tally.ts';

type Context = CrawlContext<CrawlOptions>;
type Download = ReturnType<Crawl<CrawlOptions>['download']>;

/** Records of a part: the least is 1,000, and a file may have 5 GB. */
const PER_PART = 10_000;

export async function* download(context: Context, crawl: TriggeredCrawl): Download {
  const tally = new Tally();
  try {
    yield* fetched(context, crawl, tally);
  } catch (error) {
    const code = error instanceof TidemillError ? error.code : undefined;
    if (code === EXPIRED || code === UNKNOWN) {
      yield { gone: code === EXPIRED ? 'Its snapshot has expired at Bright Data' : 'Bright Data has no such snapshot' };
      return;
    }
    if (code !== EMPTY) throw error;
  }
  yield { counted: tally.counts };
  const failures = tally.failures();
  if (failures !== undefined) context.notice(`${crawl.target.key}: ${failures}`);
}

async function* fetched(context: Context, crawl: TriggeredCrawl, tally: Tally): AsyncGenerator<Artifact | Copied> {
  const body = await single(context, crawl.ticket);
  if (body !== undefined) {
    yield* kept(context, crawl, body, tally);
    return;
  }
  const { http } = context;
  const batch = { format: 'json', batch_size: PER_PART };
  const { parts } = (await http.json(`datasets/v3/snapshot/${crawl.ticket}/parts`, Parts, { query: batch })).value;
  for (let part = 1; part <= parts; part += 1)
    yield* kept(context, crawl, await bodyOf(http, crawl.ticket, { ...batch, part }), tally, part);
}

/** Undefined where it is too large for one file. */
async function single({ http }: Context, ticket: string): Promise<SnapshotBody | undefined> {
  try {
    return await bodyOf(http, ticket, { format: 'json' });
  } catch (error) {
    if (error instanceof TidemillError && error.code === TOO_LARGE) return undefined;
    throw error;
  }
}

function* kept(
  { options: { raw_snapshots } }: Context,
  crawl: TriggeredCrawl,
  { bytes, contentType, url }: SnapshotBody,
  tally: Tally,
  part?: number,
): Generator<Artifact | Copied> {
  const name = `snapshot_${crawl.ticket}${part === undefined ? '' : `.part-${part}`}.json`;
  yield { artifact: tally.counting(bytes), name, contentType, url: withFacts(url, crawl) };
  yield { copied: { artifact: name, key: rawKeyOf(raw_snapshots, crawl, part) } };
}
