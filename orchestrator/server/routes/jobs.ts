/** Where jobs stand. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { TidemillError } from '@tidemill/kit';
import { jobOf } from '../../app/operate.ts';
import type { Session } from '../../app/session.ts';
import { status } from '../../app/status.ts';
import type { JobStatus } from '../../report/status.ts';
import { JobAnswer, JobDetail, JobList } from '../job-schemas.ts';
import { JobId, Limit } from '../schemas.ts';
import type { World } from '../world.ts';
import { byJob, json, refused, SECURED } from './common.ts';

export const listJobs = createRoute({
  method: 'get',
  path: '/api/v1/jobs',
  operationId: 'listJobs',
  summary: 'Where every job stands.',
  security: SECURED,
  request: {
    query: z.strictObject({
      limit: Limit(100, 1000),
      after: JobId.optional().openapi({ description: 'Jobs that the configuration names after this one.' }),
    }),
  },
  responses: { ...refused, 200: json(JobList, 'Jobs, in the order of the configuration.') },
});

export const getJob = createRoute({
  method: 'get',
  path: '/api/v1/jobs/{id}',
  operationId: 'getJob',
  summary: 'Everything about one job.',
  security: SECURED,
  request: { params: byJob },
  responses: { ...refused, 200: json(JobDetail, 'The job.') },
});

export function addJobs(app: OpenAPIHono, world: World): void {
  app.openapi(listJobs, async (context) => {
    const { limit, after } = context.req.valid('query');
    return context.json(await world.look((session) => list(session, limit, after, world.redact)), 200);
  });

  app.openapi(getJob, async (context) => {
    const { id } = context.req.valid('param');
    const detail = await world.look(async (session) => {
      const { jobs, unreadable } = await status(session, [jobOf(session, id).id]);
      const [job] = jobs;
      if (job !== undefined) return JobDetail.parse(withFacts(session, job));
      throw unreadable[0] ?? new TidemillError('config', 'unknown-job', `There is no job "${id}"`);
    });
    return context.json(detail, 200);
  });
}

/** Only the states of those that are answered are read. */
async function list(
  session: Session,
  limit: number,
  after: string | undefined,
  redact: World['redact'],
): Promise<z.output<typeof JobList>> {
  const ids = session.config.jobs.map(({ id }) => id);
  const begin = after === undefined ? 0 : ids.indexOf(jobOf(session, after).id) + 1;
  const page = ids.slice(begin, begin + limit);
  const last = page.at(-1);
  const { jobs, unreadable } = page.length === 0 ? { jobs: [], unreadable: [] } : await status(session, page);
  return {
    jobs: jobs.map((job) => JobAnswer.parse(withFacts(session, job))),
    ...(last === undefined || last === ids.at(-1) ? {} : { next_after: last }),
    unreadable: unreadable.map(({ code, message }) => ({ error_code: code, message: redact(message) })),
  };
}

/** With what the configuration says of it. The schemas leave out what the API does not tell. */
function withFacts({ config }: Session, job: JobStatus) {
  const known = config.jobs.find(({ id }) => id === job.job);
  const { service = '', data_type = '', description = '' } = known ?? {};
  const last = job.recent.at(-1);
  return { ...job, service, data_type, description, ...(last === undefined ? {} : { last }) };
}
