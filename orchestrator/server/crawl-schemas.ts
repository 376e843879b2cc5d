/** Crawls as the API answers them. */
import { z } from '@hono/zod-openapi';
import { Instant, JobId } from './schemas.ts';

export const CrawlId = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,299}$/, { error: 'expected the id of a crawl' })
  .openapi({
    description: 'Id of a crawl, which begins with that of its job.',
    example: 'brand_posts.20261121T060000Z.acme',
  });

export const CrawlAnswer = z
  .object({
    crawl_id: CrawlId,
    snapshot_id: z
      .string()
      .nullable()
      .openapi({ description: 'What the source calls it; null where it has not said.' }),
    job: JobId,
    environment: z.string(),
    slot: z.string(),
    target: z.string().openapi({ description: 'What it was asked for, by its name among the targets of the job.' }),
    status: z.enum([
      'triggering',
      'triggered',
      'polling',
      'ready',
      'downloading',
      'done',
      'failed',
      'timed_out',
      'cancelled',
    ]),
    says: z.string().optional().openapi({ description: 'The source’s own word.' }),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    intent_at: Instant,
    triggered_at: Instant.optional(),
    polls: z.int(),
    polled_at: Instant.optional(),
    next_poll_at: Instant.optional(),
    deadline: Instant.optional(),
    ended_at: Instant.optional(),
    reason: z.string().optional(),
    counts: z.record(z.string(), z.number()).optional(),
    files: z.array(z.string()).optional().openapi({ description: 'Where in the bucket what the source wrote lies.' }),
  })
  .openapi('Crawl');

export const Triggering = z
  .object({
    job: JobId.optional().openapi({
      description:
        'May be left out where one job alone is crawled, or only one has the `dataset_id` that is asked for.',
    }),
    targets: z.array(z.string().min(1).max(200)).min(1).max(1000).optional().openapi({
      description:
        'Some of the targets of the job, by what they say of themselves, as a competitor, or by their keys; all, if none is named.',
    }),
    options: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'Options in place of those that the configuration says; null takes one away.' }),
  })
  // As programs send them that knew one source only.
  .catchall(z.unknown())
  .openapi('Triggering', { description: 'Any other field is an option, as `url` or `competitor`.' });

const BackgroundProcessing = z
  .object({
    enabled: z.boolean(),
    status: z.enum(['scheduled', 'disabled']).openapi({
      description:
        'scheduled: this server asks the source and downloads. disabled: a plan, or a POST to download, does.',
    }),
    poll_interval_seconds: z.number(),
    max_polling_time_minutes: z.number().openapi({ description: 'How long one run asks, at most.' }),
  })
  .openapi('BackgroundProcessing');

export const Triggered = z
  .object({
    status: z.literal('accepted'),
    crawl_id: CrawlId.openapi({ description: 'Of the first one.' }),
    snapshot_id: z.string().nullable().openapi({ description: 'What the source calls the first one.' }),
    crawls: z.array(CrawlAnswer),
    refusal: z
      .object({ error_code: z.string(), message: z.string() })
      .optional()
      .openapi({ description: 'Why the source takes no more; what it has taken is among the crawls.' }),
    background_processing: BackgroundProcessing,
  })
  .openapi('Triggered');

export const Downloading = z
  .object({
    status: z.enum(['accepted', 'ended']).openapi({
      description:
        'accepted: the source is asked, and what is ready is downloaded in the background. ended: it was before.',
    }),
    run_id: z.string().optional().openapi({ description: '`GET /api/v1/runs/{id}` says what becomes of it.' }),
    crawl: CrawlAnswer,
  })
  .openapi('Downloading');

export const Nothing = z.strictObject({}).openapi('Nothing');
