/** Whether a crawl whose ticket is not known was triggered. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BrightDataFake } from '../../test/fakes/brightdata.ts';
import { openBrightData, PAGE } from '../../test/fakes/brightdata-samples.ts';
import { deskOf } from '../../test/fakes/crawl-service.ts';
import { rowsOfCsv } from './csv.ts';
import connector from './index.ts';

const OPTIONS = { url: PAGE, num_of_posts: 5, include_profile_data: true, start_date: '2026-11-01' };
const NONE: ReadonlySet<string> = new Set();
const MINUTE = 60_000;

/** A run of so many minutes after now, by the clock of Bright Data. */
function later(fake: BrightDataFake, minutes: number, options: object = OPTIONS) {
  const now = new Date(fake.now.getTime() + minutes * MINUTE);
  const desk = deskOf(connector, 'facebook_posts', fake, options, now);
  onTestFinished(() => desk.close());
  const { crawl, context, target } = desk;
  return {
    trigger: () => crawl.trigger(context, target),
    find: (since: Date, known = NONE) => crawl.find(context, target, { since, known }),
  };
}

/** Triggers, and never hears of it. */
async function lose(fake: BrightDataFake, fate: object = {}): Promise<void> {
  fake.decree({ ...fate, losesAnswer: true });
  const failure = await later(fake, 0)
    .trigger()
    .catch((error: unknown) => error);
  // Nobody knows whether it was begun: no answer came.
  expect(failure).toMatchObject({ kind: 'transient', request: { method: 'POST' } });
  expect((failure as { request?: { status?: number } }).request?.status).toBeUndefined();
  expect(fake.crawls).toHaveLength(1);
}

describe('a crawl whose ticket was lost', () => {
  it('is found by its input, and is paid for once', async () => {
    const fake = await openBrightData();
    await lose(fake);
    expect(await later(fake, 30).find(fake.now)).toEqual({ ticket: fake.crawls[0]?.id });
    expect(fake.crawls).toHaveLength(1);
  });

  it('is found though Bright Data’s clock is a little behind', async () => {
    const fake = await openBrightData();
    await lose(fake);
    const seconds = (number: number) => new Date(fake.now.getTime() + number * 1000);
    expect(await later(fake, 30).find(seconds(50))).toEqual({ ticket: fake.crawls[0]?.id });
    expect(await later(fake, 30).find(seconds(70))).toEqual({ none: true });
  });

  it('is found on the other side of midnight', async () => {
    const fake = await openBrightData();
    fake.pass(Date.parse('2026-11-21T23:59:50Z') - fake.now.getTime());
    await lose(fake);
    fake.pass(20_000);
    expect(await later(fake, 30).find(new Date('2026-11-22T00:00:20Z'))).toEqual({ ticket: fake.crawls[0]?.id });
  });

  it('is not one that is known, and not one that asked for something else', async () => {
    const fake = await openBrightData();
    const since = fake.now;
    for (const other of [{ num_of_posts: 6 }, { include_profile_data: false }, { end_date: '2026-11-02' }])
      await later(fake, 0, { ...OPTIONS, ...other }).trigger();
    const own = await later(fake, 0).trigger();
    expect(await later(fake, 30).find(since, new Set([own]))).toEqual({ none: true });
    expect(await later(fake, 30).find(since)).toEqual({ ticket: own });
  });

  it('is the oldest of several that asked for the same', async () => {
    const fake = await openBrightData();
    const since = fake.now;
    const first = await later(fake, 0).trigger();
    fake.pass(MINUTE);
    await later(fake, 0).trigger();
    expect(await later(fake, 30).find(since)).toEqual({ ticket: first });
  });

  it('is not there before it is listed, which it is by the time when it is looked for', async () => {
    const fake = await openBrightData();
    const since = fake.now;
    await lose(fake, { listedAfterSeconds: 110 });
    expect(await later(fake, 1).find(since)).toEqual({ none: true });
    fake.pass(2 * MINUTE);
    expect(await later(fake, 0).find(since)).toEqual({ ticket: fake.crawls[0]?.id });
  });

  it('cannot be told from one whose input nobody knows', async () => {
    const fake = await openBrightData();
    await lose(fake, { hidesInput: true });
    expect(await later(fake, 30).find(fake.now)).toEqual({ unclear: expect.stringContaining('Of 1 crawls') });
  });

  it.each([
    ['<html>not now</html>', 'unclear'],
    ['{"error":"not now"}', 'unclear'],
    ['', 'unclear'],
    ['url\n', 'unclear'],
    ['link\nhttps://example.com\n', 'unclear'],
    ['url,num_of_posts\nhttps://www.facebook.com/acme,5\nhttps://www.facebook.com/emca,5\n', 'none'],
    ['url,num_of_posts,start_date\nhttps://www.facebook.com/acme,5,11-01-2026\n', 'unclear'],
    [
      'start_date,url,include_profile_data,num_of_posts,limit\r\n11-01-2026,"https://www.facebook.com/acme",TRUE,5.0,\r\n',
      'ticket',
    ],
    ['url,num_of_posts,start_date,include_profile_data,a\nhttps://www.facebook.com/acme,5,11-01-2026,true,b', 'none'],
  ])('is compared with an input that is told as %j: %s', async (body, found) => {
    const fake = await openBrightData();
    await lose(fake);
    fake.disturb({ after: 1, status: 200, body, headers: { 'content-type': 'text/csv' } });
    expect(Object.keys(await later(fake, 30).find(fake.now))).toEqual([found]);
  });

  it('is looked for in a list of many pages, and not among a crowd', async () => {
    const fake = await openBrightData();
    const old = (index: number) => ({
      ...{ id: `s_old${index}`, status: 'ready', dataset_id: 'gd_lkaxegm826bjpoo9m5' },
      created: new Date(fake.now.getTime() - 3_600_000 - index).toISOString(),
    });
    fake.publish({ listed: Array.from({ length: 1500 }, (_, index) => old(index)) });
    await lose(fake);
    expect(await later(fake, 30).find(fake.now)).toEqual({ ticket: fake.crawls[0]?.id });
    expect(fake.seen.filter(({ path }) => path.endsWith('/snapshots'))).toHaveLength(2);
    const crowd = Array.from({ length: 101 }, (_, index) => ({ ...old(index), created: fake.now.toISOString() }));
    fake.publish({ listed: crowd });
    expect(await later(fake, 30).find(fake.now)).toEqual({ unclear: expect.stringContaining('102 crawls') });
  });

  it('is not taken for none where the list is no list', async () => {
    const fake = await openBrightData();
    fake.disturb({ after: 0, status: 200, body: '{"snapshots":[]}', times: 9 });
    await expect(later(fake, 30).find(fake.now)).rejects.toMatchObject({ kind: 'source-changed' });
  });
});

it.each([
  [
    'a,b\r\n1,"x ""y"", z\nw"\n',
    [
      ['a', 'b'],
      ['1', 'x "y", z\nw'],
    ],
  ],
  ['\uFEFFa\n\n1', [['a'], ['1']]],
  [
    'a,\n,',
    [
      ['a', ''],
      ['', ''],
    ],
  ],
  ['', []],
  ['a\n"not closed', [['a']]],
])('a table is read by its cells: %j', (text, rows) => {
  expect(rowsOfCsv(text)).toEqual(rows);
});
