/** Many who ask at the same time, while crawls go on: each has its answer, and nothing is held on to. */
import { expect, it, onTestFinished } from 'vitest';
import { ask, startServer } from './server.ts';

const CRAWLS = 10;
const AT_A_TIME = 200;
const ROUNDS = 20;
/** What all rounds may leave behind, in bytes: were half a kilobyte of each request held on to, it would be as much. */
const LEFT_BEHIND = (AT_A_TIME * ROUNDS * 1024) / 2;

it(`${AT_A_TIME} ask for the status of crawls at a time, while ${CRAWLS} of them run`, async () => {
  const server = await startServer(CRAWLS, { BACKGROUND_POLL_INTERVAL: '1' });
  let isOver = false;
  onTestFinished(async () => {
    if (!isOver) await server.stop();
  });
  const ids: string[] = [];
  for (let one = 1; one <= CRAWLS; one += 1) {
    const { status, body } = await ask(server, '/api/v1/crawl/trigger', { job: `pages_${one}` });
    expect(status).toBe(202);
    ids.push(body.crawl_id);
  }
  const active = async (): Promise<number> => (await ask(server, '/health')).body.background_tasks.active;
  await expect.poll(active).toBe(CRAWLS);
  const polls = (): number => server.source.requests.filter(({ path }) => /^\/crawls\/t\d+$/.test(path)).length;

  const round = async (): Promise<void> => {
    const asked = Array.from({ length: AT_A_TIME }, (_, index) => ids[index % CRAWLS] ?? '');
    const answers = await Promise.all(asked.map((id) => ask(server, `/api/v1/crawl/${id}/status`)));
    expect(answers.map(({ status, body }) => [status, body.crawl_id])).toEqual(asked.map((id) => [200, id]));
  };
  for (let warming = 0; warming < 5; warming += 1) await round();
  const [before, polled] = [await server.heap(), polls()];
  for (let one = 0; one < ROUNDS; one += 1) await round();
  // The crawls went on meanwhile, and still do.
  await expect.poll(polls).toBeGreaterThan(polled + CRAWLS);
  expect(await active()).toBe(CRAWLS);
  const after = await server.heap();
  expect(after - before, `${before} bytes before, ${after} after`).toBeLessThan(LEFT_BEHIND);
  expect(server.vendor.begun).toHaveLength(CRAWLS);

  isOver = true;
  expect(await server.stop()).toBe(0);
  expect(server.lines.filter(({ event }) => event === 'fault')).toEqual([]);
  expect(server.lines.at(-1)).toMatchObject({ event: 'stopped', left: 0 });
});
