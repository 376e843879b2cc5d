/** Crawls of sources that answer later. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { TidemillError } from '@tidemill/kit';
import { cancelCrawl, crawlOf, triggerCrawls } from '../../app/crawl.ts';
import { crawledJob } from '../../app/crawl-targets.ts';
import { choiceForCrawls } from '../../app/open-crawls.ts';
import { jobOf } from '../../app/operate.ts';
import type { RunRequest } from '../../app/run.ts';
import { CrawlFault } from '../crawl-fault.ts';
import { CrawlAnswer, CrawlId, Downloading, Nothing, Triggered, Triggering } from '../crawl-schemas.ts';
import { withSmallJson } from '../guards.ts';
import { pollingOf } from '../patience.ts';
import type { World } from '../world.ts';
import { body, json, refused, SECURED } from './common.ts';

const byCrawl = z.object({ id: CrawlId });

export const triggerCrawl = createRoute({
  method: 'post',
  path: '/api/v1/crawl/trigger',
  operationId: 'triggerCrawl',
  summary: 'Ask the source of a job for crawls, whatever was asked before. Each may cost money.',
  security: SECURED,
  middleware: [withSmallJson],
  request: { body: body(Triggering) },
  responses: {
    ...refused,
    202: json(Triggered, 'Asked. One without a snapshot_id may have been begun all the same: it is looked for.'),
  },
});

export const crawlStatus = createRoute({
  method: 'get',
  path: '/api/v1/crawl/{id}/status',
  operationId: 'crawlStatus',
  summary: 'Where a crawl stands, by what was seen last. Asks no source.',
  security: SECURED,
  request: { params: byCrawl },
  responses: { ...refused, 200: json(CrawlAnswer, 'The crawl.') },
});

export const downloadCrawl = createRoute({
  method: 'post',
  path: '/api/v1/crawl/{id}/download',
  operationId: 'downloadCrawl',
  summary: 'Ask the source now, and download and load what is ready, of all open crawls of the job.',
  security: SECURED,
  middleware: [withSmallJson],
  request: { params: byCrawl, body: body(Nothing) },
  responses: {
    ...refused,
    200: json(Downloading, 'The crawl has ended before.'),
    202: json(Downloading, 'It is asked for in the background, by a run that may have been at it before.'),
  },
});

export const cancel = createRoute({
  method: 'post',
  path: '/api/v1/crawl/{id}/cancel',
  operationId: 'cancelCrawl',
  summary: 'Give a crawl up. The source is asked to stop, where it can be.',
  security: SECURED,
  middleware: [withSmallJson],
  request: { params: byCrawl, body: body(Nothing) },
  responses: { ...refused, 200: json(CrawlAnswer, 'The crawl. One that had ended stays as it was.') },
});

export function addCrawls(app: OpenAPIHono, world: World): void {
  app.openapi(triggerCrawl, async (context) => context.json(await begin(world, context.req.valid('json')), 202));

  app.openapi(crawlStatus, async (context) => {
    const { id } = context.req.valid('param');
    return context.json(CrawlAnswer.parse(await world.look((session) => crawlOf(session, id))), 200);
  });

  app.openapi(downloadCrawl, async (context) => {
    const { id } = context.req.valid('param');
    const answer = await download(world, id);
    return answer.status === 'ended' ? context.json(answer, 200) : context.json(answer, 202);
  });

  app.openapi(cancel, async (context) => {
    const { id } = context.req.valid('param');
    const crawl = await world.look(async (session) => {
      const cancelled = await cancelCrawl(session, id);
      world.sendEvents(session, cancelled.job);
      return cancelled;
    });
    return context.json(CrawlAnswer.parse(crawl), 200);
  });
}

async function begin(world: World, asked: z.output<typeof Triggering>): Promise<z.output<typeof Triggered>> {
  const { job: named, targets, options, ...fields } = asked;
  const own = { ...fields, ...options };
  const some = Object.keys(own).length === 0 ? {} : { options: own };
  world.background.refuseWhenStopping();
  return world.look(async (session) => {
    const job = named ?? (await crawledJob(session, own));
    const request = { job, runId: world.nextRunId(), ...(targets && { targets }), ...some };
    const { crawls, refusal } = await triggerCrawls(session, request);
    world.sendEvents(session, jobOf(session, job).id);
    const [first] = crawls;
    if (first === undefined) {
      throw refusal ?? new TidemillError('config', 'unknown-target', `${job} has nothing to crawl`);
    }
    // Nothing was begun; of what has failed the state remembers why.
    if (refusal !== undefined && crawls.every(({ status }) => status === 'failed'))
      throw new CrawlFault(first.crawl_id, refusal);
    world.wake();
    const polling = pollingOf(jobOf(session, first.job));
    return {
      status: 'accepted',
      crawl_id: first.crawl_id,
      snapshot_id: first.snapshot_id,
      crawls: crawls.map((crawl) => CrawlAnswer.parse(crawl)),
      ...(refusal && { refusal: { error_code: refusal.code, message: world.redact(refusal.message) } }),
      background_processing: {
        enabled: world.polling,
        status: world.polling ? 'scheduled' : 'disabled',
        ...polling,
      },
    };
  });
}

/** Answers as soon as it is known that there is something to ask for. */
async function download(
  { open, background, nextRunId, downloadMinutes }: World,
  id: string,
): Promise<z.output<typeof Downloading>> {
  const session = await open();
  try {
    const crawl = CrawlAnswer.parse(await crawlOf(session, id));
    const running = background.runOf(crawl.job);
    if (crawl.ended_at !== undefined || running !== undefined) {
      await session.close();
      return crawl.ended_at === undefined ? { status: 'accepted', run_id: running, crawl } : { status: 'ended', crawl };
    }
    const runId = nextRunId();
    const { assignments, idle } = await choiceForCrawls(session, [id], runId);
    if (assignments.length === 0) {
      const why = idle[0]?.reason ?? 'another run is at it';
      throw new TidemillError('transient', 'job-not-run', `${crawl.job} does not run: ${why}`, {
        hint: '`GET /api/v1/jobs/{id}` says what it waits for.',
      });
    }
    const request: RunRequest = { assignments, runId, mode: 'incremental', waitSeconds: 0, timeLimit: downloadMinutes };
    background.begin(session, request);
    return { status: 'accepted', run_id: runId, crawl };
  } catch (error) {
    await session.close();
    throw error;
  }
}
