/** The tables of crawls: what they say, and that they are never in the way of the data. */
import { expect, it } from 'vitest';
import { type CrawlPlace, withCrawls } from '../../../test/oracles/crawls.ts';

const told = async (place: CrawlPlace): Promise<unknown[]> =>
  (await place.told('crawl_metadata', 'crawl_id', 'snapshot_id', 'competitor', 'status')).map((row) => row.slice(0, 4));

/** The warehouse refuses loads of these tables, as one that is full, or where somebody lacks a right. */
function refuse(place: CrawlPlace, ...tables: string[]): { again(): void } {
  const { warehouse } = place;
  const apply = warehouse.apply.bind(warehouse);
  Object.assign(warehouse, {
    apply: async (load: Parameters<typeof apply>[0]) => {
      if (tables.includes(load.table.name)) throw new Error('no room');
      return apply(load);
    },
  });
  return { again: () => void Object.assign(warehouse, { apply }) };
}

it('say of each crawl where it stands, as it goes on', () =>
  withCrawls(['a', 'b'], async (place) => {
    await place.tick();
    const [a, b] = ['a', 'b'].map((page) => `pages.20261121T060000Z.${page}`);
    expect(await told(place)).toEqual([
      [a, 't1', 'a', 'triggered'],
      [b, 't2', 'b', 'triggered'],
    ]);
    place.vendor.minutes.set('b', 'fails');
    place.pass(20);
    await place.tick();
    expect(await told(place)).toEqual([
      [a, 't1', 'a', 'done'],
      [b, 't2', 'b', 'failed'],
    ]);
    expect(await place.told('raw_data_crawl_snapshots', 'crawl_id', 'file_path', 'status')).toMatchObject([
      [a, 'memory://bucket/raw/t1.json', 'done'],
    ]);
  }));

it.each(['crawl_metadata', 'raw_data_crawl_snapshots'])(
  'keep no data back where %s is refused, and go with the next run',
  (table) =>
    withCrawls(['a'], async (place) => {
      const refused = refuse(place, table);
      await place.tick();
      place.pass(20);
      const done = await place.tick();
      expect(done).toMatchObject({ result: 'done', totals: { inserted: 2 } });
      const untold = /^the tables of crawls in main are not up to date, and the next run goes on with them: .*no room/;
      expect(done?.notices.filter((notice) => untold.test(notice))).toHaveLength(1);
      refused.again();
      place.pass(24 * 60);
      await place.tick();
      expect(await told(place)).toMatchObject([
        ['pages.20261121T060000Z.a', 't1', 'a', 'done'],
        ['pages.20261122T060000Z.a', 't2', 'a', 'triggered'],
      ]);
      expect(await place.told('raw_data_crawl_snapshots', 'crawl_id')).toHaveLength(1);
    }),
);
