/** Invented posts, as the scraper of Facebook posts writes them. */
import { onTestFinished } from 'vitest';
import { type BrightDataContents, type BrightDataFake, startBrightData } from './brightdata.ts';
import type { Fields } from './todoist-completed.ts';

export const PAGE = 'https://www.facebook.com/acme';

export const post = (number: number, more: Fields = {}): Fields => ({
  url: `${PAGE}/posts/${1000 + number}`,
  post_id: String(1_000_000_000_000_000 + number),
  user_url: PAGE,
  user_username_raw: 'Acme',
  content: `Post ${number}: new "anvils" [in {stock}] \\ today`,
  date_posted: '2026-11-19T08:00:00.000Z',
  hashtags: ['anvils'],
  num_comments: number,
  num_shares: 2,
  num_likes_type: { type: 'Like', num: 5 },
  page_name: 'Acme',
  profile_id: '100000000000001',
  page_intro: 'Page · Tools',
  page_category: 'Tools',
  page_followers: 39_000_000,
  page_is_verified: true,
  original_post: null,
  attachments: [{ id: `${number}`, type: 'Photo', url: 'https://example.com/p.jpg' }],
  post_external_image: null,
  likes: 7,
  post_type: 'Post',
  is_sponsored: false,
  count_reactions_type: [{ type: 'Like', reaction_count: 5 }],
  timestamp: '2026-11-21T06:00:30.000Z',
  input: { url: PAGE, num_of_posts: 10, posts_to_not_include: '' },
  ...more,
});

/** A line of a result in place of a post. */
export const failed = (error_code = 'dead_page'): Fields => ({
  timestamp: '2026-11-21T06:00:30.000Z',
  input: { url: PAGE },
  error: 'The page is not there: https://www.facebook.com/acme',
  error_code,
});

/** An account for one test, with three posts to find. */
export async function openBrightData(contents: BrightDataContents = {}): Promise<BrightDataFake> {
  const fake = await startBrightData();
  onTestFinished(() => fake.close());
  fake.publish({ posts: [post(1), post(2), post(3)], ...contents });
  return fake;
}
