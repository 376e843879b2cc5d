/**
 * Two tables of what was crawled, beside those of the data: `crawl_metadata` and `raw_data_crawl_snapshots`. They are made of what the
 * state knows of crawls, which is kept until it is in the tables: they are never in the way of the data, and lose nothing.
 */
import { asTidemillError, fromCrawls, jsonb, type Stream, stream, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';
import { type Crawl, CrawlStatus } from '../../state/crawl.ts';
import type { Source } from '../extract/source.ts';
import { openTarget } from '../order.ts';
import { loadPackages } from '../silver/load.ts';
import { deleteLimits } from '../unnamed.ts';
import { loadsInto, type Work } from '../work.ts';

const Told = z.object({
  crawl_id: z.string(),
  snapshot_id: z.string().nullable(),
  job: z.string(),
  platform: z.string().nullable(),
  competitor: z.string().nullable(),
  brand: z.string().nullable(),
  category: z.string().nullable(),
  crawl_params: z.unknown(),
  status: CrawlStatus,
  reason: z.string().nullable(),
  created_at: z.iso.datetime(),
  triggered_at: z.iso.datetime().nullable(),
  ended_at: z.iso.datetime().nullable(),
  files: z.array(z.string()),
});
type Told = z.output<typeof Told>;

const metadata = stream({
  name: 'crawl_metadata',
  description: 'Crawls that were asked of the source, one a row.',
  source: Told,
  row: z.object({
    crawl_id: text().describe('Identity of the crawl.'),
    snapshot_id: text().nullable().describe('What the source calls it.'),
    job: text().describe('Id of its job.'),
    platform: text().nullable().describe('Of the options of the job.'),
    competitor: text().nullable().describe('Of the options of the job.'),
    crawl_params: jsonb().describe('What the source was asked for.'),
    status: text().describe('How far it has come.'),
    reason: text().nullable().describe('Why it failed.'),
    created_at: timestamptz().describe('When it was wanted.'),
    triggered_at: timestamptz().nullable().describe('When the source was asked for it.'),
    ended_at: timestamptz().nullable().describe('When it was done, failed or was given up.'),
  }),
  key: ['crawl_id'],
  write: 'upsert',
  method: 'api_json',
  extract: fromCrawls,
  toRow: ({ brand: _, category: __, files: ___, ...row }) => row,
});

const snapshots = stream({
  name: 'raw_data_crawl_snapshots',
  description: 'Files of the bucket that have what a crawl has found, as the source wrote it, one a row.',
  source: Told,
  row: z.object({
    crawl_id: text().describe('Identity of the crawl.'),
    file_path: text().describe('URL of the file.'),
    snapshot_id: text().nullable().describe('What the source calls the crawl.'),
    platform: text().nullable().describe('Of the options of the job.'),
    competitor: text().nullable().describe('Of the options of the job.'),
    brand: text().nullable().describe('Of the options of the job.'),
    category: text().nullable().describe('Of the options of the job.'),
    ingestion_timestamp: timestamptz().describe('When it was fetched.'),
    status: text().describe('How far the crawl has come.'),
  }),
  key: ['crawl_id', 'file_path'],
  write: 'upsert',
  method: 'api_json',
  extract: fromCrawls,
  toRow: ({ crawl_id, snapshot_id, platform, competitor, brand, category, ended_at, created_at, status, files }) =>
    files.map((file_path) => ({
      ...{ crawl_id, file_path, snapshot_id, platform, competitor, brand, category, status },
      ingestion_timestamp: ended_at ?? created_at,
    })),
});

const tables = [metadata, snapshots] as unknown as readonly Stream[];

/** Into each warehouse what it has not been told yet, and by a replay all that is known. What it does not take is a notice, and goes with the next run. */
export async function tellTables(work: Work, source: Source): Promise<void> {
  if (source.stream.crawl === undefined) return;
  for (const target of loadsInto(work)) {
    const isAll = work.order.mode === 'replay';
    const untold = (work.ledger.state.crawls ?? []).filter(({ status, told = {} }) => isAll || told[target] !== status);
    if (untold.length === 0) continue;
    try {
      for (const table of tables) await tell(work, target, table, untold);
      await work.ledger.tellCrawls(target, new Map(untold.map(({ id, status }) => [id, status])));
    } catch (thrown) {
      work.signal.throwIfAborted();
      const { message } = asTidemillError(thrown);
      work.telling.notice(
        `the tables of crawls in ${target} are not up to date, and the next run goes on with them: ${message}`,
      );
    }
  }
}

async function tell(
  { order, world, ledger }: Work,
  target: string,
  table: Stream,
  crawls: readonly Crawl[],
): Promise<void> {
  const { job } = order;
  const { bucket, clock } = world;
  const records = crawls.map((crawl) => toldOf(job.id, bucket.url, crawl));
  // One that was loaded before its run died is loaded once more, and changes nothing.
  const revision = String(ledger.state.revision).padStart(12, '0');
  const id = `${job.id}.crawls.${revision}.${world.runId}.${table.name}`;
  const object = `_tidemill/state/${job.id}.json`;
  await loadPackages({
    ...{ bucket, target, job: `${job.id}.crawls`, service: job.service, stream: table, scope: 'changes' },
    warehouse: await openTarget(world, target),
    packages: [
      {
        ...{ id, name: id, records: records.length },
        async *read() {
          yield records.map((record, index) => ({ text: JSON.stringify(record), object, line: index + 1, url: '' }));
        },
      },
    ],
    deletes: deleteLimits(order),
    now: clock.now(),
    onRows: () => undefined,
    confirm: () => ledger.confirm(),
  });
}

function toldOf(job: string, bucket: string, crawl: Crawl): Told {
  const { facts, files = [], id: crawl_id, ticket, input: crawl_params, status, reason = null, intent_at } = crawl;
  const fact = (name: string): string | null => (facts[name] == null ? null : String(facts[name]));
  return {
    ...{ crawl_id, job, crawl_params, status, reason },
    snapshot_id: ticket ?? null,
    platform: fact('platform'),
    competitor: fact('competitor'),
    brand: fact('brand'),
    category: fact('category'),
    created_at: intent_at,
    triggered_at: crawl.triggered_at ?? null,
    ended_at: crawl.ended_at ?? null,
    files: files.map((key) => `${bucket}/${key}`),
  };
}
