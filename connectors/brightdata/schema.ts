/** Records as Bright Data's scrapers write them, only the fields that are used. */
import { z } from 'zod';
import { CrawlFacts } from './facts.ts';
import { CRAWL } from './records.ts';

const Text = z.string().nullish();
const Count = z.int().nullish();
const Flag = z.boolean().nullish();
const Anything = z.unknown().optional();

/** Most are texts of digits; some scrapers write numbers. An empty text is none. */
const Id = z.union([z.string(), z.int(), z.bigint()]).nullish();

/** https://docs.brightdata.com/products/scrapers/scrapers-library: Facebook, posts by the URL of a page or profile. */
export const FacebookPost = z
  .object({
    [CRAWL]: CrawlFacts,
    post_id: Id,
    url: Text,
    post_type: Text,
    content: Text,
    date_posted: Text,
    hashtags: Anything,
    num_comments: Count,
    num_shares: Count,
    /** All reactions together. */
    likes: Count,
    /** Of the most frequent kind, in older answers the only one. */
    num_likes_type: Anything,
    count_reactions_type: Anything,
    video_view_count: Count,
    attachments: Anything,
    post_external_link: Text,
    post_external_title: Text,
    post_external_image: Text,
    is_sponsored: Flag,
    user_username_raw: Text,
    user_url: Text,
    profile_id: Id,
    page_name: Text,
    page_url: Text,
    page_category: Text,
    page_intro: Text,
    page_followers: Count,
    page_likes: Count,
    page_is_verified: Flag,
  })
  .refine((post) => idOf(post) !== undefined, {
    path: ['post_id'],
    error: 'neither post_id nor url',
  });

/** Of any scraper. Each calls its identifiers and dates otherwise. */
export const Post = z
  .looseObject({
    [CRAWL]: CrawlFacts,
    comment_id: Id,
    review_id: Id,
    post_id: Id,
    video_id: Id,
    id: Id,
    url: Text,
    post_url: Text,
    timestamp: Anything,
  })
  .refine((post) => idOf(post) !== undefined, { path: ['post_id'], error: 'neither an identifier nor a url' });
export type Post = z.output<typeof Post>;

type Id = z.output<typeof Id>;
type Named = Partial<Record<'comment_id' | 'review_id' | 'post_id' | 'video_id' | 'id', Id>> &
  Partial<Record<'url' | 'post_url', string | null | undefined>>;

/** What a post is called, or its address where it has no name. A comment has the name of its post, too, and a review that of what it is about. */
export function idOf({ comment_id, review_id, post_id, video_id, id, url, post_url }: Named): string | undefined {
  const own = [comment_id, review_id, post_id, video_id, id].find((each) => each != null && each !== '');
  return own == null ? url || post_url || undefined : String(own);
}

export const Snapshot = z.object({
  id: z.string().min(1),
  dataset_id: z.string(),
  status: z.string(),
  created: Text,
  dataset_size: Count,
  trigger: z.object({ type: Text }).nullish(),
});
