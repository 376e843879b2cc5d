/** What rows are made of, whatever a scraper calls it. */
import { describe, expect, it } from 'vitest';
import { post } from '../../test/fakes/brightdata-samples.ts';
import { rowsOf, streamOf } from '../../test/fakes/read-service.ts';
import { withFacts } from './facts.ts';
import connector from './index.ts';
import { errorCodeOf, postsIn } from './records.ts';

const URL_OF_SNAPSHOT = 'https://api.brightdata.com/datasets/v3/snapshot/s_1?format=json';

const facts = { dataset_id: 'gd_1', platform: 'facebook', competitor: 'Ä & B #1=2', brand: null, category: null };
const crawl = { ticket: 's_1', triggeredAt: new Date(0), target: { key: 'k', input: {}, facts } };

/** Rows of the records of one artifact, as a replay makes them: nothing else is there. */
async function rowsFrom(stream: string, ...records: unknown[]) {
  const bytes = (async function* () {
    yield Buffer.from(JSON.stringify(records));
  })();
  const artifact = {
    name: 'snapshot_s_1.json',
    contentType: 'application/json',
    url: withFacts(URL_OF_SNAPSHOT, crawl),
  };
  const found: unknown[] = [];
  for await (const record of postsIn({ ...artifact, bytes })) found.push(record);
  return rowsOf(streamOf(connector, stream), found);
}

describe('a row', () => {
  it('says whose post it is from the address of its artifact alone', async () => {
    const [row] = await rowsFrom('facebook_posts', post(1));
    expect(row).toMatchObject({ dataset_id: 'gd_1', platform: 'facebook', competitor: 'Ä & B #1=2', brand: null });
  });

  it('of Facebook is called by its address where it has no identifier', async () => {
    const { post_id: _, ...nameless } = post(1);
    expect(await rowsFrom('facebook_posts', nameless)).toMatchObject([{ post_id: nameless['url'] }]);
    expect(await rowsFrom('facebook_posts', { ...post(1), post_id: 7, profile_id: 8 })).toMatchObject([
      { post_id: '7', profile_id: '8' },
    ]);
    expect(await rowsFrom('facebook_posts', { ...post(1), post_id: '' })).toMatchObject([{ post_id: nameless['url'] }]);
    await expect(rowsFrom('facebook_posts', { content: 'nobody’s' })).rejects.toThrow('neither post_id nor url');
  });

  it.each([
    [
      { post_id: 'p', id: 'i', url: 'u' },
      { post_id: 'p', url: 'u' },
    ],
    [{ video_id: 12, url: 'u' }, { post_id: '12' }],
    [
      { id: 'i', post_url: 'pu' },
      { post_id: 'i', url: 'pu' },
    ],
    [{ post_id: null, url: 'u' }, { post_id: 'u' }],
    [{ post_id: '', id: '', url: 'u' }, { post_id: 'u' }],
    // Comments of one post, as those of Facebook, Instagram and TikTok are written.
    [{ comment_id: 'c', post_id: 'p', url: 'u', post_url: 'u' }, { post_id: 'c' }],
    [{ comment_id: 'c', video_id: 'v' }, { post_id: 'c' }],
    [{ review_id: 'r', asin: 'a', url: 'of the product' }, { post_id: 'r' }],
    [
      { comment_id: 'c', comment_date: '2026-11-20T08:00:00.000Z' },
      { post_id: 'c', posted_at: '2026-11-20T08:00:00.000Z' },
    ],
    [{ id: 'i', date_posted: '2026-11-20T08:00:00.000Z' }, { posted_at: '2026-11-20T08:00:00.000Z' }],
    [{ id: 'i', create_time: '2026-11-20T08:00:00+02:00' }, { posted_at: '2026-11-20T06:00:00.000Z' }],
    [{ id: 'i', date_posted: null, date: '2026-11-20' }, { posted_at: '2026-11-20T00:00:00.000Z' }],
    [{ id: 'i', date_posted: '2026-11-20 08:00:00' }, { posted_at: null }],
    [{ id: 'i', date_posted: '2026-13-20' }, { posted_at: null }],
    [{ id: 'i', timestamp: '2026-11-21T06:00:30.000Z' }, { collected_at: '2026-11-21T06:00:30.000Z' }],
    [{ id: 'i', post_content: [{}, {}], photos: [1] }, { media_count: 2 }],
    [{ id: 'i', photos: [1, 2], images: [1, 2], videos: [3] }, { media_count: 3 }],
    [{ id: 'i', images: [1], attachments: null }, { media_count: 1 }],
    [{ id: 'i', photos: null }, { media_count: 0 }],
  ])('of any scraper: %j is %j', async (record, columns) => {
    const [row] = await rowsFrom('posts', record);
    expect(row).toMatchObject({ ...columns, snapshot_id: 's_1', raw: record });
  });

  it('is none of a record without a name, or that is no object', async () => {
    await expect(rowsFrom('posts', { content: 'nobody’s' })).rejects.toThrow('neither an identifier nor a url');
    await expect(rowsFrom('posts', 'a text')).rejects.toThrow('neither an identifier nor a url');
  });
});

it.each([
  [{ error_code: 'dead_page', error: 'text' }, 'dead_page'],
  [{ error: 'text' }, 'error'],
  [{ error_code: 'not a code: https://example.com' }, 'error'],
  [
    { timestamp: '2026-11-21T06:00:30.000Z', input: {}, warning: 'no posts found', warning_code: 'dead_page' },
    'dead_page',
  ],
  [{ timestamp: '2026-11-21T06:00:30.000Z', input: {}, warning: 'text', url: null, content: '' }, 'warning'],
  [{ warning: 'late', warning_code: 'late', url: 'https://example.com' }, undefined],
  [{ error: '', error_code: '', warning: '', warning_code: null }, undefined],
  [{ error: false }, undefined],
  [{}, undefined],
])('%j is an error: %s', (record, code) => {
  expect(errorCodeOf(record)).toBe(code);
});
