/** Requests that are made of the OpenAPI document, right ones and wrong ones: every answer is one that it declares. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { ask, type Server, startServer, TOKEN } from './server.ts';

const SEED = process.env['SEED'] ?? '20261121';
const EXAMPLES = process.env['EXAMPLES'] ?? '60';

/** What it says of a request may be as long as that. */
const MOST_WORDS = 20_000;

/** So that requests reach what is there. */
const known = (crawl: string): string => `
[[operations]]
include-path-regex = "/jobs/"
parameters = { "path.id" = "shop_orders" }

[[operations]]
include-path-regex = "/crawl/\\\\{id\\\\}/(status|download)"
parameters = { "path.id" = "${crawl}" }

[checks.positive_data_acceptance]
# What is understood and does not fit the job is 422.
expected-statuses = ["2xx", "401", "404", "409", "422", "503"]

[checks.negative_data_rejection]
# What is too long may be too large before it is read.
expected-statuses = ["4xx", "503"]
`;

async function fuzz(
  { folder, url }: Server,
  crawl: string,
): Promise<{ readonly exit: number | null; readonly said: string }> {
  const config = join(folder, 'schemathesis.toml');
  writeFileSync(config, known(crawl));
  const program = process.env['TIDEMILL_TEST_SCHEMATHESIS'] ?? 'schemathesis';
  const child = spawn(
    program,
    [
      ...['--config-file', config, 'run', `${url}/openapi.json`, '--header', `Authorization: Bearer ${TOKEN}`],
      ...['--checks', 'all', '--seed', SEED, '--max-examples', EXAMPLES, '--suppress-health-check', 'all'],
      ...['--request-timeout', '60', '--warnings', 'off'],
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' } },
  );
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exit] = await exited;
  return { exit, said: `${out}\n${err}` };
}

it(`answers as its document says, whatever is asked (SEED=${SEED})`, async () => {
  const server = await startServer(2, { BACKGROUND_POLL_INTERVAL: '1' });
  let isOver = false;
  onTestFinished(async () => {
    if (!isOver) await server.stop();
  });
  const { body } = await ask(server, '/api/v1/crawl/trigger', { job: 'pages_1' });
  const { exit, said } = await fuzz(server, body.crawl_id);
  expect(exit, said.slice(0, MOST_WORDS)).toBe(0);
  const operations = /Tested: (\d+)/.exec(said)?.[1];
  const declared = Object.values((await ask(server, '/openapi.json')).body.paths as Record<string, object>);
  expect(Number(operations)).toBe(declared.flatMap((path) => Object.keys(path)).length);
  // It is there as before, with nothing broken.
  expect((await ask(server, '/api/v1/jobs/shop_orders')).status).toBe(200);
  isOver = true;
  expect(await server.stop()).toBe(0);
  const faults = server.lines.filter(({ event, kind }) => event === 'fault' && kind === 'bug');
  expect(faults).toEqual([]);
});
