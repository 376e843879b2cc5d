import { serviceContract } from '../../test/contracts/service.ts';
import { type BrightDataContents, OTHER_DATASET, startBrightData } from '../../test/fakes/brightdata.ts';
import { failed, PAGE, post } from '../../test/fakes/brightdata-samples.ts';
import type { Fields } from '../../test/fakes/todoist-completed.ts';

const FOREVER = 'An API key is good until it is deleted, or its own date of expiry.';
const STAYS = 'A post that is gone at its source stays, as the last crawl had it.';
const FORGOTTEN = 'A crawl that Bright Data has forgotten stays in `snapshots`.';
const ANEW = 'A listing that is broken off begins anew: a thousand crawls are one request.';

const without =
  (field: string) =>
  (record: Fields): Fields =>
    Object.fromEntries(Object.entries(record).filter(([name]) => name !== field));

const posts = (...found: Fields[]): BrightDataContents => ({ posts: found });
const [one, two, three, four] = [post(1), post(2), post(3), post(4)];

/** What both streams of posts find, the generic one whatever is in a record. */
const ofPosts = {
  first: { contents: { ...posts(one, two, three), fate: { errors: [failed()] } }, rows: 3 },
  news: { contents: posts(one, two, three, four), rows: 4 },
  late: { contents: posts(one, post(9, { date_posted: '2026-01-01T00:00:00.000Z' }), two, three), rows: 4 },
  edited: { contents: posts(one, post(2, { num_comments: 99 }), three), rows: 3 },
  empty: { contents: { posts: [] }, rows: 0 },
  without: { contents: posts(one, two, three, without('post_id')(four)), rows: 4 },
  retyped: { contents: posts(one, two, three, post(4, { post_id: { of: 'another type' } })), rows: 3 },
  paged: 'one request',
  cannot: { deleted: STAYS, 'expired-token': FOREVER },
} as const;

const crawl = (number: number, more: Fields = {}): Fields => ({
  id: `s_other${number}`,
  created: `2026-11-2${number}T04:00:00.000Z`,
  status: 'ready',
  dataset_id: OTHER_DATASET,
  dataset_size: 10 * number,
  trigger: { type: 'API' },
  ...more,
});
const listed = (...crawls: Fields[]): BrightDataContents => ({ listed: crawls });
const running = crawl(1, { status: 'running' });

await serviceContract<BrightDataContents>('brightdata', {
  module: new URL('./index.ts', import.meta.url),
  open: startBrightData,
  streams: {
    facebook_posts: {
      ...ofPosts,
      options: { targets: [{ url: PAGE, competitor: 'Acme' }] },
      many: (records) => ({
        contents: { posts: { length: records, at: (number: number) => post(number) } },
        rows: records,
      }),
    },
    posts: {
      ...ofPosts,
      options: { dataset_id: OTHER_DATASET, url: PAGE, platform: 'facebook' },
      ofTheCrawl: ['snapshot_id'],
    },
    snapshots: {
      options: { dataset_id: OTHER_DATASET },
      first: { contents: listed(running, crawl(0)), rows: 2 },
      news: { contents: listed(crawl(2, { created: '2026-11-21T06:30:00.000Z' }), running, crawl(0)), rows: 3 },
      late: { contents: listed(running, crawl(3, { created: '2026-11-01T04:00:00.000Z' }), crawl(0)), rows: 3 },
      edited: { contents: listed(crawl(1), crawl(0)), rows: 2 },
      empty: { contents: {}, rows: 0 },
      without: { contents: listed(running, without('trigger')(crawl(2)), crawl(0)), rows: 3 },
      retyped: { contents: listed(running, crawl(2, { status: 7 }), crawl(0)), rows: 2 },
      cannot: { deleted: FORGOTTEN, 'expired-token': FOREVER, 'killed-midway': ANEW },
    },
  },
});
