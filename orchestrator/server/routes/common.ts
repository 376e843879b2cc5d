/** What the descriptions of routes share. */
import { type RouteConfig, z } from '@hono/zod-openapi';
import { REFUSED, type RefusedStatus } from '../error-answer.ts';
import { ErrorAnswer, JobId } from '../schemas.ts';

const words: Readonly<Record<RefusedStatus, string>> = {
  400: 'What was asked is not understood.',
  401: 'The token is missing, or another.',
  404: 'There is no such thing.',
  405: 'The path has no such method.',
  408: 'The request did not come to its end in time.',
  409: 'Not now: the state of the job does not allow it.',
  411: 'The length of the body is not said.',
  413: 'The body is too large.',
  415: 'The body is no JSON.',
  421: 'The name in `Host` is not that of this machine.',
  422: 'It is understood, and does not fit the job.',
  431: 'The headers are too large.',
  500: 'The configuration, the credentials or Tidemill must be mended.',
  502: 'The source answers what is not understood.',
  503: 'Not now: ask again.',
};

export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** The answers that any route may give. */
export const refused = Object.fromEntries(
  REFUSED.map((status) => [status, json(ErrorAnswer, words[status])]),
) as Record<RefusedStatus, ReturnType<typeof json<typeof ErrorAnswer>>>;

/** A body that must be there, be it `{}`: a browser cannot send one as JSON to another origin without asking first. */
export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
});

export const byJob = z.object({ id: JobId });

/** Of every route but those that anybody may ask. */
export const SECURED = [{ bearer: [] }] satisfies RouteConfig['security'];
