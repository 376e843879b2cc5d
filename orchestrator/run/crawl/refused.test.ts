/** What a source may answer besides: it refuses, loses an answer, cannot tell, fails, or never ends. */
import { describe, expect, it } from 'vitest';
import { type CrawlPlace, SLOT, withCrawls } from '../../../test/oracles/crawls.ts';
import { keys } from '../../storage/keys.ts';
import { readText } from '../../storage/text.ts';

const statuses = async (place: CrawlPlace): Promise<(string | undefined)[]> =>
  ((await place.state()).crawls ?? []).map(({ status }) => status);

describe('a trigger', () => {
  it('that the source has no room for is asked for by a later run', () =>
    withCrawls(['a', 'b'], async (place) => {
      place.vendor.mishaps.set('trigger', { status: 429, json: { error: 'too many running jobs' } });
      const first = await place.tick();
      expect(first).toMatchObject({ result: 'failed', failure: { kind: 'quota' } });
      place.pass(20);
      expect(await place.tick()).toMatchObject({ result: 'parked', waits: { open: 2, of: 2 } });
      expect(place.vendor.begun.map(({ wanted }) => wanted)).toEqual(['a', 'b']);
    }));

  it('that is refused for good fails its target alone, and the slot is done and red', () =>
    withCrawls(['a', 'b'], async (place) => {
      place.vendor.mishaps.set('trigger', { status: 400, json: { error: 'no such page' } });
      expect(await place.tick()).toMatchObject({ result: 'parked', waits: { open: 1, of: 2 } });
      place.pass(20);
      const ended = await place.tick();
      expect(ended).toMatchObject({ result: 'done', totals: { inserted: 2 } });
      expect(ended?.gates).toEqual([
        expect.stringMatching(
          /^the crawl of a failed: .*400.*; `npx tidemill crawl trigger pages --target a` asks for it again$/,
        ),
      ]);
      expect(await statuses(place)).toEqual(['failed', 'done']);
      expect((await place.state()).settled_through).toBe(SLOT);
      expect(place.vendor.begun.map(({ wanted }) => wanted)).toEqual(['b']);
    }));

  it('that nobody may make leaves nothing behind, and the run fails', () =>
    withCrawls(['a'], async (place) => {
      place.vendor.mishaps.set('trigger', { status: 401, json: {} });
      expect(await place.tick()).toMatchObject({ result: 'failed', failure: { kind: 'auth' } });
      expect(await statuses(place)).toEqual([]);
      place.pass(60);
      expect(await place.tick()).toMatchObject({ result: 'parked' });
      expect(place.vendor.begun).toHaveLength(1);
    }));

  it('whose answer is lost is found again, and not made twice', () =>
    withCrawls(['a'], async (place) => {
      place.vendor.mishaps.set('trigger', 'lost');
      expect(await place.tick()).toMatchObject({ result: 'parked' });
      expect(await statuses(place)).toEqual(['triggering']);
      place.pass(20);
      expect(await place.tick()).toMatchObject({ result: 'done', totals: { inserted: 2 } });
      expect(place.vendor.begun).toHaveLength(1);
    }));

  it('that may be one of two stops red, until a person says which it is', () =>
    withCrawls(['a'], async (place) => {
      place.vendor.mishaps.set('trigger', 'lost');
      await place.tick();
      place.vendor.answer({ method: 'POST', path: '/trigger', query: {}, headers: {}, body: '{"page":"a"}' });
      for (let tries = 0; tries < 3; tries += 1) {
        place.pass(30);
        expect(await place.tick()).toMatchObject({
          result: 'failed',
          failure: { code: 'crawl-unclear', kind: 'config' },
        });
      }
      expect(place.vendor.begun).toHaveLength(2);
    }));
});

describe('a crawl', () => {
  it('that fails at the source is a gate that is not met', () =>
    withCrawls(['a', 'b'], async (place) => {
      place.vendor.minutes.set('b', 'fails');
      await place.tick();
      place.pass(20);
      const ended = await place.tick();
      expect(ended).toMatchObject({ result: 'done', totals: { inserted: 2 } });
      expect(ended?.gates).toEqual([expect.stringContaining('the crawl of b failed: the page is not there')]);
    }));

  it('that never ends is given up at its deadline', () =>
    withCrawls(
      ['a'],
      async (place) => {
        place.vendor.minutes.set('a', 'never');
        await place.tick();
        for (const _ of [1, 2, 3]) {
          place.pass(20);
          expect(await place.tick()).toMatchObject({ result: 'parked' });
        }
        place.pass(61);
        expect((await place.tick())?.gates).toEqual([
          expect.stringContaining('the crawl of a is given up: no answer up to its deadline'),
        ]);
        expect(await statuses(place)).toEqual(['timed_out']);
      },
      { deadline_minutes: 120 },
    ));

  it('that the source has no more is failed, and its slot is done', () =>
    withCrawls(['a'], async (place) => {
      await place.tick();
      place.pass(20);
      place.vendor.mishaps.set('data', { status: 410, json: {} });
      expect((await place.tick())?.gates).toEqual([expect.stringContaining('the source has it no more')]);
    }));

  it('waits for room among the others', () =>
    withCrawls(
      ['a', 'b', 'c'],
      async (place) => {
        await place.tick();
        expect(place.vendor.begun).toHaveLength(2);
        place.pass(20);
        expect(await place.tick()).toMatchObject({ result: 'parked', waits: { open: 1, of: 3 } });
        expect(place.vendor.begun).toHaveLength(3);
        place.pass(20);
        expect(await place.tick()).toMatchObject({ result: 'done' });
      },
      { max_concurrent: 2 },
    ));

  it('of a slot that waits is fetched before a newer slot asks for its own', () =>
    withCrawls(
      ['a'],
      async (place) => {
        place.vendor.minutes.set('a', 30 * 60);
        await place.tick();
        place.pass(25 * 60);
        expect(await place.tick()).toMatchObject({ result: 'parked', slot: SLOT });
        expect(place.vendor.begun).toHaveLength(1);
        place.pass(6 * 60);
        expect(await place.tick()).toMatchObject({ result: 'done', slot: SLOT });
        place.pass(1);
        expect(await place.tick()).toMatchObject({ result: 'parked', slot: '2026-11-22T06:00:00.000Z' });
        expect(place.vendor.begun).toHaveLength(2);
      },
      { deadline_minutes: 3000 },
    ));
});

describe('a service that shuts out who is refused too often', () => {
  const busy = { status: 429, headers: { 'retry-after': '1' }, json: {} };

  it('is asked by nobody for a while, long before', () =>
    withCrawls(
      ['a', 'b', 'c'],
      async (place) => {
        await place.tick();
        place.pass(20);
        let refused = 0;
        place.vendor.refuseAll = () => {
          refused += 1;
          return busy;
        };
        expect(await place.tick()).toMatchObject({ result: 'parked' });
        expect(refused).toBe(2);
        const told = await readText(place.bucket, keys.refusals('crawled'));
        expect(JSON.parse(told?.text ?? '')).toMatchObject({ closed_until: '2026-11-21T06:35:00.000Z' });
        place.pass(3);
        await place.tick();
        expect(refused).toBe(2);
        place.vendor.refuseAll = undefined;
        place.pass(20);
        expect(await place.tick()).toMatchObject({ result: 'done', totals: { inserted: 6 } });
      },
      { ask_again_minutes: 0 },
    ));
});
