/**
 * A job's life in fast motion: late ticks, overlapping planners, legs that fail, die or start hours later, pauses and
 * edited schedules. Whatever happens, every slot is settled exactly once, with a word its policy allows.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inputOf, jobOf } from '../../test/fixtures/plan.ts';
import type { Catchup, Job } from '../config/job.ts';
import type { JobState, Outcome, Schedule, Settlement } from '../state/job-state.ts';
import * as transitions from '../state/transitions.ts';
import { olderSlotOwed, supersededBy } from './owed.ts';
import { plan } from './plan.ts';
import { slotsBetween } from './slots.ts';
import type { Plan } from './types.ts';

const SEED = 20261121;
const MINUTE = 60_000;
const LEASE = 5 * MINUTE;

type Fate = 'done' | 'fail' | 'die' | 'wait';

interface Entry {
  readonly schedule: Schedule;
  readonly settlement: Settlement;
}

class World {
  now: number;
  job: Job;
  state: JobState;
  readonly entries: Entry[] = [];
  readonly schedules: Schedule[] = [];
  /** Slots of legs that were planned and have not started yet. */
  #waiting: string[] = [];
  #runs = 0;

  constructor(job: Job, start: string) {
    this.job = job;
    this.state = transitions.emptyState(job.id);
    this.now = Date.parse(start);
  }

  plan(): Plan {
    return plan(inputOf([this.job], [this.state], { now: new Date(this.now) }));
  }

  /** What `plan --record` does, with the state as it is by now. */
  record(): void {
    for (const record of this.plan().records) {
      if (record.kind === 'settle') {
        this.#note(record.settlements);
        this.state = transitions.settle(this.state, record.settlements);
        continue;
      }
      this.state = transitions.register(this.state, record.schedule);
      this.schedules.push(record.schedule);
    }
  }

  tick(planners: number, fates: readonly Fate[]): void {
    const plans = Array.from({ length: planners }, () => this.plan());
    for (const { runs } of plans) {
      this.record();
      this.#waiting.push(...runs.map(({ slot }) => slot));
    }
    const starting = this.#waiting;
    this.#waiting = [];
    for (const [index, slot] of starting.entries()) this.#leg(slot, fates[index % fates.length] ?? 'done');
  }

  #leg(slot: string, fate: Fate): void {
    if (fate === 'wait') {
      this.#waiting.push(slot);
      return;
    }
    if (olderSlotOwed(this.job, this.state, slot) !== undefined) return;
    this.#runs += 1;
    const run = `run-${this.#runs}`;
    const now = new Date(this.now);
    const claimed = transitions.claim(this.state, { slot, run, now, leaseUntil: new Date(this.now + LEASE) });
    if ('covered' in claimed) return;
    this.state = claimed;
    if (fate === 'die') return;
    if (fate === 'fail' && (claimed.claim?.attempt ?? 0) < this.job.max_attempts) {
      this.state = transitions.failClaim(claimed, run, { reason: 'no-answer' }, now);
      return;
    }
    const outcome = fate === 'fail' ? 'failed' : 'done';
    const settlements = [
      ...supersededBy(this.job, claimed, slot),
      { slot, outcome, at: now.toISOString(), run } as const,
    ];
    this.#note(settlements);
    this.state = transitions.settleClaim(claimed, run, settlements);
  }

  #note(settlements: readonly Settlement[]): void {
    const { schedule } = this.state;
    if (schedule === undefined) throw new Error('a slot was settled before the job was registered');
    this.entries.push(...settlements.map((settlement) => ({ schedule, settlement })));
  }

  /** Everything runs well from now on, until nothing is owed. */
  drain(): void {
    this.job = { ...this.job, enabled: true, max_catchup: 100 };
    const { paused: _, ...state } = this.state;
    this.state = state;
    for (let ticks = 0; ticks < 50; ticks += 1) {
      this.now += 2 * LEASE;
      this.tick(1, ['done']);
      if (this.plan().decisions[0]?.decision === 'not_due' && this.#waiting.length === 0) return;
    }
    throw new Error('the debt never ends');
  }
}

/** The slots that the entries stand for; a settlement of several must say how many they are. */
function slotsOf({ schedule, settlement: { slot, from = slot, count = 1 } }: Entry): string[] {
  const slots = [...slotsBetween(schedule, new Date(Date.parse(from) - 1), new Date(slot))];
  expect(slots).toHaveLength(count);
  return slots.map((each) => each.toISOString());
}

function expectEachSettledOnce(world: World): void {
  for (const [index, schedule] of world.schedules.entries()) {
    const end = world.schedules[index + 1]?.effective_from ?? new Date(world.now).toISOString();
    const owed = [...slotsBetween(schedule, new Date(schedule.effective_from), new Date(end))];
    const settled = world.entries.filter((entry) => entry.schedule === schedule).flatMap(slotsOf);
    expect(settled).toEqual(owed.map((slot) => slot.toISOString()));
  }
}

const ALLOWED: Readonly<Record<Catchup, readonly Outcome[]>> = {
  latest: ['done', 'failed', 'skipped', 'superseded'],
  all: ['done', 'failed', 'skipped'],
  none: ['done', 'failed', 'skipped', 'superseded', 'missed'],
};

type Step =
  | { readonly do: 'tick'; readonly minutes: number; readonly planners: number; readonly fates: readonly Fate[] }
  | { readonly do: 'pause' | 'resume' | 'disable' | 'enable' | 'edit' };

const CRONS = ['0 * * * *', '*/20 * * * *', '30 2 * * *', '15 1-3 * * *', '0 */6 * * *', '0 9 * * MON-FRI'];
const fate = fc.constantFrom<Fate>('done', 'done', 'done', 'fail', 'fail', 'die', 'wait');
const tick = fc.record({
  do: fc.constant('tick' as const),
  minutes: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 2000 })),
  planners: fc.integer({ min: 1, max: 2 }),
  fates: fc.array(fate, { minLength: 1, maxLength: 4 }),
});
const change = fc.constantFrom('pause', 'resume', 'disable', 'enable', 'edit').map((what) => ({ do: what }) as const);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ arbitrary: tick, weight: 8 }, { arbitrary: change, weight: 1 }),
  { minLength: 5, maxLength: 30 },
);

/** Both clock changes of the year lie within the first days. */
const start = fc.constantFrom('2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z', '2026-11-21T08:17:00Z');

function take(world: World, step: Step, crons: readonly string[]): void {
  if (step.do === 'tick') {
    world.now += step.minutes * MINUTE;
    world.tick(step.planners, step.fates);
    return;
  }
  const { paused: _, ...state } = world.state;
  const at = new Date(world.now).toISOString();
  if (step.do === 'pause') world.state = { ...state, paused: { at, reason: 'vacation' } };
  if (step.do === 'resume') world.state = state;
  if (step.do === 'disable' || step.do === 'enable') world.job = { ...world.job, enabled: step.do === 'enable' };
  if (step.do === 'edit') {
    const next = (crons.indexOf(world.job.cron ?? '') + 1) % crons.length;
    world.job = { ...world.job, cron: crons[next] };
  }
}

it.each<Catchup>(['latest', 'all', 'none'])('with catchup: %s every slot is settled exactly once', (catchup) => {
  const counts = new Map<Outcome, number>();
  const life = fc.record({
    start,
    steps,
    crons: fc.shuffledSubarray(CRONS, { minLength: 2 }),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe'),
    max_catchup: fc.integer({ min: 1, max: 4 }),
    max_attempts: fc.integer({ min: 1, max: 3 }),
    tolerance_minutes: fc.constantFrom(10, 60, 300),
  });
  fc.assert(
    fc.property(life, ({ start: since, steps: taken, crons, ...options }) => {
      const world = new World(jobOf({ ...options, catchup, cron: crons[0] }), since);
      world.record();
      for (const step of taken) take(world, step, crons);
      world.drain();
      expectEachSettledOnce(world);
      for (const { settlement } of world.entries) {
        const { outcome, count = 1, slot, at } = settlement;
        expect(ALLOWED[catchup]).toContain(outcome);
        counts.set(outcome, (counts.get(outcome) ?? 0) + count);
        const lateness = Date.parse(at) - Date.parse(slot);
        if (outcome === 'missed') expect(lateness).toBeGreaterThan(options.tolerance_minutes * MINUTE);
      }
    }),
    { seed: SEED, numRuns: 400 },
  );
  for (const outcome of ALLOWED[catchup]) expect(counts.get(outcome) ?? 0, outcome).toBeGreaterThan(100);
});
