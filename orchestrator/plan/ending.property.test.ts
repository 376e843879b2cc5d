import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cronExpression } from '../../test/arbitraries/cron.ts';
import { claimOf, dead, jobOf, stateOf } from '../../test/fixtures/plan.ts';
import { endingAlone, oneByOne } from '../../test/oracles/settlements.ts';
import type { Catchup } from '../config/job.ts';
import type { Settlement } from '../state/job-state.ts';
import { endHopeless, skipAll } from './ending.ts';
import { supersededBy } from './owed.ts';
import { slotsBetween } from './slots.ts';

const SEED = 20261121;
const MINUTE = 60_000;

/** In the text as it is stored, where the order of fields counts, too. */
const stored = (settlements: readonly Settlement[]): string[] => settlements.map((each) => JSON.stringify(each));

/** An owed slot by its place among all of them, and how often it was tried. */
const tries = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), count: fc.integer({ min: 0, max: 3 }) });

const debts = fc.record({
  cron: fc.oneof(
    cronExpression.map(({ text }) => text),
    fc.constantFrom('* * * * *', '*/7 * * * *', '30 2 * * *'),
  ),
  timezone: fc.constantFrom(
    ...['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana', 'Africa/Casablanca'],
    ...['Pacific/Apia', 'Asia/Beirut', 'America/St_Johns', 'Antarctica/Troll', 'Asia/Kathmandu', 'Pacific/Chatham'],
  ),
  // Around the days on which clocks are changed, and on any other.
  now: fc.oneof(
    fc.date({ min: new Date('2026-03-28'), max: new Date('2026-04-06'), noInvalidDate: true }),
    fc.date({ min: new Date('2026-10-24'), max: new Date('2026-11-03'), noInvalidDate: true }),
    fc.date({ min: new Date('2011-12-28'), max: new Date('2012-01-03'), noInvalidDate: true }),
    fc.date({ min: new Date('2010-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
  ),
  silence: fc.double({ min: 0, max: 3 * 1440, noNaN: true }),
  catchup: fc.constantFrom<Catchup>('latest', 'all', 'none'),
  max_lateness_minutes: fc.option(fc.constantFrom(1, 30, 61.7, 600, 2000), { nil: undefined }),
  tolerance_minutes: fc.constantFrom(0, 0.5, 60, 1000),
  attempted: tries,
  died: tries,
});

it('settles by first, last and count what a walk from slot to slot settles', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(debts, ({ now, silence, attempted, died, cron, timezone, ...options }) => {
      const job = jobOf({ ...options, cron, timezone });
      const since = new Date(now.getTime() - Math.floor(silence * MINUTE));
      const schedule = { cron, timezone, effective_from: since.toISOString() };
      const slots = [...slotsBetween(schedule, since, now)];
      const slotAt = ({ at }: { readonly at: number }): string =>
        (slots[Math.min(slots.length - 1, Math.floor(at * slots.length))] ?? now).toISOString();
      const attempt = {
        slot: slotAt(attempted),
        count: attempted.count,
        at: now.toISOString(),
        reason: 'no-answer: x',
      };
      const state = stateOf(job, {
        schedule,
        ...(attempted.count > 0 ? { attempt } : {}),
        ...(died.count > 0 ? { claim: claimOf(slotAt(died), { ...dead, attempt: died.count }) } : {}),
      });
      const ended = endHopeless(job, state, { timetable: schedule, after: since }, now);
      const last = ended.at(-1)?.slot ?? '';
      const expected = oneByOne(
        slots.filter((slot) => slot.toISOString() <= last),
        now.toISOString(),
        (slot) => endingAlone(job, state, slot, now),
      );
      expect(stored(ended)).toEqual(stored(expected));
      // Nothing behind the last one has to end.
      const next = slots.find((slot) => slot.toISOString() > last);
      const fate = next && endingAlone(job, state, next, now).outcome;
      if (options.catchup !== 'all' || last === '') expect([undefined, 'superseded']).toContain(fate);
      for (const { outcome, count } of ended) seen.add(count === undefined ? `one ${outcome}` : `many ${outcome}`);

      const skipped = oneByOne(slots, now.toISOString(), () => ({ outcome: 'skipped', reason: 'paused' }));
      expect(stored(skipAll(state, now, 'paused'))).toEqual(stored(skipped));

      const slot = slotAt(died);
      const claimed = { ...state, claim: claimOf(slot) };
      const older = slots.filter((each) => each.toISOString() < slot);
      const replaced = oneByOne(older, claimed.claim.claimed_at, () => ({ outcome: 'superseded' }));
      expect(stored(supersededBy(jobOf({ cron, timezone }), claimed, slot))).toEqual(
        stored(replaced.map((settlement) => ({ ...settlement, run: claimed.claim.run }))),
      );
    }),
    { seed: SEED, numRuns: 1500 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['many missed', 'many superseded', 'one failed', 'one missed']));
});

it('settles years of silence of a job by the minute at once', () => {
  const job = jobOf({ cron: '* * * * *', timezone: 'Europe/Berlin', catchup: 'none' });
  const after = new Date('2026-11-21T00:00:00.000Z');
  const now = new Date('2036-11-21T00:00:30.000Z');
  const schedule = { cron: '* * * * *', timezone: 'Europe/Berlin', effective_from: after.toISOString() };
  const state = stateOf(job, { schedule });
  const minutes = (now.getTime() - after.getTime() - 30_000) / MINUTE;
  expect(skipAll(state, now, 'paused')).toEqual([
    {
      slot: '2036-11-21T00:00:00.000Z',
      outcome: 'skipped',
      reason: 'paused',
      at: now.toISOString(),
      from: '2026-11-21T00:01:00.000Z',
      count: minutes,
    },
  ]);
  expect(endHopeless(job, state, { timetable: schedule, after }, now)).toMatchObject([
    { outcome: 'missed', count: minutes - 60 },
  ]);
});
