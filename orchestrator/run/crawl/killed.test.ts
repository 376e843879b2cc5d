/** Whenever a run dies: each target is triggered once, its data is committed once, and in the table once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CrawlPlace, SLOT, withCrawls } from '../../../test/oracles/crawls.ts';

const PAGES = ['a', 'b', 'c'];
const MOST_TICKS = 60;

/** Stories that are told, each with up to six deaths. */
const RUNS = 60;

/** Plans every ten minutes until the slot is settled. */
async function toTheEnd(place: CrawlPlace): Promise<void> {
  for (let ticks = 0; ticks < MOST_TICKS; ticks += 1) {
    place.pass(10);
    await place.tick();
    if ((await place.state()).settled_through === SLOT) return;
  }
  throw new Error('it does not end');
}

async function isOnce(place: CrawlPlace, pages: readonly string[] = PAGES): Promise<void> {
  const { vendor } = place;
  expect(vendor.begun.map(({ wanted }) => wanted).sort()).toEqual(pages);
  expect(await place.packages()).toBe(pages.length);
  const wanted = new Map(
    vendor.begun.flatMap(({ wanted }, index) => [0, 1].map((each) => [String(index * 2 + each), wanted])),
  );
  expect(await place.rows()).toEqual(wanted);
  expect((await place.state()).crawls?.map(({ status }) => status)).toEqual(pages.map(() => 'done'));
}

describe('a run that dies', () => {
  it('before or after any step, is gone on with', async () => {
    let operations = Number.POSITIVE_INFINITY;
    let kills = 0;
    for (let diesAt = 1; diesAt <= operations; diesAt += 1) {
      await withCrawls(PAGES, async (place) => {
        const first = await place.tick(diesAt);
        if (first?.result === 'parked') operations = first.operations;
        kills += 1;
        await toTheEnd(place);
        await isOnce(place);
      });
    }
    expect(kills).toBeGreaterThan(20);
  });

  it('over what is ready, loads each once', async () => {
    let operations = Number.POSITIVE_INFINITY;
    for (let diesAt = 1; diesAt <= operations; diesAt += 1) {
      await withCrawls(PAGES, async (place) => {
        await place.tick();
        place.pass(20);
        const second = await place.tick(diesAt);
        if (second?.result === 'done') operations = second.operations;
        await toTheEnd(place);
        await isOnce(place);
      });
    }
    expect(operations).toBeGreaterThan(40);
  });
});

const SEED = 20261130;
const MOST_DEATHS = 6;

/** What may go wrong at the service, besides: its answer to the next request of this kind does not arrive. */
const mishap = fc.constantFrom('trigger', 'poll', 'data', 'list', undefined);

const story = fc.record({
  pages: fc.constantFrom(['a'], ['a', 'b'], PAGES),
  minutes: fc.array(fc.constantFrom(5, 25, 95), { minLength: 3, maxLength: 3 }),
  concurrent: fc.constantFrom(1, 2, 10),
  ticks: fc.array(fc.record({ diesAt: fc.integer({ min: 1, max: 45 }), mishap }), {
    minLength: 1,
    maxLength: MOST_DEATHS,
  }),
});

it('is gone on with wherever it dies and whatever answer is lost', async () => {
  let kills = 0;
  const property = fc.asyncProperty(story, ({ pages, minutes, concurrent, ticks }) =>
    withCrawls(
      pages,
      async (place) => {
        for (const [index, page] of pages.entries()) place.vendor.minutes.set(page, minutes[index] ?? 5);
        for (const { diesAt, mishap } of ticks) {
          if (mishap !== undefined) place.vendor.mishaps.set(mishap, 'lost');
          const ran = await place.tick(diesAt);
          if (ran !== undefined && ran.operations >= diesAt) kills += 1;
          place.pass(20);
        }
        await toTheEnd(place);
        await isOnce(place, pages);
      },
      { max_concurrent: concurrent },
    ),
  );
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
  expect(kills).toBeGreaterThan(RUNS);
});
