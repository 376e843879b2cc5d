/** Crawls that somebody works on by hand while a run does, or while the job is another one than before. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CrawlProject, crawlProject } from './crawl-project.ts';

const [DUE, LATER, LAST] = ['2026-11-21T06:10:00Z', '2026-11-21T07:10:00Z', '2026-11-21T08:10:00Z'];
const A = 'pages.20261121T060000Z.a';

let place: CrawlProject;
let run: CrawlProject['run'];

beforeEach(async () => {
  place = await crawlProject();
  ({ run } = place);
  await run(['plan', '--record']);
});

afterEach(() => place.close());

/** Does something else before the first request of that path is answered. */
function meanwhile(path: string, act: () => Promise<unknown>): void {
  let isDone = false;
  place.server.serve(async (request) => {
    const answer = place.vendor.answer(request);
    if (request.path !== path || isDone) return answer;
    isDone = true;
    await act();
    return answer;
  });
}

const statuses = async (): Promise<Record<string, string>> => {
  const { crawls } = (await run(['crawl', 'status', '--json'])).json();
  return Object.fromEntries(
    (crawls as { crawl_id: string; status: string }[]).map(({ crawl_id: id, status }) => [id, status]),
  );
};

const resultAt = async (at: string) => (await run(['tick', '--json'], at)).json().results[0];

describe('a crawl that is given up', () => {
  it('while it is fetched stays so, and nothing of it is in the table', async () => {
    await run(['tick'], DUE);
    meanwhile('/crawls/t1/data', () => run(['crawl', 'cancel', A]));
    expect(await resultAt(LATER)).toMatchObject({ result: 'done', totals: { inserted: 2 } });
    expect((await statuses())[A]).toBe('cancelled');
    const { rows } = (await run(['query', 'SELECT DISTINCT page FROM crawled.pages', '--json'])).json();
    expect(rows).toEqual([['b']]);
  });

  it('while it is asked after is not fetched', async () => {
    await run(['tick'], DUE);
    meanwhile('/crawls/t1', () => run(['crawl', 'cancel', A]));
    expect(await resultAt(LATER)).toMatchObject({ result: 'done', totals: { inserted: 2 } });
    expect((await statuses())[A]).toBe('cancelled');
    expect(place.vendor.downloads).toEqual(['t2']);
  });

  it('while it is triggered keeps its ticket, and the source is told', async () => {
    meanwhile('/trigger', () => run(['crawl', 'cancel', A]));
    await run(['tick'], DUE);
    const { crawls } = (await run(['crawl', 'status', A, '--json'])).json();
    expect(crawls[0]).toMatchObject({ status: 'cancelled', snapshot_id: 't1' });
    expect(place.server.requests.map(({ path }) => path)).toContain('/crawls/t1/cancel');
  });

  it('just after it was loaded stays loaded', async () => {
    await run(['tick'], DUE);
    place.server.serve(async (request) => {
      if (!request.path.endsWith('/cancel')) return place.vendor.answer(request);
      await run(['tick'], LATER);
      return { json: {} };
    });
    const { crawls } = (await run(['crawl', 'cancel', A, '--json'])).json();
    expect(crawls[0]).toMatchObject({ status: 'done', counts: { page_count: 2 } });
    expect((await statuses())[A]).toBe('done');
  });

  it('is, though the source does not understand it', async () => {
    await run(['tick'], DUE);
    place.server.serve((request) =>
      request.path.endsWith('/cancel') ? { status: 404, body: '<html>' } : place.vendor.answer(request),
    );
    const { crawls } = (await run(['crawl', 'cancel', A, '--json'])).json();
    expect(crawls[0]).toMatchObject({
      status: 'cancelled',
      reason: expect.stringContaining('its source goes on with it'),
    });
    expect(await resultAt(LATER)).toMatchObject({ result: 'done', totals: { inserted: 2 } });
  });
});

describe('a crawl of which nobody knows whether it was begun', () => {
  it('takes a ticket that is one, and no other has', async () => {
    place.configure({ options: { pages: ['a'] } });
    place.vendor.mishaps.set('trigger', 'lost');
    const triggered = await run(['crawl', 'trigger', 'pages', '--run-id', 'x1']);
    expect(triggered.stdout).toContain('whether the source has begun it is not known');
    await run(['crawl', 'trigger', 'pages', '--run-id', 'x2']);
    for (const ticket of ['', '../t1', 't 1', '..', 't2']) {
      const refused = await run(['crawl', 'trigger', '--adopt', `pages.x1.a=${ticket}`]);
      expect([refused.exit, refused.stderr], ticket).toEqual([2, expect.stringContaining('crawl-ticket')]);
    }
    expect((await run(['crawl', 'trigger', '--adopt', 'pages.x1.a=t1'])).exit).toBe(0);
    expect(await statuses()).toEqual({ 'pages.x1.a': 'triggered', 'pages.x2.a': 'triggered' });
  });

  it('is said with the commands that help', async () => {
    place.vendor.mishaps.set('trigger', 'lost');
    await run(['tick'], DUE);
    place.vendor.answer({ method: 'POST', path: '/trigger', query: {}, headers: {}, body: '{"page":"a"}' });
    const { failure } = await resultAt(LATER);
    expect(failure).toMatchObject({ code: 'crawl-unclear', hint: expect.stringContaining(`--adopt ${A}=TICKET\``) });
    await run(['crawl', 'trigger', '--adopt', `${A}=t1`]);
    expect(await resultAt(LAST)).toMatchObject({ result: 'done' });
  });

  it('is not asked for again while somebody adopts it', async () => {
    place.configure({ options: { pages: ['a'] } });
    place.vendor.mishaps.set('trigger', { status: 503, json: {} });
    await run(['tick'], DUE);
    meanwhile('/crawls', () => run(['crawl', 'trigger', '--adopt', `${A}=elsewhere`]));
    await run(['tick'], LATER);
    expect(place.vendor.begun).toEqual([]);
    expect((await statuses())[A]).toBe('triggered');
  });
});

describe('a trigger by hand', () => {
  it('that the source refuses for good is red, and says why', async () => {
    place.vendor.mishaps.set('trigger', { status: 400, json: {} });
    const { exit, json } = await run(['crawl', 'trigger', 'pages', '--json']);
    expect([exit, json()]).toMatchObject([5, { refusal: { code: 'crawl-refused' }, crawls: [{}, {}] }]);
  });

  it('with the identity of one that is done is fetched as well', async () => {
    for (const ticket of ['t1', 't2']) {
      await run(['crawl', 'trigger', 'pages', '--target', 'a', '--run-id', 'x1'], DUE);
      await run(['crawl', 'download', 'pages', '--wait', '0'], LATER);
      expect(place.vendor.downloads.at(-1)).toBe(ticket);
    }
  });

  it('means no target by a name that is none', async () => {
    for (const name of ['', 'null', 'undefined', 'zz'])
      expect((await run(['crawl', 'trigger', 'pages', '--target', name])).exit, name).toBe(2);
    expect(place.vendor.begun).toEqual([]);
  });
});

describe('a job that is another one by now', () => {
  it('has the crawls of its old id', async () => {
    await run(['tick'], DUE);
    place.configure({}, { sites: { previous_ids: ['pages'] } });
    expect((await run(['crawl', 'cancel', A])).exit).toBe(0);
    expect((await run(['crawl', 'download', 'sites', '--json'], LATER)).json().results[0]).toMatchObject({
      result: 'done',
      totals: { inserted: 2 },
    });
    // Somebody who has not heard of it.
    place.configure();
    const refused = await run(['crawl', 'trigger', 'pages']);
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('job-renamed')]);
    expect(place.vendor.begun).toHaveLength(2);
    expect(await statuses()).toEqual({});
  });

  it('stops red where it reads something else, until each is given up', async () => {
    await run(['tick'], DUE);
    const command = { data_type: 'things', command: `echo '{"id":1}'`, options: undefined, crawl: undefined };
    place.configure(command);
    expect(await resultAt(LATER)).toMatchObject({ result: 'failed', failure: { code: 'crawls-of-another' } });
    for (const target of ['a', 'b']) expect((await run(['crawl', 'cancel', A.replace(/a$/, target)])).exit).toBe(0);
    expect(await resultAt(LAST)).toMatchObject({ result: 'done', totals: { inserted: 1 } });
    expect((await run(['tick', '--json'], LAST)).json().results).toEqual([]);
  });

  it('asks for nothing more in a slot that has asked for all', async () => {
    await run(['tick'], DUE);
    place.configure({ options: { pages: ['b', 'c'] } });
    expect(await resultAt(LATER)).toMatchObject({ result: 'done', totals: { inserted: 4 } });
    expect(place.vendor.begun.map(({ wanted }) => wanted)).toEqual(['a', 'b']);
    expect(await resultAt('2026-11-22T06:10:00Z')).toMatchObject({ result: 'parked', waits: { open: 2 } });
    expect(place.vendor.begun.slice(2).map(({ wanted }) => wanted)).toEqual(['b', 'c']);
  });
});

describe('what cannot go on', () => {
  it('is said by a download: the job is paused, or its credentials are not there', async () => {
    await run(['tick'], DUE);
    await run(['pause', 'pages', '--reason', 'because']);
    const paused = await run(['crawl', 'download', 'pages'], LATER);
    expect([paused.exit, paused.stderr]).toEqual([2, expect.stringContaining('paused: because')]);
    expect(paused.stdout).not.toContain('No crawl is open');
    await run(['resume', 'pages', '--reason', 'because']);
    expect((await run(['crawl', 'download', 'pages', '--json'])).json().results[0]).toMatchObject({ result: 'done' });
    expect((await run(['crawl', 'download', 'pages'])).stdout).toContain('No crawl is open');
  });

  it('is one job whose state is damaged, and not the others', async () => {
    place.configure({}, { pages: {}, more: {} });
    await run(['tick'], DUE);
    place.here.write('.tidemill/local/bucket/_tidemill/state/more.json', '{');
    const { exit, stdout, stderr } = await run(['crawl', 'status']);
    expect([exit, stdout, stderr]).toEqual([2, expect.stringContaining(A), expect.stringContaining('state-damaged')]);
    expect((await run(['crawl', 'download'], LATER)).exit).toBe(2);
    expect(place.vendor.downloads).toHaveLength(2);
  });

  it('is what has no name, or one that is there twice, before it is paid for', async () => {
    for (const pages of [['a/../b'], ['a', 'a'], []]) {
      place.configure({ options: { pages } });
      const { exit, stderr } = await run(['crawl', 'trigger', 'pages']);
      expect([exit, stderr]).toEqual([2, expect.stringContaining('crawl-targets')]);
    }
    expect(place.vendor.begun).toEqual([]);
  });

  it('is a backfill, and it is not left open', async () => {
    const span = ['--from', '2026-11-01T00:00:00Z', '--to', '2026-11-03T00:00:00Z'];
    const { exit, stderr } = await run(['backfill', 'pages', ...span]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining('crawl-backfill')]);
    expect((await run(['status', 'pages'])).stdout).not.toContain('backfill');
  });
});

it('a job without a schedule is gone on with, but not while it is paused', async () => {
  place.configure({ cron: undefined });
  await run(['crawl', 'trigger', 'pages'], DUE);
  await run(['pause', 'pages', '--reason', 'because']);
  expect((await run(['tick', '--json'], LATER)).json().results).toEqual([]);
  await run(['resume', 'pages', '--reason', 'because']);
  expect(await resultAt(LATER)).toMatchObject({ result: 'done', totals: { inserted: 4 } });
});

it('a replay loads again what there is while crawls are open', async () => {
  await run(['tick'], DUE);
  await run(['tick'], LATER);
  const next = ['2026-11-22T06:10:00Z', '2026-11-22T07:10:00Z'] as const;
  expect(await resultAt(next[0])).toMatchObject({ result: 'parked' });
  const { results } = (await run(['replay', 'pages', '--json'])).json();
  expect(results).toMatchObject([{ result: 'done', totals: { records: 4 } }]);
  expect(await resultAt(next[1])).toMatchObject({ result: 'done', totals: { inserted: 4 } });
  const { rows } = (await run(['query', 'SELECT count(*) FROM crawled.crawl_metadata', '--json'])).json();
  expect(Number(rows[0][0])).toBe(4);
  expect(place.vendor.begun).toHaveLength(4);
});
