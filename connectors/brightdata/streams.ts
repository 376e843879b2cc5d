import {
  type CursorSpec,
  type Emission,
  type ExtractContext,
  fromCrawls,
  isoDate,
  minus,
  offsetLimit,
  stream,
} from '@tidemill/kit';
import { z } from 'zod';
import { crawl } from './crawl.ts';
import { instantIn, postedAt } from './instants.ts';
import { FacebookOptions, PostOptions, SnapshotOptions } from './options.ts';
import { CRAWL, mediaIn, postsIn } from './records.ts';
import { FacebookPostRow, PostRow, SnapshotRow } from './rows.ts';
import { FacebookPost, idOf, Post, Snapshot } from './schema.ts';

const byCrawls = {
  write: 'upsert',
  method: 'export_download',
  crawl,
  extract: fromCrawls,
  parse: postsIn,
} as const;

export const facebookPosts = stream({
  ...byCrawls,
  name: 'facebook_posts',
  description: 'Posts of Facebook pages and profiles, each as the last crawl had it.',
  source: FacebookPost,
  row: FacebookPostRow,
  key: ['dataset_id', 'post_id'],
  indexes: ['posted_at', 'competitor'],
  options: FacebookOptions,
  examples: [
    {
      question: 'Whose posts draw most reactions?',
      sql: `SELECT competitor, page_name, count(*) AS posts, avg(reactions) AS reactions
FROM brightdata.facebook_posts
GROUP BY competitor, page_name
ORDER BY reactions DESC
LIMIT 10`,
    },
  ],
  toRow: (post) => {
    const { dataset_id, platform, competitor, brand, category } = post[CRAWL];
    return {
      dataset_id,
      post_id: idOf(post) ?? '',
      ...{ platform, competitor, brand, category },
      url: post.url ?? null,
      post_type: post.post_type ?? null,
      posted_at: post.date_posted ?? null,
      content: post.content ?? null,
      hashtags: post.hashtags ?? null,
      comments: post.num_comments ?? null,
      shares: post.num_shares ?? null,
      reactions: post.likes ?? null,
      reactions_by_type: post.count_reactions_type ?? post.num_likes_type ?? null,
      video_views: post.video_view_count ?? null,
      media_count: mediaIn(post),
      attachments: post.attachments ?? null,
      external_link: post.post_external_link ?? null,
      external_title: post.post_external_title ?? null,
      external_image: post.post_external_image ?? null,
      is_sponsored: post.is_sponsored ?? null,
      user_name: post.user_username_raw ?? null,
      user_url: post.user_url ?? null,
      profile_id: post.profile_id == null ? null : String(post.profile_id),
      page_name: post.page_name ?? null,
      page_url: post.page_url ?? null,
      page_category: post.page_category ?? null,
      page_intro: post.page_intro ?? null,
      page_followers: post.page_followers ?? null,
      page_likes: post.page_likes ?? null,
      page_is_verified: post.page_is_verified ?? null,
    };
  },
});

export const posts = stream({
  ...byCrawls,
  name: 'posts',
  description:
    'What any scraper of Bright Data collects, each as the last crawl had it: what all have in common, and the record.',
  source: Post,
  row: PostRow,
  key: ['dataset_id', 'post_id'],
  indexes: ['posted_at', 'platform'],
  options: PostOptions,
  toRow: ({ [CRAWL]: facts, ...raw }) => ({
    ...facts,
    post_id: idOf(raw) ?? '',
    url: raw.url || raw.post_url || null,
    posted_at: postedAt(raw),
    collected_at: instantIn(raw.timestamp),
    media_count: mediaIn(raw),
    raw,
  }),
});

/** Everything that was triggered before this instant is known; null before the first run. */
const SnapshotCursor = z.object({ through: z.iso.datetime().nullable() });
type SnapshotCursor = z.output<typeof SnapshotCursor>;

const cursor: CursorSpec<SnapshotCursor> = { version: 1, schema: SnapshotCursor, start: { through: null } };

const PER_PAGE = 1000;

export const snapshots = stream({
  name: 'snapshots',
  description: 'Crawls of a scraper, whoever triggered them.',
  source: Snapshot,
  row: SnapshotRow,
  preview: true,
  key: ['snapshot_id'],
  indexes: ['created_at'],
  write: 'upsert',
  method: 'api_json',
  cursor,
  options: SnapshotOptions,
  async *extract({
    http,
    now,
    cursor: { through },
    options: { dataset_id, days },
  }: ExtractContext<SnapshotCursor, SnapshotOptions>): AsyncGenerator<Emission<SnapshotCursor>> {
    const since = through === null ? {} : { from_date: isoDate(minus(through, { days })) };
    yield* offsetLimit(
      http,
      'datasets/v3/snapshots',
      { dataset_id, ...since },
      { limit: PER_PAGE, offsetParameter: 'skip' },
    );
    yield { mark: { through: now.toISOString() } };
  },
  toRow: ({ id, dataset_id, status, created, dataset_size, trigger }) => ({
    snapshot_id: id,
    dataset_id,
    status,
    created_at: created ?? null,
    records: dataset_size ?? null,
    trigger_type: trigger?.type ?? null,
  }),
});
