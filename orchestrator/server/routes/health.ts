/** Whether it is there, and what it is at. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { version } from '../../app/version.ts';
import { Health } from '../schemas.ts';
import type { World } from '../world.ts';
import { json, refused } from './common.ts';

export const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'health',
  summary: 'Whether the server is there, and how much it is at.',
  description: 'Asks neither the bucket nor a source, and needs no token.',
  security: [],
  responses: { ...refused, 200: json(Health, 'It is there.') },
});

export function addHealth(app: OpenAPIHono, { background, schedule, polling }: World): void {
  app.openapi(health, (context) => {
    const { active, max, isStopping } = background;
    const enabled = schedule || polling;
    const status = isStopping ? 'stopping' : 'healthy';
    return context.json({ status, service: 'tidemill', version, background_tasks: { enabled, active, max } }, 200);
  });
}
