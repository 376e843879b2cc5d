/** Runs: begun by hand, and what became of them. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { TidemillError } from '@tidemill/kit';
import { choose } from '../../app/choose.ts';
import { jobOf } from '../../app/operate.ts';
import { type RunRecords, report } from '../../app/report.ts';
import type { RunRequest } from '../../app/run.ts';
import { recentRuns } from '../../app/runs.ts';
import type { JobResult } from '../../result/result.ts';
import { withSmallJson } from '../guards.ts';
import { Accepted, Running } from '../job-schemas.ts';
import { RunAnswer, RunList } from '../run-schemas.ts';
import { Limit, RunId } from '../schemas.ts';
import type { World } from '../world.ts';
import { body, byJob, json, refused, SECURED } from './common.ts';

export const runJob = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{id}/run',
  operationId: 'runJob',
  summary: 'Run a job now, whatever its schedule says.',
  description: 'It runs in the background. Where as many are at work as may be, the answer is 503: ask again.',
  security: SECURED,
  middleware: [withSmallJson],
  request: { params: byJob, body: body(Running) },
  responses: { ...refused, 202: json(Accepted, 'It runs.') },
});

export const listRuns = createRoute({
  method: 'get',
  path: '/api/v1/runs',
  operationId: 'listRuns',
  summary: 'What became of the newest runs, of the last 31 days.',
  security: SECURED,
  request: {
    query: z.strictObject({
      limit: Limit(20, 100),
      before: RunId.optional().openapi({ description: 'Runs that are older than this one.' }),
    }),
  },
  responses: { ...refused, 200: json(RunList, 'Runs, newest first.') },
});

export const getRun = createRoute({
  method: 'get',
  path: '/api/v1/runs/{id}',
  operationId: 'getRun',
  summary: 'What became of one run.',
  security: SECURED,
  request: { params: z.object({ id: RunId }) },
  responses: { ...refused, 200: json(RunAnswer, 'The run.') },
});

export function addRuns(app: OpenAPIHono, world: World): void {
  app.openapi(runJob, async (context) => {
    const { id } = context.req.valid('param');
    return context.json(await begin(world, id, context.req.valid('json')), 202);
  });

  app.openapi(listRuns, async (context) => {
    const { limit, before } = context.req.valid('query');
    const { runs, isWhole } = await world.look((session) => recentRuns(session, { limit, before }));
    const last = runs.at(-1)?.run;
    const answers = runs.map(({ run, records }) => answerOf(run, records, world));
    return context.json({ runs: answers, ...(isWhole || last === undefined ? {} : { next_before: last }) }, 200);
  });

  app.openapi(getRun, async (context) => {
    const { id } = context.req.valid('param');
    const records = await world.look(async (session) => {
      try {
        return await report(session, id);
      } catch (error) {
        // One that has just begun has left nothing behind yet.
        if (world.background.isAt(id)) return { plan: undefined, results: [], missing: [] };
        throw error;
      }
    });
    return context.json(answerOf(id, records, world), 200);
  });
}

/** Answers when it is known that the job may run; the run itself goes on without anybody who waits. */
async function begin(
  { open, background, nextRunId }: World,
  id: string,
  asked: z.output<typeof Running>,
): Promise<z.output<typeof Accepted>> {
  const session = await open();
  try {
    const job = jobOf(session, id);
    const runId = nextRunId();
    const selection = { jobs: [job.id], groups: [], force: false, runId };
    const { assignments, refused: idle, unreadable } = await choose(session, { runs: [], selection, slot: asked.slot });
    if (unreadable[0] !== undefined) throw unreadable[0];
    const [assignment] = assignments;
    if (assignment === undefined) {
      const reason = idle[0]?.reason ?? 'it may not run now';
      throw new TidemillError('config', 'job-not-run', `${job.id} does not run: ${reason}`, {
        hint: '`GET /api/v1/jobs/{id}` says where it stands; `POST /api/v1/jobs/{id}/resume` lets a paused one run again.',
      });
    }
    const acceptsDeletes = asked.accept_deletes === true;
    const mode = asked.full_refresh || acceptsDeletes ? 'full' : 'incremental';
    const request: RunRequest = { assignments, runId, mode, acceptsDeletes, parallel: 1 };
    background.begin(session, request);
    return { status: 'accepted', job: job.id, run_id: runId, slot: assignment.slot };
  } catch (error) {
    await session.close();
    throw error;
  }
}

function answerOf(
  run: string,
  { results, missing }: RunRecords,
  { background, redact }: World,
): z.output<typeof RunAnswer> {
  return {
    run_id: run,
    status: background.isAt(run) ? 'running' : 'ended',
    jobs: results.map((result) => jobAnswerOf(result, redact)),
    missing: missing.map(({ job, slot }) => ({ job, slot })),
  };
}

function jobAnswerOf(result: JobResult, redact: World['redact']): z.output<typeof RunAnswer>['jobs'][number] {
  const { job, slot, result: word, started_at, seconds, gates, failure } = result;
  const { records, rejected = 0, inserted, updated = 0, deleted = 0 } = result.totals;
  return {
    ...{ job, slot, result: word, started_at, seconds, records, rejected, inserted, updated, deleted },
    gates: [...gates],
    ...(failure === undefined
      ? {}
      : {
          failure: {
            error_code: failure.code,
            message: redact(failure.message),
            recovery_suggestion: failure.hint === undefined ? failure.who : redact(failure.hint),
          },
        }),
  };
}
