/** The options of the jobs, by the names that Bright Data's own inputs have. */
import { z } from 'zod';

/** https://docs.brightdata.com/products/scrapers/scrapers-library: Facebook, posts by the URL of a page or profile. */
const FACEBOOK_POSTS = 'gd_lkaxegm826bjpoo9m5';

const RAW_SNAPSHOTS = 'raw_snapshots/{year}/{month}/{day}/snapshot_{snapshot_id}.json';

const DatasetId = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, {
  error: 'expected the identifier of a dataset, as in gd_lkaxegm826bjpoo9m5',
});

const Day = z
  .string()
  .regex(/^(?:\d{4}-\d{2}-\d{2}|\d{2}-\d{2}-\d{4})$/, { error: 'expected a day, as in 2026-11-20 or 11-20-2026' });

const DateFormat = z.enum(['MM-DD-YYYY', 'YYYY-MM-DD', 'instant']);
export type DateFormat = z.output<typeof DateFormat>;

const Word = z.string().min(1);

/** What is asked for, and what is said of it. All of it may stand in the job once, and in each of its targets. */
const asked = {
  platform: Word.optional().describe('Where the posts are, for the column of that name.'),
  competitor: Word.optional().describe('Whose posts they are, for the column of that name.'),
  brand: Word.optional().describe('The brand they are about, for the column of that name.'),
  category: Word.optional().describe('The category they belong to, for the column of that name.'),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of the page, profile or whatever is crawled.'),
  start_date: Day.optional().describe(
    'Posts of this day and later: `2026-11-20`, or as Bright Data writes it, `11-20-2026`.',
  ),
  end_date: Day.optional().describe('Posts up to this day.'),
  days: z
    .int()
    .min(1)
    .max(3650)
    .optional()
    .describe('Instead of the dates: posts of so many days before the slot, up to its day.'),
  include_profile_data: z.boolean().optional().describe('Whether posts come with the data of their profile.'),
  num_of_posts: z.int().min(1).optional().describe('At most so many posts of each target; all of them if not given.'),
};

const raw = z
  .string()
  .default(RAW_SNAPSHOTS)
  .describe(
    'Where in the bucket each snapshot lies as Bright Data wrote it. `{snapshot_id}` is in it; `{year}`, `{month}`, `{day}` (UTC, when it was triggered), `{dataset_id}` and `{platform}` may be.',
  );

const several = 'Several of them, one crawl each: whatever a target does not say is what the job says.';

const ofFacebook = {
  dataset_id: DatasetId.default(FACEBOOK_POSTS).describe('Which of Bright Data’s scrapers collects them.'),
  ...asked,
  platform: Word.default('facebook').describe('Where the posts are, for the column of that name.'),
};

export const FacebookOptions = z.strictObject({
  ...ofFacebook,
  targets: z
    .array(z.strictObject({ ...asked, dataset_id: DatasetId.exactOptional() }))
    .min(1)
    .optional()
    .describe(several),
  raw_snapshots: raw,
});

const ofAny = {
  ...asked,
  input: z
    .record(z.string(), z.json())
    .optional()
    .describe('Further fields of the input, by the names that the scraper has for them.'),
  discover_by: Word.optional().describe('How a scraper that discovers is asked, as in `profile_url` or `keyword`.'),
  limit_per_input: z
    .int()
    .min(1)
    .optional()
    .describe('At most so many results of each target, of a scraper that discovers.'),
};

export const PostOptions = z.strictObject({
  dataset_id: DatasetId.describe('Which of Bright Data’s scrapers collects them: the page of the scraper names it.'),
  ...ofAny,
  date_format: DateFormat.default('MM-DD-YYYY').describe(
    'How the scraper takes days; `instant`: from `2026-11-20T00:00:00.000Z` to `2026-11-20T23:59:59.999Z`, as those of LinkedIn and X are asked.',
  ),
  targets: z
    .array(z.strictObject({ ...ofAny, dataset_id: DatasetId.exactOptional() }))
    .min(1)
    .optional()
    .describe(several),
  raw_snapshots: raw,
});
type PostOptions = z.output<typeof PostOptions>;

/** What both have; only posts of any kind have all of it. */
export type CrawlOptions = Omit<PostOptions, 'date_format'> & Partial<Pick<PostOptions, 'date_format'>>;

export const SnapshotOptions = z.strictObject({
  dataset_id: DatasetId.default(FACEBOOK_POSTS).describe('The scraper whose crawls are listed.'),
  days: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('So many days before the last reading are looked at again: until then a crawl may still change.'),
});
export type SnapshotOptions = z.output<typeof SnapshotOptions>;
