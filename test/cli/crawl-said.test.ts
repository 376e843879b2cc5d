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

describe('crawls that were given up while the job waits', () => {
  const cancel = (target: string) => run(['crawl', 'cancel', `pages.20261121T060000Z.${target}`]);

  it('are waited for no longer, and when none is left the slot ends at once', async () => {
    await run(['tick'], DUE);
    await cancel('a');
    expect((await run(['status'])).stdout).toContain('pages: waiting for 1 of 2 crawls since');
    expect((await run(['status', '--json'])).json().jobs[0].waits).toMatchObject({ open: 1, of: 2 });
    await cancel('b');
    expect((await run(['plan'])).stdout).toContain('its crawls have all ended: goes on');
    expect((await run(['tick', '--json'])).json().results[0]).toMatchObject({ result: 'done', is_settled: true });
    expect((await run(['tick'])).stdout).toContain('Nothing is owed.');
    expect(place.vendor.begun).toHaveLength(2);
  });

  it('make no number of those that somebody has triggered besides', async () => {
    await run(['tick'], DUE);
    await run(['crawl', 'trigger', 'pages', '--target', 'a']);
    expect((await run(['status'])).stdout).toContain('pages: waiting for 3 of 3 crawls since');
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

describe('open crawls of a job that is paused', () => {
  it('are not said to be none, and pausing says what becomes of them', async () => {
    await run(['tick'], DUE);
    const paused = await run(['pause', 'pages', '--reason', 'until Monday']);
    expect(paused.stdout).toContain('paused: until Monday; nobody fetches its 2 open crawls until it is resumed');
    const named = await run(['crawl', 'download', 'pages', '--json']);
    expect([named.exit, named.stderr]).toEqual([2, expect.stringContaining('pages: paused: until Monday')]);
    expect(named.json()).toMatchObject({ results: [], refused: [{ job: 'pages', decision: 'paused' }] });
    const all = await run(['crawl', 'download']);
    expect([all.exit, all.stdout]).toEqual([0, 'Nothing ran: no job with open crawls may run now.\n']);
  });
});

describe('a crawl', () => {
  it('says whose it is, since when it waits, and when it has ended', async () => {
    const triggered = await run(['crawl', 'trigger', 'pages', '--target', 'a', '--run-id', 'x1'], DUE);
    expect(triggered.stdout).toBe(
      [
        'pages.x1.a',
        '  a: triggered; t1 at the source; triggered 2026-11-21 06:10 UTC; asked again by the next plan; given up after 2026-11-22 06:10 UTC',
        '',
        'The next plan goes on with them; to wait for them now: npx tidemill crawl download pages',
        '',
      ].join('\n'),
    );
    await run(['crawl', 'cancel', 'pages.x1.a'], '2026-11-21T06:40:00Z');
    const { stdout } = await run(['crawl', 'status', 'pages.x1.a']);
    expect(stdout).toContain(
      '  a: cancelled by hand; t1 at the source; triggered 2026-11-21 06:10 UTC; ended 2026-11-21 06:40 UTC',
    );
  });

  it('that nobody knows to be begun says why', async () => {
    place.vendor.mishaps.set('trigger', { status: 503, json: {} });
    const { exit, stderr, stdout, json } = await run(['crawl', 'trigger', 'pages', '--target', 'a']);
    expect([exit, stderr]).toEqual([
      0,
      expect.stringMatching(/^pages: whether the source has begun a .*503.*looked for$/m),
    ]);
    expect(stdout).toContain('the next run looks for it');
    place.vendor.mishaps.set('trigger', { status: 503, json: {} });
    const document = await run(['crawl', 'trigger', 'pages', '--target', 'b', '--json']);
    expect(document.json().notices).toEqual([expect.stringContaining('503')]);
    expect(json).toThrow();
  });
});

describe('a name that is none', () => {
  it.each([
    [
      ['crawl', 'cancel', 'pages'],
      'pages is a job, and none of its crawls',
      '`npx tidemill crawl status pages --environment dev`',
    ],
    [['crawl', 'cancel', 'xx'], 'There is no crawl "xx"', '`npx tidemill crawl status --environment dev`'],
    [['crawl', 'status', 'pages.xx'], 'There is no crawl "pages.xx"', '`npx tidemill crawl status --environment dev`'],
    [['crawl', 'trigger', 'pages', '--target', 'aa'], 'no target "aa"', 'Did you mean "a"?'],
  ])('%j is told, with what to do in that environment', async (args, says, next) => {
    belongTo('dev');
    const { exit, stderr } = await run([...args, '--environment', 'dev']);
    expect(exit).toBe(2);
    for (const text of [says, next]) expect(stderr).toContain(text);
  });

  it('of the environment says where the crawls are', async () => {
    belongTo('dev');
    const { stdout } = await run(['crawl', 'status']);
    expect(stdout).toBe(
      'There are no crawls in local. Of jobs of dev: `npx tidemill crawl status --environment dev`.\n',
    );
    const { stderr } = await run(['crawl', 'trigger', 'pages']);
    expect(stderr).toContain('It runs only in dev: `npx tidemill crawl trigger pages --environment dev`.');
  });
});

describe('an option of another action', () => {
  it.each([
    [['download', 'pages', '--target', 'a'], '--target goes with trigger, not with download'],
    [['status', '--option', 'a=1'], '--option goes with trigger, not with status'],
    [['cancel', 'pages.xx', '--adopt', 'pages.xx=1'], '--adopt goes with trigger, not with cancel'],
    [['trigger', 'pages', '--wait', '5'], '--wait goes with download, not with trigger'],
  ])('%j is refused before anything is done', async (args, says) => {
    const { exit, stderr } = await run(['crawl', ...args]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(says)]);
    expect((await run(['crawl', 'status', '--json'])).json().crawls).toEqual([]);
  });
});

describe('a configuration', () => {
  it.each([
    [{ options: { pages: ['a', 'a'] } }, 'ask for the same crawl twice'],
    [{ options: { pages: [] } }, 'The options ask for 0 crawls: expected 1 to 1000'],
    [{ crawl: { wait_second: 0 } }, 'Did you mean "wait_seconds"?'],
    [{ data_type: 'things', command: 'true', options: undefined }, 'jobs.pages.crawl: a program answers at once'],
  ])('%j is refused before anybody pays', async (more, says) => {
    place.configure(more);
    const { exit, stderr } = await run(['validate']);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(says)]);
  });
});
