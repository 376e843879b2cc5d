/** The schedule, in the background of a server: planned again and again, run once. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../orchestrator/app/host.ts';
import { handClock } from '../fakes/hand-clock.ts';
import { begun, letGo, passTo, type Served, type Serving, served, waitingHost } from './served.ts';

const TICK_MS = 30_000;
/** One look before the hour. */
const BEFORE = '2026-11-21T06:59:40Z';
const hourly = { cron: '0 * * * *' };

const activeIn = async ({ get }: Served): Promise<number> => (await get('/health')).body.background_tasks.active;

/** Registers the schedule before 7, and then it is 7. */
async function atSeven(serving: Serving & { readonly host: Host }, servers = 1) {
  const clock = handClock(BEFORE);
  const all: Served[] = [];
  for (let one = 0; one < servers; one += 1) all.push(await served({ ...serving, clock, options: { schedule: true } }));
  await expect.poll(() => clock.sleepers).toBe(servers);
  await passTo(clock, serving.host, TICK_MS);
  const [first] = all;
  if (first === undefined) throw new Error('no server');
  return { clock, first, all };
}

const ended = ({ log }: Served) => log.filter(({ event }) => event === 'ended');

describe('with --schedule', () => {
  it('what is owed runs, and is recorded as the schedule’s', async () => {
    const host = waitingHost(['a', 'b'], hourly);
    letGo(host);
    const { first } = await atSeven({ host });
    await expect.poll(() => ended(first).length).toBe(2);
    expect(ended(first).map(({ job, slot, result }) => [job, slot, result])).toEqual(
      expect.arrayContaining([
        ['shop_a', '2026-11-21T07:00:00.000Z', 'done'],
        ['shop_b', '2026-11-21T07:00:00.000Z', 'done'],
      ]),
    );
    const { body } = await first.get('/api/v1/jobs/shop_a');
    expect(body).toMatchObject({ settled_through: '2026-11-21T07:00:00.000Z', decision: 'not_due' });
    expect((await first.get('/health')).body.background_tasks.enabled).toBe(true);
  });

  it('no more run at a time than may be, and those that wait come next', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const host = waitingHost(names, hourly);
    const { first, clock } = await atSeven({ host, env: { BACKGROUND_MAX_WORKERS: '2' } });
    await expect.poll(() => begun(host).length).toBe(2);
    expect(await activeIn(first)).toBe(2);
    await clock.pass(4 * TICK_MS);
    expect(begun(host).length).toBe(2);
    letGo(host);
    await expect.poll(() => ended(first).length).toBe(5);
    expect(begun(host).sort()).toEqual(names);
  });

  it('a job that is at work keeps no other from running', async () => {
    const host = waitingHost(['a'], hourly);
    const { first, clock } = await atSeven({ host });
    await expect.poll(() => begun(host)).toEqual(['a']);
    const runs = async (): Promise<unknown[]> => (await first.get('/api/v1/runs')).body.runs;
    const before = await runs();
    await passTo(clock, host, TICK_MS);
    await passTo(clock, host, TICK_MS);
    // Nothing else is owed, and nobody plans it again.
    expect((await runs()).length).toBe(before.length);
    letGo(host);
    await expect.poll(() => ended(first).length).toBe(1);
  });

  it('a second server beside it doubles nothing', async () => {
    const names = ['a', 'b', 'c'];
    const host = waitingHost(names, hourly);
    letGo(host);
    const { all, clock } = await atSeven({ host }, 2);
    const [one, other] = all as [Served, Served];
    await expect.poll(async () => (await activeIn(one)) + (await activeIn(other))).toBe(0);
    await passTo(clock, host, TICK_MS);
    await expect.poll(async () => (await activeIn(one)) + (await activeIn(other))).toBe(0);
    expect(begun(host).sort()).toEqual(names);
    const done = [...ended(one), ...ended(other)].filter(({ result }) => result === 'done');
    expect(done.map(({ job }) => job).sort()).toEqual(names.map((name) => `shop_${name}`));
  });

  it('waits for a run by hand of the same serial service', async () => {
    const host = waitingHost(['a', 'b'], hourly, { serial: true });
    const clock = handClock(BEFORE);
    const here = await served({ host, clock, options: { schedule: true } });
    await expect.poll(() => clock.sleepers).toBe(1);
    await here.post('/api/v1/jobs/shop_a/run', {});
    await expect.poll(() => begun(host)).toEqual(['a']);
    await passTo(clock, host, TICK_MS);
    expect(await activeIn(here)).toBe(1);
    letGo(host);
    await expect.poll(() => activeIn(here)).toBe(0);
    await passTo(clock, host, TICK_MS);
    await expect.poll(() => ended(here).length).toBe(3);
    expect(begun(host)).toEqual(['a', 'a', 'b']);
  });

  it('events that could not leave with their run are sent by a later look', async () => {
    const host = waitingHost(['a'], hourly, {}, { environments: { local: { events: ['file:events.ndjson'] } } });
    const file = join(host.cwd, 'events.ndjson');
    mkdirSync(file);
    letGo(host);
    const { first, clock } = await atSeven({ host });
    await expect.poll(() => ended(first).length).toBe(1);
    await expect.poll(() => first.log.some(({ event }) => event === 'fault')).toBe(true);
    rmdirSync(file);
    await passTo(clock, host, TICK_MS);
    const kinds = (): unknown[] =>
      existsSync(file)
        ? readFileSync(file, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line).data.event_type)
        : [];
    await expect.poll(kinds).toContain('run-completed');
  });

  it('a fault of one look is told, and the next one is taken', async () => {
    const host = waitingHost(['a'], hourly);
    letGo(host);
    const file = `${host.cwd}/ingestion-config.yaml`;
    const config = readFileSync(file, 'utf8');
    const clock = handClock(BEFORE);
    const here = await served({ host, clock, options: { schedule: true } });
    await expect.poll(() => clock.sleepers).toBe(1);
    writeFileSync(file, 'jobs: 1');
    await clock.pass(TICK_MS);
    await expect
      .poll(() => here.log.filter(({ event }) => event === 'fault'))
      .toMatchObject([{ error_code: 'config-invalid' }]);
    writeFileSync(file, config);
    await expect.poll(() => clock.sleepers).toBe(1);
    await clock.pass(TICK_MS);
    await expect.poll(() => ended(here).length).toBe(1);
  });
});

it('without it nothing that is owed runs', async () => {
  const host = waitingHost(['a'], hourly);
  letGo(host);
  const clock = handClock(BEFORE);
  const first = await served({ host, clock, options: { schedule: true } });
  await expect.poll(() => clock.sleepers).toBe(1);
  await first.stop();
  const here = await served({ host, clock });
  for (let looks = 0; looks < 3; looks += 1) {
    await expect.poll(() => clock.sleepers).toBe(1);
    await clock.pass(TICK_MS);
  }
  expect((await here.get('/api/v1/jobs/shop_a')).body.owed_slots).toBe(1);
  expect(here.log.map(({ event }) => event)).toEqual(['listening', 'request']);
  expect(begun(host)).toEqual([]);
});
