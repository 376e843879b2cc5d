/** Jobs as the API answers them. */
import { z } from '@hono/zod-openapi';
import { Instant, JobId } from './schemas.ts';

const Slot = z.string().openapi({
  description: 'A cron occurrence by its instant, or `manual-` and the identity of a run by hand.',
  example: '2026-11-21T06:00:00.000Z',
});

const Claim = z
  .object({ run: z.string(), slot: Slot, attempt: z.int(), claimed_at: Instant, lease_until: Instant })
  .openapi({ description: 'The run that is at work on the job.' });

const Breaker = z.object({
  state: z.enum(['closed', 'open', 'probing']),
  failures: z.int(),
  since: Instant,
  probe_at: Instant.optional(),
});

const Settlement = z.object({
  slot: Slot,
  from: Instant.optional(),
  count: z.int().optional(),
  outcome: z.enum(['done', 'superseded', 'missed', 'failed', 'skipped']),
  at: Instant,
  run: z.string().optional(),
  seconds: z.number().optional(),
  reason: z.string().optional(),
});

const Span = z.object({ from: Instant, to: Instant });

/** Where a job stands. */
export const JobAnswer = z
  .object({
    job: JobId,
    service: z.string(),
    data_type: z.string(),
    description: z.string(),
    environment: z.string(),
    decision: z.string().openapi({ description: 'What a plan would decide now.', example: 'not_due' }),
    reason: z.string(),
    owed_slots: z.int().openapi({ description: 'Slots that nobody has settled yet.' }),
    lateness_seconds: z.number().optional(),
    next: Instant.optional().openapi({ description: 'The next slot.' }),
    settled_through: Instant.optional(),
    read_through: Instant.optional(),
    paused: z.object({ at: Instant, reason: z.string() }).optional(),
    claim: Claim.optional(),
    is_claim_dead: z.boolean().optional(),
    breaker: Breaker.optional(),
    packages_to_load: z.int().openapi({ description: 'Packages of bronze that some warehouse lacks.' }),
    moved_to: z.string().optional(),
    last: Settlement.optional().openapi({ description: 'What was settled last.' }),
  })
  .openapi('Job');

const Operation = z.object({ at: Instant, who: z.string(), operation: z.string(), why: z.string() });

/** The same with all that its state remembers. */
export const JobDetail = JobAnswer.extend({
  cursor: z
    .unknown()
    .optional()
    .openapi({ description: 'Where the next run reads on; what it means is the connector’s.' }),
  unread: z.array(Span).optional(),
  backfill: z.object({ id: z.string(), from: Instant, to: Instant, through: Instant }).optional(),
  left_out: z.array(z.string()).optional().openapi({ description: 'Why packages were left out.' }),
  recent: z.array(Settlement).openapi({ description: 'Newest last.' }),
  history: z.array(Operation).openapi({ description: 'What was done by hand, newest last.' }),
}).openapi('JobDetail');

export const JobList = z
  .object({
    jobs: z.array(JobAnswer),
    next_after: JobId.optional().openapi({ description: 'There are more: ask for those `after` this one.' }),
    unreadable: z
      .array(z.object({ error_code: z.string(), message: z.string() }))
      .openapi({ description: 'Jobs whose state cannot be read are none of these.' }),
  })
  .openapi('JobList');

const Reason = z.string().max(300).optional().openapi({ description: 'For the history of the job.' });

export const Pausing = z.strictObject({ reason: Reason }).openapi('Pausing');

export const Resetting = z
  .strictObject({
    reason: Reason,
    confirmed: z.literal(true).optional().openapi({ description: 'Without it the answer says what would be lost.' }),
  })
  .openapi('Resetting');

export const Running = z
  .strictObject({
    slot: Instant.optional().openapi({ description: 'Read up to this cron slot, and settle it if it is owed.' }),
    full_refresh: z.boolean().optional().openapi({ description: 'Forget the cursor and read everything again.' }),
    accept_deletes: z.boolean().optional().openapi({
      description: 'Read everything again, and delete what the source does not name, however much it is.',
    }),
  })
  .openapi('Running');

export const Operated = z
  .object({ job: JobId, changed: z.boolean(), says: z.string().openapi({ description: 'What has come of it.' }) })
  .openapi('Operated');

export const Accepted = z
  .object({
    status: z.literal('accepted'),
    job: JobId,
    run_id: z.string().openapi({ description: '`GET /api/v1/runs/{id}` says what becomes of it.' }),
    slot: Slot,
  })
  .openapi('Accepted');
