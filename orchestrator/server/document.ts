/** The OpenAPI document, made of the routes. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { cancel, crawlStatus, downloadCrawl, triggerCrawl } from './routes/crawls.ts';
import { health } from './routes/health.ts';
import { getJob, listJobs } from './routes/jobs.ts';
import { pauseJob, resetJob, resumeJob } from './routes/operations.ts';
import { getRun, listRuns, runJob } from './routes/runs.ts';

const routes: readonly RouteConfig[] = [
  health,
  listJobs,
  getJob,
  runJob,
  pauseJob,
  resumeJob,
  resetJob,
  listRuns,
  getRun,
  triggerCrawl,
  crawlStatus,
  downloadCrawl,
  cancel,
];

const ABOUT = `Runs jobs, says where they stand, and operates them: what the command line does, over HTTP.
Whatever changes something is a POST of \`application/json\`. Errors have codes, which docs/errors.md explains.`;

/** As it is served at \`/openapi.json\`. */
export function openApiDocument() {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description:
      'The value of TIDEMILL_SERVE_TOKEN. Without one the server only answers this machine, and asks for none.',
  });
  for (const route of routes) openAPIRegistry.registerPath(described(route));
  return getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tidemill',
      version: '1',
      description: ABOUT,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  });
}

/** Without what only this program reads: the document takes over whatever a route has. */
function described(route: RouteConfig): RouteConfig {
  const { middleware: _, ...rest } = route;
  return rest;
}
