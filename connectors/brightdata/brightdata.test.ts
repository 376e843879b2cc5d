/** What is peculiar to Bright Data, against its fake. */
import { expect, it, onTestFinished } from 'vitest';
import { type BrightDataContents, startBrightData } from '../../test/fakes/brightdata.ts';
import { crawlService } from '../../test/fakes/crawl-service.ts';
import { rowsOf, streamOf } from '../../test/fakes/read-service.ts';
import connector from './index.ts';

const PAGE = 'https://www.facebook.com/acme';

const post = (number: number, more: object = {}) => ({
  post_id: `10${number}`,
  url: `${PAGE}/posts/10${number}`,
  content: `Post ${number}, with "quotes" and {brackets]`,
  date_posted: `2026-11-1${number}T08:00:00.000Z`,
  likes: number,
  attachments: [{ id: `a${number}`, type: 'Photo', url: 'https://example.com/a.jpg' }],
  ...more,
});

async function openBrightData(contents: BrightDataContents = {}) {
  const fake = await startBrightData();
  onTestFinished(() => fake.close());
  fake.publish({ posts: [post(1), post(2), post(3)], ...contents });
  return fake;
}

it('triggers a crawl, waits for it, keeps it as it was written, and makes rows of it', async () => {
  const fake = await openBrightData();
  const options = { url: PAGE, competitor: 'Acme', brand: 'Acme Cola', num_of_posts: 10 };
  const crawled = await crawlService(connector, 'facebook_posts', fake, options);
  expect(crawled.failure).toBeUndefined();
  expect(fake.crawls).toHaveLength(1);
  expect(fake.crawls[0]?.input).toEqual([{ url: PAGE, num_of_posts: 10 }]);
  expect(crawled.counted).toEqual({ post_count: 3, media_count: 3, error_count: 0 });
  expect(crawled.kept.map(({ name, contentType }) => [name, contentType])).toEqual([
    ['snapshot_s_fake0000000001.json', 'application/json; charset=utf-8'],
  ]);
  expect(JSON.parse(crawled.kept[0]?.text ?? '')).toEqual([post(1), post(2), post(3)]);
  expect(crawled.copied).toEqual([
    {
      artifact: 'snapshot_s_fake0000000001.json',
      key: 'raw_snapshots/2026/11/21/snapshot_s_fake0000000001.json',
    },
  ]);
  expect(rowsOf(streamOf(connector, 'facebook_posts'), crawled.records)).toMatchObject([
    { post_id: '101', competitor: 'Acme', brand: 'Acme Cola', category: null, platform: 'facebook', media_count: 1 },
    { post_id: '102', reactions: 2, posted_at: '2026-11-12T08:00:00.000Z' },
    { post_id: '103' },
  ]);
});
