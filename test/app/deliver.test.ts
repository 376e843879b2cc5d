import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choose } from '../../orchestrator/app/choose.ts';
import { sendWaiting } from '../../orchestrator/app/events.ts';
import type { Host } from '../../orchestrator/app/host.ts';
import { type Ran, run } from '../../orchestrator/app/run.ts';
import { openSession, type Session } from '../../orchestrator/app/session.ts';
import { follow } from '../../orchestrator/app/stream.ts';
import type { Listener } from '../../orchestrator/config/job.ts';
import { type Driver, DriverManifest } from '../../orchestrator/drivers/manifest.ts';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import { readState } from '../../orchestrator/state/store.ts';
import { handClock } from '../fakes/hand-clock.ts';
import { hostWith } from './host.ts';

const SECRET = 'open sesame';

/**
 * A driver of events of which nothing is here but its code: it writes what it takes into the file that its location names, one id a
 * line. A file beside it says how it behaves.
 */
const CODE = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
export default async ({ location, env, clock }) => {
  const file = env.TAPE_FOLDER + '/' + new URL(location).host;
  const how = existsSync(file + '.how') ? readFileSync(file + '.how', 'utf8') : '';
  if (how === 'never opened') await new Promise(() => {});
  return {
    url: location,
    check: async () => {},
    async send(events, { taken, signal }) {
      for (const event of events) {
        if (how === 'never hears') await new Promise(() => {});
        if (how === 'torn') throw new Error('torn, key ' + env.TAPE_KEY);
        if (how === 'refuses drift' && event.data.event_type === 'package-committed') throw new Error('no room for packages');
        if (how === 'slow') await clock.sleep(7000, signal);
        appendFileSync(file, event.id + '\\n');
        taken(1);
      }
      if (how === 'forgets') throw new Error('forgotten');
    },
    close: how === 'never closed' ? () => new Promise(() => {}) : async () => {},
  };
};`;

const tape: Driver = {
  ...DriverManifest.parse({
    kind: 'events',
    schemes: ['tape'],
    location: 'tape://NAME',
    credentials: [{ name: 'TAPE_KEY', description: 'Key.' }],
    settings: [{ name: 'TAPE_FOLDER', description: 'Where the tapes are.' }],
  }),
  package: `data:text/javascript,${encodeURIComponent(CODE)}`,
  description: '',
  folder: '/nowhere',
};

const listener = (name: string, more: Partial<Listener> = {}): Listener => ({
  ...{ name, to: `tape://${name}`, kinds: [], jobs: undefined },
  ...more,
});

class Place {
  readonly host: Host;
  #runs = 0;

  constructor() {
    const host = hostWith({
      services: { shop: {} },
      environments: { local: { events: [] } },
      jobs: Object.fromEntries(
        ['orders', 'returns'].map((name) => [
          name,
          {
            ...{ service: 'shop', data_type: name },
            command: [process.execPath, '--eval', 'console.log(JSON.stringify({ id: 1 }))'],
          },
        ]),
      ),
    });
    // Nobody has to wait for those who hang.
    const sleep: Host['clock']['sleep'] = (milliseconds, signal) => host.clock.sleep(milliseconds / 100, signal);
    this.host = { ...host, env: { TAPE_KEY: SECRET, TAPE_FOLDER: host.cwd }, clock: { ...host.clock, sleep } };
  }

  /** From now on the sink behaves so. */
  let(name: string, how: string): void {
    writeFileSync(join(this.host.cwd, `${name}.how`), how);
  }

  /** Ids of the events that it has, each as often as it has it. */
  has(name: string): string[] {
    try {
      return readFileSync(join(this.host.cwd, name), 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  }

  /** Kinds of them. */
  kinds(name: string): string[] {
    return this.has(name).map((id) => id.slice(0, id.indexOf(':')));
  }

  async session(events: readonly Listener[]): Promise<Session> {
    const opened = await openSession(this.host, {});
    return {
      ...opened,
      config: { ...opened.config, drivers: [tape, ...opened.config.drivers] },
      environment: { ...opened.environment, events },
    };
  }

  async run(events: readonly Listener[], jobs = ['orders'], waiting: readonly string[] = []): Promise<Ran> {
    const session = await this.session(events);
    this.#runs += 1;
    const runId = `by-hand-${this.#runs}`;
    const { assignments } = await choose(session, { runs: [], selection: { jobs, groups: [], force: false, runId } });
    const request = { assignments: jobs.length === 0 ? [] : assignments, runId, mode: 'incremental', waiting } as const;
    const { answer } = await follow(run(session, request), []);
    await session.close();
    return answer;
  }

  async state(job = 'orders'): Promise<JobState> {
    const session = await this.session([]);
    return (await readState(session.bucket, job)).state;
  }
}

const DONE = [{ result: 'done', totals: { inserted: 1 } }];
const ALL = ['run-started', 'package-committed', 'run-completed'];

it('what a run tells leaves after it, in order and once, and nothing is kept', async () => {
  const place = new Place();
  const { results, untold } = await place.run([listener('reel')]);
  expect([results, untold]).toMatchObject([DONE, []]);
  expect(place.kinds('reel')).toEqual(ALL);
  expect((await place.state()).outbox).toMatchObject({ next: 4, entries: [], sinks: { reel: { sent: 3 } } });
  await place.run([listener('reel')]);
  expect(place.kinds('reel')).toEqual([...ALL, ...ALL]);
  expect(new Set(place.has('reel')).size).toBe(6);
});

it('nothing is kept for nobody', async () => {
  const place = new Place();
  await place.run([]);
  expect(await place.state()).not.toHaveProperty('outbox');
});

it('each is told what the configuration says, and no more', async () => {
  const place = new Place();
  const failures = listener('failures', { kinds: ['*-failed'] });
  const packages = listener('packages', { kinds: ['package-*', 'run-completed'], jobs: ['orders'] });
  await place.run([failures, packages], ['orders', 'returns']);
  expect(place.kinds('packages')).toEqual(['package-committed', 'run-completed']);
  expect(place.has('packages').every((id) => id.includes(':orders:'))).toBe(true);
  expect(place.has('failures')).toEqual([]);
  expect((await place.state()).outbox?.entries).toEqual([]);
  expect((await place.state('returns')).outbox?.sinks).toEqual({ failures: { sent: 0 } });
});

describe.each([
  ['never hears', 'no answer within 10 s', 'events-wait'],
  ['never opened', 'no answer within 10 s', 'events-wait'],
  ['torn', 'torn, key ***', 'events-refused'],
])('a sink that is %s', (how, why, code) => {
  it('neither holds nor breaks a run, keeps no other sink back, and gets everything in the end', async () => {
    const place = new Place();
    place.let('reel', how);
    const both = [listener('reel'), listener('other')];
    const { results, untold } = await place.run(both);
    expect(results).toMatchObject(DONE);
    expect(untold).toMatchObject([{ code, message: expect.stringContaining(why) }]);
    expect(untold[0]?.message).toContain('3 events of 1 job wait for reel');
    expect(JSON.stringify([untold, await place.state()])).not.toContain(SECRET);
    expect([place.kinds('reel'), place.kinds('other')]).toEqual([[], ALL]);
    const { outbox } = await place.state();
    expect(outbox?.sinks).toMatchObject({ reel: { sent: 0 }, other: { sent: 3 } });
    expect(outbox?.sinks['reel']?.refused?.says).toBe(code === 'events-refused' ? why : undefined);
    place.let('reel', '');
    expect((await place.run(both)).untold).toEqual([]);
    expect([place.kinds('reel'), place.kinds('other')]).toEqual([
      [...ALL, ...ALL],
      [...ALL, ...ALL],
    ]);
    expect((await place.state()).outbox?.sinks).toEqual({ reel: { sent: 6 }, other: { sent: 6 } });
  });
});

it('one that cannot be closed has what it has', async () => {
  const place = new Place();
  place.let('reel', 'never closed');
  expect(await place.run([listener('reel')])).toMatchObject({ results: DONE, untold: [] });
  expect(place.kinds('reel')).toEqual(ALL);
});

it('what was not answered comes again, and what was taken does not', async () => {
  const place = new Place();
  place.let('reel', 'refuses drift');
  const { untold } = await place.run([listener('reel')]);
  expect(untold).toMatchObject([{ code: 'events-refused', message: expect.stringContaining('2 events of 1 job') }]);
  expect(place.kinds('reel')).toEqual(['run-started']);
  place.let('reel', 'forgets');
  await place.run([listener('reel')]);
  expect(place.kinds('reel'), 'the first was taken').toEqual([...ALL, ...ALL]);
  expect((await place.state()).outbox?.sinks['reel']).toEqual({ sent: 6 });
});

it('what waits of a job that does not run is sent with the others', async () => {
  const place = new Place();
  place.let('reel', 'torn');
  await place.run([listener('reel')]);
  place.let('reel', '');
  await place.run([listener('reel')], [], ['orders']);
  expect(place.kinds('reel')).toEqual(ALL);
});

it('a sink that takes its time is not waited for after a run, and for who asks to send all of it is', async () => {
  const place = new Place();
  place.let('reel', 'torn');
  await place.run([listener('reel')]);
  place.let('reel', 'slow');
  const clock = handClock('2026-11-21T06:30:00Z');
  const opened = await place.session([listener('reel')]);
  const session = { ...opened, host: { ...opened.host, clock } };
  /** Who sleeps: the sink, who waits for it, and whoever waits no longer than so long for all of it. */
  const asleep = (count: number) => expect.poll(() => clock.sleepers).toBe(count);
  const soon = sendWaiting(session);
  await asleep(3);
  await clock.pass(7_000);
  await asleep(3);
  await clock.pass(3_000);
  const { sent, untold } = await soon;
  expect([sent, place.kinds('reel')]).toEqual([1, ['run-started']]);
  expect(untold).toMatchObject([
    { code: 'events-wait', message: expect.stringContaining('2 events of 1 job wait for reel, which takes them one') },
  ]);
  const whole = sendWaiting(session, [], 'whole');
  for (const _ of [2, 3]) {
    await asleep(2);
    await clock.pass(7_000);
  }
  expect(await whole).toEqual({ sent: 2, untold: [] });
  expect((await place.state()).outbox?.sinks['reel']).toEqual({ sent: 3 });
});

it('who interrupts the sending of all of it waits no longer than a run does', async () => {
  const place = new Place();
  place.let('reel', 'torn');
  await place.run([listener('reel')]);
  place.let('reel', 'slow');
  const clock = handClock('2026-11-21T06:30:00Z');
  const end = new AbortController();
  const opened = await place.session([listener('reel')]);
  const whole = sendWaiting({ ...opened, host: { ...opened.host, clock, interrupted: end.signal } }, [], 'whole');
  await expect.poll(() => clock.sleepers).toBe(2);
  end.abort(new Error('Ctrl-C'));
  await expect.poll(() => clock.sleepers).toBe(3);
  await clock.pass(7_000);
  await expect.poll(() => clock.sleepers).toBe(3);
  await clock.pass(3_000);
  expect(await whole).toMatchObject({ sent: 1, untold: [{ code: 'events-wait' }] });
});

it('a job whose event is refused keeps back no other job', async () => {
  const place = new Place();
  place.let('reel', 'refuses drift');
  const { untold } = await place.run([listener('reel')], ['orders', 'returns']);
  expect(untold).toMatchObject([{ message: expect.stringContaining('4 events of 2 jobs wait for reel') }]);
  expect(place.kinds('reel')).toEqual(['run-started', 'run-started']);
});
