/** A job whose data set has vanished from its service. */
import { describe, expect, it } from 'vitest';
import { at, claimOf, inputOf, jobOf, planOf, stateOf } from '../../test/fixtures/plan.ts';
import { heldText } from './held.ts';

const GONE = new Map([['orders', '2026-11-20T10:00:00.000Z']]);
const REASON =
  'shop has no orders any more, since 2026-11-20 10:00 UTC; `npx tidemill catalog collect shop --environment prd` looks again';

describe('a job whose data set is gone', () => {
  const owing = stateOf(jobOf(), { settled_through: at('07:00') });

  it('does not run: its slot stays owed, and runs as soon as it is back', () => {
    const input = inputOf([jobOf()], [owing], { gone: GONE });
    const { only, runs, records, ...plan } = planOf(input);
    expect(only).toMatchObject({ decision: 'unit_gone', reason: REASON, slot: at('08:00'), next: at('09:00') });
    expect([runs, records]).toEqual([[], []]);
    expect(heldText(input, { ...plan, runs, records })).toBe(`1 owed, unit gone (orders: ${REASON})`);
    expect(planOf(inputOf([jobOf()], [owing])).runs).toMatchObject([{ slot: at('08:00') }]);
  });

  it('says so before it owes anything', () => {
    const idle = stateOf(jobOf(), { settled_through: at('08:00') });
    const { only } = planOf(inputOf([jobOf()], [idle], { gone: GONE }));
    expect(only).toMatchObject({ decision: 'not_due', reason: `nothing is owed; ${REASON}` });
    expect(planOf(inputOf([jobOf()], [], { gone: GONE })).only.reason).toBe(
      `new; first slot 2026-11-21 09:00 UTC; ${REASON}`,
    );
  });

  it('still gives up what is too late, and says first what keeps it away in any case', () => {
    const { only, records } = planOf(
      inputOf([jobOf({ catchup: 'none', tolerance_minutes: 1 })], [owing], { gone: GONE }),
    );
    expect([only.decision, records]).toMatchObject(['missed', [{ kind: 'settle' }]]);
    const paused = { ...owing, paused: { at: at('06:00'), reason: 'holidays' } };
    expect(planOf(inputOf([jobOf()], [paused], { gone: GONE })).only.decision).toBe('paused');
    const running = { ...owing, claim: claimOf(at('08:00')) };
    expect(planOf(inputOf([jobOf()], [running], { gone: GONE })).only.decision).toBe('in_progress');
  });

  it('is no concern of another job', () => {
    const other = jobOf({ id: 'others' });
    expect(
      planOf(inputOf([other], [stateOf(other, { settled_through: at('07:00') })], { gone: GONE })).runs,
    ).toHaveLength(1);
  });
});
