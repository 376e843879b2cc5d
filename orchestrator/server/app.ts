/** The API: its guards, its routes, and what becomes of errors. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { routePath } from 'hono/route';
import type { z } from 'zod';
import { CrawlFault } from './crawl-fault.ts';
import { openApiDocument } from './document.ts';
import { errorAnswer, statusOf } from './error-answer.ts';
import { withOwnName, withToken } from './guards.ts';
import type { Log } from './log.ts';
import { addCrawls } from './routes/crawls.ts';
import { addHealth } from './routes/health.ts';
import { addJobs } from './routes/jobs.ts';
import { addOperations } from './routes/operations.ts';
import { addRuns } from './routes/runs.ts';
import type { World } from './world.ts';

export interface AppOptions {
  readonly world: World;
  /** Whoever asks must have it; without one, only this machine may ask. */
  readonly token: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** With the id of a crawl. */
const CRAWL_PATH = /^\/api\/v1\/crawl\/([A-Za-z0-9_][A-Za-z0-9_.-]{0,299})\//;

/** Paths that need no token. */
const OPEN = '/health';

export function buildApp({ world, token, clock, log }: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.target, result.error);
    },
  });
  const answer = (error: TidemillError, crawlId?: string): Response => {
    const status = statusOf(error);
    const headers: Record<string, string> = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
    // What is left of a body that was not read must not become the next request.
    if (status === 411 || status === 413) headers['connection'] = 'close';
    const wait = error.retryAfterSeconds ?? (status === 503 ? 30 : undefined);
    if (wait !== undefined) headers['retry-after'] = String(Math.ceil(wait));
    return Response.json(errorAnswer(error, world.redact, crawlId), { status, headers });
  };

  app.use(async (context, next) => {
    const began = clock.now().getTime();
    await next();
    const { headers, status } = context.res;
    headers.set('cache-control', 'no-store');
    headers.set('x-content-type-options', 'nosniff');
    const route = routePath(context, -1);
    log({
      event: 'request',
      method: knownMethod(context.req.method),
      route,
      status,
      ms: clock.now().getTime() - began,
    });
  });
  if (token === undefined) app.use(withOwnName);
  else {
    const guard = withToken(token);
    app.use((context, next) => (context.req.path === OPEN ? next() : guard(context, next)));
  }
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (_, methods) => wrongMethod(methods, answer) }));

  const document = openApiDocument();
  app.get('/openapi.json', (context) => context.json(document));
  addHealth(app, world);
  addJobs(app, world);
  addOperations(app, world);
  addRuns(app, world);
  addCrawls(app, world);

  app.notFound(() =>
    answer(
      new TidemillError('config', 'unknown-path', 'The API has no such path', {
        hint: '`GET /openapi.json` says which there are.',
      }),
    ),
  );
  app.onError((thrown, context) => {
    const { error, crawlId } = faultOf(thrown);
    if (statusOf(error) >= 500) world.background.tellFault(error);
    return answer(error, crawlId ?? CRAWL_PATH.exec(context.req.path)?.[1]);
  });
  return app;
}

/** Of others nobody knows what they are made of. */
const knownMethod = (method: string): string => (/^[A-Z]{3,7}$/.test(method) ? method : 'other');

function wrongMethod(methods: readonly string[], answer: (error: TidemillError) => Response): Response {
  const allow = methods.join(', ');
  const response = answer(
    new TidemillError('config', 'method-unknown', 'The path has no such method', { hint: `It has: ${allow}.` }),
  );
  response.headers.set('allow', allow);
  return response;
}

/** Of what is wrong with a request: nobody is sent back thousands of fields that he has sent. */
const [MOST_ISSUES, LONGEST_ISSUE] = [5, 300];

/** Names of fields, and never their values. */
function invalid(target: string, { issues }: z.ZodError): TidemillError {
  const where = target === 'json' ? 'body' : target;
  const told = issues
    .slice(0, MOST_ISSUES)
    .map(({ path, message }) => [[where, ...path].join('.'), message].join(': ').slice(0, LONGEST_ISSUE));
  return new TidemillError('config', 'request-invalid', `The request is not what the API takes: ${told.join('; ')}`, {
    hint: '`GET /openapi.json` says what it takes.',
  });
}

function faultOf(thrown: unknown): { readonly error: TidemillError; readonly crawlId?: string } {
  if (thrown instanceof CrawlFault) return thrown;
  return { error: thrown instanceof HTTPException ? unreadable(thrown) : asTidemillError(thrown) };
}

/** What the framework refuses by itself: a body that is no JSON. */
const unreadable = (cause: HTTPException): TidemillError =>
  new TidemillError('config', 'request-unreadable', 'The body cannot be read as JSON', {
    hint: 'Send one JSON object, and {} where there is nothing to say.',
    cause,
  });
