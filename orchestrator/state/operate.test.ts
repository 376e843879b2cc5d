import { describe, expect, it } from 'vitest';
import type { JobState } from './job-state.ts';
import * as operate from './operate.ts';
import { emptyState } from './transitions.ts';

const AT = '2026-11-21T06:00:00.000Z';
const audit = { at: AT, who: 'ada', why: 'because' };
const claim = { slot: AT, run: 'leg', attempt: 2, claimed_at: AT, lease_until: '2026-11-21T06:05:00.000Z' };
const cursor = { version: 1, value: { after: 1 } };
const full: JobState = {
  ...emptyState('job'),
  cursor,
  extracted: [AT],
  head: 'bronze/m',
  targets: {
    main: { pending: [{ id: 'p', manifest: 'bronze/m' }], replay: { id: 'r', list: 'l', done: 1, total: 2 } },
  },
  settled_through: AT,
  backfill: { id: 'b', from: AT, to: '2026-11-22T00:00:00.000Z', through: AT, cursor },
};
const dead = () => false;
const alive = () => true;

/** Everything that needs a job nobody is at. */
const alone: Readonly<Record<string, (state: JobState, isLive: operate.IsLive) => JobState | undefined>> = {
  reset: (state, isLive) => operate.reset(state, isLive, audit),
  rewind: (state, isLive) => operate.rewind(state, { version: 1, value: 2 }, isLive, audit),
  'abandon a backfill': (state, isLive) => operate.abandonBackfill(state, isLive, audit),
  'ask for a replay': (state, isLive) => operate.askForReplay(state, isLive, audit),
  'abandon a replay': (state, isLive) => operate.abandonReplays(state, ['main'], isLive, audit),
};

describe('what needs a job that nobody is at', () => {
  it.each(Object.entries(alone))(
    'to %s is refused while a run is, and takes the claim of a dead one away',
    (_, act) => {
      const state = { ...full, claim };
      expect(() => act(state, alive)).toThrow(expect.objectContaining({ code: 'claim-live', kind: 'transient' }));
      const after = act(state, dead);
      expect(after?.claim).toBeUndefined();
      expect(after?.history?.[0]).toMatchObject({ at: AT, who: 'ada' });
    },
  );

  it.each(Object.entries(alone))('to %s keeps the data and the chain of its packages', (_, act) => {
    const { head, settled_through } = full;
    const after = act(full, dead);
    expect(after).toMatchObject({ head, settled_through });
    expect(after?.targets['main']?.pending).toEqual([{ id: 'p', manifest: 'bronze/m' }]);
  });
});

it('reset and rewind keep the old cursor, and let the source be read again though it was read to its end', () => {
  for (const act of [alone['reset'], alone['rewind']]) {
    const after = act?.(full, dead);
    expect(after?.history).toEqual([expect.objectContaining({ cursor_before: cursor })]);
    expect(after?.extracted).toBeUndefined();
  }
});

it('a slice is refused when the backfill stands elsewhere, or is over', () => {
  const slice = { start: new Date(AT), end: new Date('2026-11-22T00:00:00Z') };
  expect(operate.sliceRefusal(full, slice)).toBeUndefined();
  expect(operate.sliceRefusal(full, { ...slice, start: new Date('2026-11-20T06:00:00Z') })).toBeDefined();
  expect(operate.sliceRefusal(emptyState('job'), slice)).toBeDefined();
});

it('the claim of a run that died counts as a failure; that of a live one stays', () => {
  const now = new Date('2026-11-21T07:00:00Z');
  expect(operate.endDeadClaim({ ...full, claim }, alive, now)).toBeUndefined();
  expect(operate.endDeadClaim(full, dead, now)).toBeUndefined();
  const ended = operate.endDeadClaim({ ...full, claim }, dead, now);
  expect(ended).toMatchObject({ attempt: { slot: AT, count: 2 }, breaker: { failures: 1 } });
  expect(ended?.claim).toBeUndefined();
});

it('a second backfill of the same range is the one that is open', () => {
  const { from, to } = full.backfill ?? { from: AT, to: AT };
  expect(operate.startBackfill(full, { id: 'other', from, to }, audit)).toBeUndefined();
  const other = { id: 'other', from, to: '2026-11-23T00:00:00.000Z' };
  expect(() => operate.startBackfill(full, other, audit)).toThrow(expect.objectContaining({ code: 'backfill-open' }));
});
