import { describe, expect, it } from 'vitest';
import { jobOf } from '../../test/fixtures/job.ts';
import { freshnessOf, MOST_BEHIND } from './freshness.ts';

const now = new Date('2026-11-21T15:20:00Z');
const known = { now, isResting: false, isWaiting: false, lastDone: undefined, effectiveFrom: undefined };
const job = (cron: string | undefined, tolerance_minutes = 60) => jobOf({ id: 'a', cron, tolerance_minutes });
const after = (cron: string, lastDone: string) => freshnessOf(job(cron), { ...known, lastDone: new Date(lastDone) });

describe('freshness', () => {
  it('is measured by the job’s own schedule', () => {
    const since = '2026-11-20T05:30:00Z';
    expect(after('30 5 * * *', since)).toMatchObject({ word: 'late', behind: 1, lateSeconds: 35_400 });
    expect(after('30 5 * * 5', since)).toMatchObject({ word: 'fresh', behind: 0 });
    expect(after('30 * * * *', since)).toMatchObject({ word: 'late', behind: 33 });
  });

  it('does not call a weekday job stale at the weekend', () => {
    expect(after('15 6 * * 1-5', '2026-11-20T06:15:00Z')).toMatchObject({ word: 'fresh', behind: 0 });
  });

  it('is due within the tolerance, and late beyond it', () => {
    const lastDone = new Date('2026-11-21T13:50:00Z');
    expect(freshnessOf(job('50 * * * *', 30), { ...known, lastDone })).toMatchObject({ word: 'due', behind: 1 });
    expect(freshnessOf(job('50 * * * *', 29), { ...known, lastDone })).toMatchObject({ word: 'late', behind: 1 });
  });

  it('says how far the next slot is', () => {
    expect(after('0 */6 * * *', '2026-11-21T12:00:00Z').position).toBeCloseTo(200 / 360);
  });

  it('counts from the registration when nothing was ever done', () => {
    const effectiveFrom = new Date('2026-11-21T10:00:00Z');
    expect(freshnessOf(job('0 * * * *'), { ...known, effectiveFrom })).toMatchObject({ word: 'late', behind: 5 });
    expect(freshnessOf(job('0 20 * * *'), { ...known, effectiveFrom })).toMatchObject({ word: 'new', behind: 0 });
    expect(freshnessOf(job('0 20 * * *'), known)).toEqual({ word: 'new' });
  });

  it('expects nothing of a job that rests, or has no schedule', () => {
    const lastDone = new Date('2026-01-01T00:00:00Z');
    const resting = freshnessOf(job('0 * * * *'), { ...known, isResting: true, lastDone });
    expect(resting).toEqual({ word: 'resting', asOf: lastDone });
    expect(freshnessOf(job(undefined), { ...known, lastDone })).toEqual({ word: 'by_hand', asOf: lastDone });
  });

  it('stops counting after an outage of months', () => {
    expect(after('* * * * *', '2026-01-01T00:00:00Z').behind).toBe(MOST_BEHIND);
  });
});
