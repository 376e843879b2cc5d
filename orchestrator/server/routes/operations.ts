/** What is done to a job by hand. */
import { createRoute, type OpenAPIHono, type z } from '@hono/zod-openapi';
import { TidemillError } from '@tidemill/kit';
import { jobOf, type OperateRequest, operate } from '../../app/operate.ts';
import { withSmallJson } from '../guards.ts';
import { Operated, Pausing, Resetting } from '../job-schemas.ts';
import type { World } from '../world.ts';
import { body, byJob, json, refused, SECURED } from './common.ts';

export const pauseJob = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/pause',
  operationId: 'pauseJob',
  summary: 'Keep a job from running by its schedule. A run that is at it ends in order.',
  security: SECURED,
  middleware: [withSmallJson],
  request: { params: byJob, body: body(Pausing) },
  responses: { ...refused, 200: json(Operated, 'What has come of it.') },
});

export const resumeJob = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/resume',
  operationId: 'resumeJob',
  summary: 'Let a paused job follow its schedule again.',
  security: SECURED,
  middleware: [withSmallJson],
  request: { params: byJob, body: body(Pausing) },
  responses: { ...refused, 200: json(Operated, 'What has come of it.') },
});

export const resetJob = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/reset',
  operationId: 'resetJob',
  summary: 'Forget the cursor of a job, so that its next run reads everything again. The data stays.',
  security: SECURED,
  middleware: [withSmallJson],
  request: { params: byJob, body: body(Resetting) },
  responses: { ...refused, 200: json(Operated, 'What has come of it.') },
});

export function addOperations(app: OpenAPIHono, world: World): void {
  const doing = async (id: string, request: Omit<OperateRequest, 'jobs'>): Promise<z.output<typeof Operated>> =>
    world.look(async (session) => {
      const [operated] = await operate(session, { ...request, jobs: [jobOf(session, id).id] });
      if (operated === undefined) throw new TidemillError('config', 'unknown-job', `There is no job "${id}"`);
      const { job, changed, says, refusal } = operated;
      if (refusal !== undefined) throw refusal;
      return { job, changed, says };
    });

  app.openapi(pauseJob, async (context) => {
    const request = { operation: 'pause', ...context.req.valid('json') } as const;
    return context.json(await doing(context.req.valid('param').id, request), 200);
  });
  app.openapi(resumeJob, async (context) => {
    const request = { operation: 'resume', ...context.req.valid('json') } as const;
    return context.json(await doing(context.req.valid('param').id, request), 200);
  });
  app.openapi(resetJob, async (context) => {
    const request = { operation: 'reset', ...context.req.valid('json') } as const;
    return context.json(await doing(context.req.valid('param').id, request), 200);
  });
}
