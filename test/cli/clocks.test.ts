/** Machines whose clocks differ by minutes: slots run all the same, and once. */
import { describe, expect, it } from 'vitest';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { LEG, peopleProject, runsOf, SLOT, silverOf, stateOf, touch, until } from './legs.ts';
import type { Project } from './project.ts';

const bucketOf = (here: Project) => openLocalBucket(here.path('.tidemill/local/bucket'));

const expectDone = async (here: Project): Promise<void> => {
  const state = await stateOf(bucketOf(here));
  expect(state).toMatchObject({
    settled_through: SLOT,
    recent: [{ slot: SLOT, outcome: 'done' }],
    targets: { main: { pending: [] } },
  });
  expect(await silverOf(here)).toHaveLength(2);
};

/** Stands still but for the waits for a slot, which take no time; leases and time limits only end by being aborted. */
function clockAt(start: string) {
  let now = Date.parse(start);
  const forever = (signal?: AbortSignal) =>
    new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  return {
    now: () => new Date(now),
    sleep: async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
      if (now >= Date.parse(SLOT)) return forever(signal);
      now += milliseconds;
    },
  };
}

describe('a leg whose clock is behind that of its planner', () => {
  it.each(['2026-11-21T05:59:59Z', '2026-11-21T05:45:00Z'])(
    'waits at %s for the end of its slot: what comes until then is read, too',
    async (now) => {
      const here = await peopleProject(undefined);
      await here.run(['plan', '--record'], { now: '2026-11-20T12:00:00Z' });
      const planned = await here.run(['plan', '--record', '--json'], { now: '2026-11-21T06:00:30Z' });
      expect(planned.json().runs).toMatchObject([{ slot: SLOT }]);
      const clock = clockAt(now);
      const leg = await here.run(LEG, { clock });
      const [result] = leg.json().results;
      expect([leg.exit, result]).toEqual([
        0,
        expect.objectContaining({ result: 'done', slot: SLOT, started_at: SLOT }),
      ]);
      expect(result.interval).toEqual({ start: '2026-11-20T06:00:00.000Z', end: SLOT });
      const seconds = (Date.parse(SLOT) - Date.parse(now)) / 1000;
      expect(result.notices).toEqual([`waited ${seconds} s for the end of the slot: clocks differ`]);
      const after = await here.run(['plan', '--json'], { now: '2026-11-21T06:01:00Z' });
      expect(after.json().decisions).toMatchObject([{ decision: 'not_due', next: '2026-11-22T06:00:00.000Z' }]);
      await expectDone(here);
    },
  );

  it('and that is stopped while it waits gives the slot back', async () => {
    const here = await peopleProject(undefined);
    await here.run(['plan', '--record'], { now: '2026-11-20T12:00:00Z' });
    const stop = new AbortController();
    const clock = { ...clockAt('2026-11-21T05:50:00Z'), sleep: async () => stop.abort() };
    const leg = await here.run(LEG, { clock, interrupted: stop.signal });
    expect([leg.exit, leg.json().results, runsOf(here)]).toEqual([
      130,
      [expect.objectContaining({ result: 'stopped' })],
      0,
    ]);
    expect((await stateOf(bucketOf(here))).settled_through).toBeUndefined();
  });

  it('by more than that says so, and settles nothing', async () => {
    const here = await peopleProject(undefined);
    const leg = await here.run(LEG, { now: '2026-11-21T05:44:59Z' });
    expect([leg.exit, leg.json().error]).toEqual([2, expect.objectContaining({ code: 'slot-unknown' })]);
    expect(leg.stderr).toContain('is the clock of this machine right?');
    expect([runsOf(here), await stateOf(bucketOf(here))]).toEqual([0, undefined]);
  });

  it('by hand reads no span of time that has not come', async () => {
    const here = await peopleProject(undefined);
    const run = await here.run(['run', 'people', '--slot', SLOT], { now: '2026-11-21T05:59:00Z' });
    expect([run.exit, run.stderr]).toEqual([2, expect.stringContaining('slot-unknown')]);
  });
});

describe('two legs whose clocks lie further apart than a lease', () => {
  // By the clock of the second, the lease of the first is over before it has begun.
  it.each([
    ['ahead', '2026-11-21T06:30:00Z', '2026-11-21T06:40:00Z'],
    ['behind', '2026-11-21T05:50:00Z', '2026-11-21T06:05:10Z'],
  ])('cost a lost lease when one is %s', async (_, first, second) => {
    const here = await peopleProject(undefined, 'waits');
    const slow = here.run(LEG, { clock: clockAt(first) });
    await until('the source is being read', () => runsOf(here) === 1);
    const fast = await here.run(LEG, { now: second });
    expect(fast.json().results).toMatchObject([{ result: 'done', attempt: 2 }]);
    touch(here, 'go');
    const { exit, json } = await slow;
    const { failure, outlook } = json().results[0];
    expect([exit, failure.code, outlook]).toEqual([4, 'lease-lost', expect.stringContaining('Another run has it now')]);
    await expectDone(here);
  });
});
