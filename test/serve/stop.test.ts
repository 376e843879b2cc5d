/** SIGTERM: what is at work ends in order, what waits is owed as before, and nobody waits for ever. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { assignmentOf } from '../../orchestrator/app/assignments.ts';
import { openSession } from '../../orchestrator/app/session.ts';
import { Background } from '../../orchestrator/server/background.ts';
import { handClock } from '../fakes/hand-clock.ts';
import { begun, letGo, passTo, type Served, served, waitingHost } from './served.ts';

it('ends at once where nothing is at work, and lets go of its port', async () => {
  const here = await served();
  expect((await here.get('/health')).status).toBe(200);
  await here.stop();
  expect(here.log.map(({ event }) => event).slice(-2)).toEqual(['stopping', 'stopped']);
  await expect(fetch(`${here.url}/health`)).rejects.toThrow();
});

it('stops runs in order: their claims are given back, and the next server runs what they owe', async () => {
  const names = ['a', 'b', 'c'];
  const host = waitingHost(names, { cron: '0 * * * *' });
  const clock = handClock('2026-11-21T06:59:40Z');
  const options = { schedule: true } as const;
  const env = { BACKGROUND_MAX_WORKERS: '2' };
  const first = await served({ host, clock, options, env });
  await expect.poll(() => clock.sleepers).toBe(1);
  await passTo(clock, host, 30_000);
  await expect.poll(() => begun(host).length).toBe(2);
  await first.stop();
  const results = first.log.filter(({ event }) => event === 'ended').map(({ result }) => result);
  expect(results).toEqual(['stopped', 'stopped']);
  // The third never began.
  expect(begun(host).length).toBe(2);
  letGo(host);
  const second = await served({ host, clock, options, env });
  await expect.poll(() => second.log.filter(({ event }) => event === 'ended').length).toBe(3);
  for (const name of names) {
    const { body } = await second.get(`/api/v1/jobs/shop_${name}`);
    expect(body.claim).toBeUndefined();
    expect(body.recent).toMatchObject([{ outcome: 'done', slot: '2026-11-21T07:00:00.000Z' }]);
  }
});

const HALF =
  'POST /api/v1/jobs/shop_orders/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{';

/** A request that has begun and not ended. */
async function halfAsked({ port }: Served): Promise<{ say(rest: string): void; readonly answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve) => socket.write(HALF, () => resolve()));
  return { say: (rest) => void socket.write(rest), answer: text(socket).catch(() => '') };
}

it('answers what has been asked before it goes, and begins nothing more', async () => {
  const here = await served();
  const { say, answer } = await halfAsked(here);
  await here.get('/health');
  const stopped = here.stop();
  say('}');
  const said = await answer;
  expect(said).toMatch(/^HTTP\/1\.1 503 /);
  expect(said).toContain('server-busy');
  await stopped;
  expect(here.log.filter(({ event }) => event === 'begun')).toEqual([]);
});

it('waits for no request that never ends', async () => {
  const clock = handClock('2026-11-21T06:59:00Z');
  const here = await served({ clock });
  const { answer } = await halfAsked(here);
  await here.get('/health');
  const stopped = here.stop();
  await expect.poll(() => clock.sleepers).toBe(1);
  await clock.pass(5_000);
  await stopped;
  expect(await answer).toBe('');
});

it('waits for no run that does not end, and says how many are left', async () => {
  const host = waitingHost(['a', 'b']);
  const clock = handClock('2026-11-21T06:59:00Z');
  const session = await openSession(host, {});
  const never = (): Promise<never> => new Promise(() => undefined);
  const bucket = new Proxy(session.bucket, {
    get: (real, name) => (typeof Reflect.get(real, name) === 'function' ? never : Reflect.get(real, name)),
  });
  const background = new Background(1, () => undefined);
  const assignments = session.config.jobs.map((job) => assignmentOf(session.config, `${job.id}@manual-1`, clock.now()));
  background.queue({ ...session, bucket }, { assignments, runId: '1', mode: 'incremental' });
  const stopped = background.stop(clock, 30_000);
  await expect.poll(() => clock.sleepers).toBe(1);
  await clock.pass(30_000);
  expect(await stopped).toBe(1);
  expect(background.isAt('1')).toBe(true);
});
