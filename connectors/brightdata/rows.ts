/** The silver rows. */
import { bigint, boolean, integer, jsonb, text, timestamptz } from '@tidemill/kit';
import { z } from 'zod';

const said = (what: string) => text().nullable().describe(`${what}, as the job says it.`);

const crawled = {
  dataset_id: text().describe('Identifier of the scraper at Bright Data.'),
  post_id: text().describe('Identifier of the post; its address where it has none.'),
};

const about = {
  platform: said('Where it was posted'),
  competitor: said('Whose post it is'),
  brand: said('The brand that it is about'),
  category: said('Its category'),
};

export const FacebookPostRow = z.object({
  ...crawled,
  ...about,
  url: text().nullable().describe('Address of the post.'),
  post_type: text().nullable().describe('`Post`, `Reel`, and whatever else Bright Data tells apart.'),
  posted_at: timestamptz().nullable().describe('When it was posted.'),
  content: text().nullable().describe('What it says.'),
  hashtags: jsonb().nullable().describe('Array of hashtags, without `#`.'),
  comments: bigint().nullable().describe('How many comments it has.'),
  shares: bigint().nullable().describe('How often it was shared.'),
  reactions: bigint().nullable().describe('How many reactions it has, of all kinds.'),
  reactions_by_type: jsonb().nullable().describe('How many of which kind, as Bright Data gives it.'),
  video_views: bigint().nullable().describe('How often its video was seen.'),
  media_count: integer().describe('How many pictures and videos it has.'),
  attachments: jsonb().nullable().describe('Array of them; addresses of files are good for some days only.'),
  external_link: text().nullable().describe('What it links to.'),
  external_title: text().nullable().describe('Title of that.'),
  external_image: text().nullable().describe('Picture of that.'),
  is_sponsored: boolean().nullable().describe('Whether somebody paid for it.'),
  user_name: text().nullable().describe('Name of who posted it.'),
  user_url: text().nullable().describe('Address of who posted it.'),
  profile_id: text().nullable().describe('Identifier of the profile.'),
  page_name: text().nullable().describe('Name of the page.'),
  page_url: text().nullable().describe('Address of the page.'),
  page_category: text().nullable().describe('What the page says that it is.'),
  page_intro: text().nullable().describe('What the page says about itself.'),
  page_followers: bigint().nullable().describe('Followers of the page when the post was read.'),
  page_likes: bigint().nullable().describe('Likes of the page when the post was read.'),
  page_is_verified: boolean().nullable().describe('Whether the page is verified.'),
});

export const PostRow = z.object({
  ...crawled,
  snapshot_id: text().describe('Identifier of the crawl that had it last: `brightdata.snapshots`.'),
  ...about,
  url: text().nullable().describe('Address of the post.'),
  posted_at: timestamptz().nullable().describe('When it was posted, where its scraper says so in a way that is known.'),
  collected_at: timestamptz().nullable().describe('When Bright Data read it.'),
  media_count: integer().describe('How many pictures and videos its scraper lists.'),
  raw: jsonb().describe('The record, as the scraper wrote it.'),
});

export const SnapshotRow = z.object({
  snapshot_id: text().describe('Identifier of the crawl.'),
  dataset_id: text().describe('Identifier of the scraper.'),
  status: text().describe('`starting`, `running`, `ready`, `failed`, and whatever else Bright Data says.'),
  created_at: timestamptz().nullable().describe('When it was triggered.'),
  records: bigint().nullable().describe('How many records it has.'),
  trigger_type: text().nullable().describe('How it was triggered.'),
});
