/** A crawl whose answers nobody understands, or that never come, is given up: newer slots are not kept waiting for ever. */
import { describe, expect, it } from 'vitest';
import { type CrawlPlace, withCrawls } from '../../../test/oracles/crawls.ts';
import { updateState } from '../../state/store.ts';

const HOUR = 60;
const PAGE = { body: '<html>', headers: { 'content-type': 'text/html' } };

/** Answers like this whatever is asked of the kind. */
function always(place: CrawlPlace, kind: 'poll' | 'data', reply: { status?: number; body?: string }): void {
  const { vendor } = place;
  const answer = vendor.answer.bind(vendor);
  vendor.answer = (request) => {
    vendor.mishaps.set(kind, reply);
    return answer(request);
  };
}

const statuses = async (place: CrawlPlace) =>
  ((await place.state()).crawls ?? []).map(({ target, status }) => [target, status]);

/** Plans every hour. Answers after how many hours nothing of the first slot is open any more. */
async function hoursToTheEnd(place: CrawlPlace): Promise<number> {
  for (let hours = 1; hours < 100; hours += 1) {
    place.pass(HOUR);
    await place.tick();
    const [first] = (await place.state()).crawls ?? [];
    if (first?.ended_at !== undefined) return hours;
  }
  throw new Error('it is never given up');
}

describe('a crawl that', () => {
  it.each([
    ['is asked after in vain, by a page in place of an answer', 'poll', PAGE, 24],
    ['is asked after in vain, by an error that may pass', 'poll', { status: 503 }, 48],
    ['cannot be fetched, by something else than it should be', 'data', { status: 404 }, 24],
    ['is ready, and then it is not', 'data', { status: 503 }, 48],
  ] as const)('%s is given up at its deadline, or after as long again', (_, kind, reply, hours) =>
    withCrawls(['a'], async (place) => {
      await place.tick();
      always(place, kind, reply);
      expect(await hoursToTheEnd(place)).toBe(hours);
      const [crawl] = (await place.state()).crawls ?? [];
      expect(crawl).toMatchObject({
        status: 'timed_out',
        reason: expect.stringMatching(/^no answer up to its deadline, 2026-11-22 06:10 UTC: GET .* answered /),
      });
    }),
  );

  it('nobody may ask after is waited for: a person can correct that', () =>
    withCrawls(['a'], async (place) => {
      await place.tick();
      always(place, 'poll', { status: 401 });
      for (let days = 0; days < 5; days += 1) {
        place.pass(24 * HOUR);
        expect(await place.tick()).toMatchObject({ failure: { kind: 'auth' } });
      }
      expect(await statuses(place)).toEqual([['a', 'triggered']]);
    }));
});

describe('a source that asks to wait', () => {
  it.each(['31536000', '99999999999999999'])('%s seconds is asked again a day later', (seconds) =>
    withCrawls(['a', 'b'], async (place) => {
      place.vendor.minutes.set('b', 100);
      await place.tick();
      place.pass(20);
      place.vendor.mishaps.set('poll', { status: 429, headers: { 'retry-after': seconds }, json: {} });
      expect(await place.tick()).toMatchObject({ result: 'parked' });
      expect((await place.state()).parked?.next_poll_at).toBe('2026-11-22T06:30:00.000Z');
    }),
  );

  it('longer than any can, by a clock that was wrong, is asked all the same', () =>
    withCrawls(['a'], async (place) => {
      await place.tick();
      const next_poll_at = '2027-11-21T06:25:00.000Z';
      await updateState(place.bucket, 'pages', ({ parked, ...state }) => ({
        ...state,
        ...(parked === undefined ? {} : { parked: { ...parked, next_poll_at } }),
      }));
      place.pass(20);
      expect(await place.tick()).toMatchObject({ result: 'done' });
    }));
});

it('keeps of the words of a source as many as people read', () =>
  withCrawls(['a'], async (place) => {
    await place.tick();
    place.pass(5);
    place.vendor.mishaps.set('poll', { json: { status: `${'x'.repeat(10_000)}\n` } });
    place.pass(15);
    await place.tick();
    const [crawl] = (await place.state()).crawls ?? [];
    expect(crawl?.says).toBe('x'.repeat(300));
  }));
