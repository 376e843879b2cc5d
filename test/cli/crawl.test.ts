/** Crawls from the command line: by a schedule, and by hand. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyFaults } from '../fixtures/published.ts';
import { type CrawlProject, crawlProject } from './crawl-project.ts';

let place: CrawlProject;
let vendor: CrawlProject['vendor'];
let run: CrawlProject['run'];

beforeEach(async () => {
  place = await crawlProject();
  ({ vendor, run } = place);
});

afterEach(() => place.close());

const decisionAt = async (at: string): Promise<unknown> => {
  const { json } = await run(['plan', '--json'], at);
  const [{ decision, reason, slot }] = json().decisions;
  return { decision, reason, slot };
};

describe('crawls by their schedule', () => {
  it('are triggered, waited for without a machine, and fetched', async () => {
    await run(['plan', '--record']);
    const first = await run(['tick', '--json'], '2026-11-21T06:10:00Z');
    expect([first.exit, first.json().results[0].result]).toEqual([0, 'parked']);
    expect(await decisionAt('2026-11-21T06:20:00Z')).toMatchObject({
      decision: 'waiting',
      reason:
        'waiting for 2 of 2 crawls since 2026-11-21 06:10 UTC, until 2026-11-22 06:10 UTC at the latest, asked again after 2026-11-21 06:25 UTC',
    });
    const status = await run(['status']);
    expect(status.stdout).toContain('pages: waiting for 2 of 2 crawls since 2026-11-21 06:10 UTC, until');
    const all = await run(['status', '--json']);
    expect(all.json().jobs[0].waits).toMatchObject({ open: 2, of: 2, next_poll_at: '2026-11-21T06:25:00.000Z' });
    expect(await decisionAt('2026-11-21T07:10:00Z')).toMatchObject({
      decision: 'resume',
      slot: '2026-11-21T06:00:00.000Z',
    });
    const second = await run(['tick', '--json'], '2026-11-21T07:10:00Z');
    expect(second.json().results[0]).toMatchObject({ result: 'done', totals: { inserted: 4 } });
    expect(vendor.begun).toHaveLength(2);
    const rows = async (sql: string): Promise<unknown> => (await run(['query', sql, '--json'])).json().rows;
    expect(
      await rows('SELECT crawl_id, snapshot_id, competitor, status FROM crawled.crawl_metadata ORDER BY 1'),
    ).toEqual([
      ['pages.20261121T060000Z.a', 't1', 'a', 'done'],
      ['pages.20261121T060000Z.b', 't2', 'b', 'done'],
    ]);
    const files = await rows('SELECT file_path FROM crawled.raw_data_crawl_snapshots ORDER BY 1');
    expect(files).toEqual(['t1', 't2'].map((ticket) => [expect.stringMatching(new RegExp(`/raw/${ticket}.json$`))]));
    expect(await decisionAt('2026-11-21T08:00:00Z')).toMatchObject({ decision: 'not_due' });
  });
});

describe('crawls by hand', () => {
  it('are triggered, shown, fetched and given up', async () => {
    const triggered = await run(
      ['crawl', 'trigger', 'pages', '--target', 'b', '--run-id', 'x1', '--json'],
      '2026-11-21T06:10:00Z',
    );
    expect([triggered.exit, triggered.stderr]).toEqual([0, '']);
    const [crawl] = triggered.json().crawls;
    expect(crawl).toMatchObject({ crawl_id: 'pages.x1.b', snapshot_id: 't1', status: 'triggered' });
    const shown = await run(['crawl', 'status', crawl.crawl_id]);
    expect(shown.stdout).toContain('triggered');
    const waiting = await run(['crawl', 'download', 'pages', '--wait', '0', '--json'], '2026-11-21T06:12:00Z');
    expect(waiting.json().results[0]).toMatchObject({ result: 'parked' });
    const fetched = await run(['crawl', 'download', 'pages', '--json'], '2026-11-21T06:30:00Z');
    expect(fetched.json().results[0]).toMatchObject({ result: 'done', totals: { inserted: 2 } });
    await run(['crawl', 'trigger', 'pages', '--target', 'a', '--run-id', 'x2']);
    const given = await run(['crawl', 'cancel', 'pages.x2.a', '--json']);
    expect(given.json().crawls[0]).toMatchObject({ status: 'cancelled', reason: 'cancelled by hand' });
    expect((await run(['crawl', 'download', 'pages'])).stdout).toContain('No crawl is open.');
    expect(vendor.downloads).toEqual(['t1']);
  });
});

describe('who is told of events', () => {
  const told = () =>
    place.here
      .read('.tidemill/local/events.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).data)
      .filter(({ data }) => 'crawl_id' in data);

  it('hears of crawls that are triggered and given up by hand, also of a job that has never run', async () => {
    expect((await run(['crawl', 'trigger', 'pages', '--target', 'a'])).exit).toBe(0);
    const [triggered, ...others] = told();
    expect([triggered.event_type, others]).toEqual(['crawl-triggered', []]);
    expect((await run(['crawl', 'cancel', triggered.data.crawl_id])).exit).toBe(0);
    expect(told().map(({ event_type, data }) => [event_type, data.crawl_id])).toEqual([
      ['crawl-triggered', triggered.data.crawl_id],
      ['crawl-failed', triggered.data.crawl_id],
    ]);
    expect(told().flatMap(bodyFaults)).toEqual([]);
  });

  it('hears of each crawl that was fetched, and where it lies', async () => {
    await run(['plan', '--record']);
    await run(['tick'], '2026-11-21T06:10:00Z');
    await run(['tick'], '2026-11-21T09:10:00Z');
    const kinds = told().map(({ event_type }) => event_type);
    expect(kinds).toEqual([
      ...['crawl-triggered', 'crawl-triggered'],
      ...['data-ingestion-completed', 'data-ingestion-completed'],
    ]);
    expect(told().flatMap(bodyFaults)).toEqual([]);
  });
});
