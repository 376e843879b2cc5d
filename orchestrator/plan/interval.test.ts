import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, jobOf, NOW, stateOf } from '../../test/fixtures/plan.ts';
import { emptyState } from '../state/transitions.ts';
import { lineOf, piecesOf, readingOf } from './interval.ts';

const job = jobOf();
const now = new Date(NOW);
const span = (from: string, to: string) => ({ start: new Date(from), end: new Date(to) });

describe('what a run reads', () => {
  it('begins where the last interval that was read stopped, whatever became of the slots between', () => {
    const state = stateOf(job, { read_through: at('03:00'), settled_through: at('07:00') });
    const reading = readingOf(job, state, { slot: at('08:00'), now });
    expect(reading).toEqual({ interval: span(at('03:00'), at('08:00')), what: 'on' });
    expect(readingOf(job, state, { slot: 'manual-7', now }).interval).toEqual(span(at('03:00'), NOW));
  });

  it('is nothing for a slot that a run by hand has read past, and by hand never', () => {
    const state = stateOf(job, { read_through: at('08:10') });
    expect(readingOf(job, state, { slot: at('08:00'), now })).toEqual({
      interval: span(at('07:00'), at('08:00')),
      what: 'nothing',
    });
    const early = new Date(at('08:05'));
    expect(readingOf(job, state, { slot: 'manual-7', now: early })).toEqual({
      interval: span(at('08:10'), at('08:10')),
      what: 'on',
    });
  });

  it('is the span before the slot, for a job that nobody has registered or run', () => {
    const paris = jobOf({ cron: '30 2 * * *', timezone: 'Europe/Paris' });
    const slot = '2026-03-29T01:00:00.000Z';
    expect(readingOf(paris, emptyState('orders'), { slot, now }).interval).toEqual(span('2026-03-28T01:30:00Z', slot));
    const unscheduled = jobOf({ cron: undefined });
    const byHand = readingOf(unscheduled, emptyState('orders'), { slot: 'manual-7', now });
    expect(byHand.interval).toEqual(span('2026-11-20T08:17:00Z', NOW));
  });

  it('is known of states from before the line was kept', () => {
    expect(lineOf(stateOf(job, { settled_through: at('05:00') }))).toEqual(new Date(at('05:00')));
    const effective_from = at('05:30');
    const registered = stateOf(job, { schedule: { cron: '0 * * * *', timezone: 'UTC', effective_from } });
    expect(lineOf(registered)).toEqual(new Date(at('05:00')));
  });

  it.each([
    [
      'is owed and was not read: on from the line',
      { settled_through: at('05:00'), read_through: at('05:00') },
      'on',
      '05:00',
    ],
    [
      'was given up and is not made up for: on from the line',
      { settled_through: at('07:00'), read_through: at('05:00') },
      'on',
      '05:00',
    ],
    ['was read: again', { settled_through: at('07:00'), read_through: at('07:00') }, 'again', '06:00'],
    [
      'is owed and was read by hand: nothing',
      { settled_through: at('05:00'), read_through: at('07:10') },
      'nothing',
      '06:00',
    ],
  ])('of a slot that somebody asks for and that %s', (_, changes, what, start) => {
    const upTo = new Date(at('07:00'));
    const reading = readingOf(job, stateOf(job, changes), { slot: 'manual-7', now, upTo });
    expect(reading).toEqual({ interval: span(at(start), at('07:00')), what });
  });
});

it('pieces cover the interval in order, without a hole or an overlap, and none is too long', () => {
  const minutes = fc.integer({ min: 0, max: 3000 });
  fc.assert(
    fc.property(minutes, fc.integer({ min: 1, max: 700 }), (length, most) => {
      const interval = { start: now, end: new Date(now.getTime() + length * 60_000) };
      const pieces = [...piecesOf({ max_interval_minutes: most }, interval)];
      expect([pieces[0]?.start, pieces.at(-1)?.end]).toEqual([interval.start, interval.end]);
      for (const [index, { start, end }] of pieces.entries()) {
        expect(end.getTime() - start.getTime()).toBeLessThanOrEqual(most * 60_000);
        if (index > 0) expect(start).toEqual(pieces[index - 1]?.end);
      }
      expect(pieces).toHaveLength(Math.max(1, Math.ceil(length / most)));
    }),
    { seed: 20261121 },
  );
});
