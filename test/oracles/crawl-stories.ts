/** What may happen to a job of crawls while its runs die, and what must be true in the end. */
import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { type CrawlPlace, SLOT, withCrawls } from './crawls.ts';

export const PAGES = ['a', 'b', 'c'];
const MOST_TICKS = 60;
const MOST_DEATHS = 6;

/** Plans every ten minutes until the slot is settled. */
export async function toTheEnd(place: CrawlPlace): Promise<void> {
  for (let ticks = 0; ticks < MOST_TICKS; ticks += 1) {
    place.pass(10);
    await place.tick();
    if ((await place.state()).settled_through === SLOT) return;
  }
  throw new Error('it does not end');
}

/** Each target is triggered once, its data is committed once, and in the table once. */
export async function isOnce(place: CrawlPlace, pages: readonly string[] = PAGES): Promise<void> {
  const { vendor } = place;
  deepEqual(vendor.begun.map(({ wanted }) => wanted).sort(), pages, 'each target is triggered once');
  equal(await place.packages(), pages.length, 'each crawl is one package');
  const rows = vendor.begun.flatMap(({ wanted }, index) =>
    [0, 1].map((each) => [String(index * 2 + each), wanted] as const),
  );
  deepEqual(await place.rows(), new Map(rows));
  const { crawls = [], outbox } = await place.state();
  const statuses = crawls.map(({ status }) => status);
  deepEqual(
    statuses,
    pages.map(() => 'done'),
  );
  const told = (await place.told('crawl_metadata', 'crawl_id', 'status')).map(([id, status]) => [id, status]);
  deepEqual(told.sort(), crawls.map(({ id, status }) => [id, status]).sort());
  const files = await place.told('raw_data_crawl_snapshots', 'crawl_id', 'file_path');
  equal(files.length, crawls.length);
  // Nobody takes them out: each step was told of with the swap that made it.
  const announced = (outbox?.entries ?? []).map(({ id }) => id);
  for (const kind of ['crawl-triggered', 'data-ingestion-completed']) {
    const ofKind = announced.filter((id) => id.startsWith(`${kind}:`));
    deepEqual(ofKind.sort(), crawls.map(({ id }) => `${kind}:${id.replaceAll('.', ':')}`).sort());
  }
}

/** What may go wrong at the service besides: its answer to the next request of this kind does not arrive. */
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

/** Tells so many of them. Answers how many runs were killed; throws with the story that ends otherwise. */
export async function tellStories(numRuns: number, seed: number): Promise<number> {
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
  await fc.assert(property, { numRuns, seed });
  return kills;
}
