/** Runs as the API answers them. */
import { z } from '@hono/zod-openapi';
import { Instant } from './schemas.ts';

const RunOfJob = z.object({
  job: z.string(),
  slot: z.string(),
  result: z
    .enum(['done', 'covered', 'parked', 'failed', 'stopped'])
    .openapi({ description: 'parked: it waits for its crawls, and another run goes on with it.' }),
  started_at: Instant,
  seconds: z.number(),
  records: z.number(),
  rejected: z.number(),
  inserted: z.number(),
  updated: z.number(),
  deleted: z.number(),
  gates: z.array(z.string()).openapi({ description: 'Gates that were not met, as sentences.' }),
  failure: z.object({ error_code: z.string(), message: z.string(), recovery_suggestion: z.string() }).optional(),
});

export const RunAnswer = z
  .object({
    run_id: z.string(),
    status: z
      .enum(['running', 'ended'])
      .openapi({ description: 'running: in this process. Of another one, the claim of a job names its run.' }),
    jobs: z.array(RunOfJob),
    missing: z
      .array(z.object({ job: z.string(), slot: z.string() }))
      .openapi({ description: 'Planned, and without a report so far.' }),
  })
  .openapi('Run');

export const RunList = z
  .object({
    runs: z.array(RunAnswer).openapi({ description: 'Newest first.' }),
    next_before: z.string().optional().openapi({ description: 'There may be more: ask for those `before` this one.' }),
  })
  .openapi('RunList');
