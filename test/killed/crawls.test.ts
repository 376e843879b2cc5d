/** Whenever a run dies: each target is triggered once, its data is committed once, and in the table once. */
import { describe, expect, it } from 'vitest';
import { isOnce, PAGES, tellStories, toTheEnd } from '../oracles/crawl-stories.ts';
import { withCrawls } from '../oracles/crawls.ts';

const SEED = 20261130;
/** Each with up to six deaths; `npm run test:kills` tells more. */
const STORIES = 50;

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

it('is gone on with wherever it dies and whatever answer is lost', async () => {
  expect(await tellStories(STORIES, SEED)).toBeGreaterThan(STORIES);
});
