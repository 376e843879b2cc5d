/** What every answer is made of. */
import { z } from '@hono/zod-openapi';

/** An instant, in UTC. */
export const Instant = z.string().openapi({ format: 'date-time', example: '2026-11-21T06:00:00.000Z' });

/** As ids of jobs are in the configuration: no path, and nothing that a selection reads as several jobs. */
export const JobId = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, { error: 'expected the id of a job' })
  .openapi({ description: 'Id of a job, as the configuration names it.', example: 'shop_orders' });

export const RunId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, { error: 'expected the identity of a run' })
  .openapi({ description: 'Identity of a run.', example: '20261121T061700Z-4f1c2a3b-1' });

export const categories = [
  'request',
  'source-connection',
  'source-authentication',
  'source-rate-limit',
  'source-server',
  'storage',
  'processing',
] as const;

/** Every answer that is no success. */
export const ErrorAnswer = z
  .object({
    status: z.literal('error'),
    message: z.string().openapi({ description: 'What happened, for people.' }),
    error_code: z.string().openapi({
      description: 'One of the codes of docs/errors.md; it never changes.',
      example: 'unknown-job',
    }),
    error_category: z.enum(categories).openapi({
      description:
        'Where it went wrong: in what was asked, at the API of a source, in the bucket or a warehouse, or on the way between them.',
    }),
    crawl_id: z.string().optional().openapi({ description: 'Where it is about one crawl.' }),
    recovery_suggestion: z.string().openapi({ description: 'The next thing to do, or who must act.' }),
  })
  .openapi('Error');

export const Health = z
  .object({
    status: z
      .enum(['healthy', 'stopping'])
      .openapi({ description: 'stopping: no new work is taken, and what is at work ends in order.' }),
    service: z.literal('tidemill'),
    version: z.string(),
    background_tasks: z.object({
      enabled: z.boolean().openapi({ description: 'Whether anything is begun without being asked for over HTTP.' }),
      active: z.int().min(0).openapi({ description: 'Tasks that are at work in this process.' }),
      max: z.int().min(1).openapi({ description: 'The most tasks at a time.' }),
    }),
  })
  .openapi('Health');

/** Of answers with a page of a list. */
export const Limit = (usual: number, most: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(most)
    .default(usual)
    .openapi({ type: 'integer', minimum: 1, maximum: most, description: 'The most entries of the answer.' });
