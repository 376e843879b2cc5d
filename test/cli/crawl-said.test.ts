/** What people are told of crawls: what happened, who acts, and the next command, also where they have mistaken something. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CrawlProject, crawlProject } from './crawl-project.ts';

const DUE = '2026-11-21T06:10:00Z';

let place: CrawlProject;
let run: CrawlProject['run'];

beforeEach(async () => {
  place = await crawlProject();
  ({ run } = place);
  await run(['plan', '--record']);
});

afterEach(() => place.close());

/** The job is of that environment alone, beside which there is the one of this machine. */
function belongTo(environment: string): void {
  place.configure({ environment });
  const config = JSON.parse(place.here.read('ingestion-config.yaml'));
  const environments = { [environment]: { bucket: `.tidemill/${environment}/bucket` } };
  place.here.write('ingestion-config.yaml', JSON.stringify({ ...config, environments }));
}

describe('a backfill of what is crawled', () => {
  it('is refused before it is open, and the job goes on', async () => {
    const span = ['--from', '2026-11-01T00:00:00Z', '--to', '2026-11-03T00:00:00Z'];
    const refused = await run(['backfill', 'pages', ...span]);
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('crawl-backfill')]);
    const [status] = (await run(['status', '--json'])).json().jobs;
    expect(status).toMatchObject({ recent: [], history: [] });
    expect(status).not.toHaveProperty('backfill');
    expect((await run(['tick', '--json'], DUE)).json().results[0]).toMatchObject({ result: 'parked' });
  });
});

describe('what waits for crawls', () => {
  it('is no nothing, whoever has triggered them', async () => {
    await run(['crawl', 'trigger', 'pages', '--target', 'a'], '2026-11-20T13:00:00Z');
    await run(['tick']);
    const ticked = await run(['tick'], '2026-11-20T13:05:00Z');
    expect(ticked.stdout).toContain('Nothing runs now: waiting (pages: waiting for 1 of 1 crawl since');
    const env = { GITHUB_ACTIONS: 'true' };
    const { runner } = await place.here.run(['plan'], { now: '2026-11-20T13:05:00Z', env });
    expect(runner.summary).toContain('### Nothing runs now in local');
  });
});

describe('a job of another environment', () => {
  it('is why nothing runs', async () => {
    belongTo('dev');
    const why = 'every job is of another environment (pages: runs only in dev)';
    expect((await run(['tick'])).stdout).toContain(`Nothing runs now: ${why}`);
    expect((await run(['plan'])).stdout).toContain(`nothing runs now: ${why}`);
    expect((await run(['status'])).stdout).toContain('No job is of this environment. Besides: 1 job');
  });
});
