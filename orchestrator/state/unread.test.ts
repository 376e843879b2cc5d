import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Settlement, Span } from './job-state.ts';
import { emptyState } from './transitions.ts';
import { addUnread, withoutUnread } from './unread.ts';

const hour = (number: number): string => new Date(number * 3_600_000).toISOString();
const span = (from: number, to: number): Span => ({ from: hour(from), to: hour(to) });
const missed = ({ from, to }: Span): Settlement => ({ slot: to, outcome: 'missed', at: to, unread_from: from });

/** The hours of the spans, each once. */
const hoursOf = (spans: readonly Span[]): number[] =>
  spans.flatMap(({ from, to }) => {
    const [first, last] = [Date.parse(from) / 3_600_000, Date.parse(to) / 3_600_000];
    return Array.from({ length: last - first }, (_, index) => first + index);
  });

it('what is given up is kept, and what touches is one', () => {
  const state = { ...emptyState('j'), unread: [span(1, 2)] };
  expect(addUnread(state, [missed(span(2, 3)), missed(span(5, 6))])).toEqual({ unread: [span(1, 3), span(5, 6)] });
  expect(addUnread(emptyState('j'), [{ slot: hour(2), outcome: 'missed', at: hour(2) }])).toEqual({});
});

const spans = fc
  .uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 10 })
  .map((bounds) => bounds.toSorted((a, b) => a - b))
  .map((bounds) =>
    bounds.flatMap((from, index) =>
      index % 2 === 0 && bounds[index + 1] !== undefined ? [span(from, bounds[index + 1] as number)] : [],
    ),
  );

it('what was read of it meanwhile is not unread any more, and all the rest is', () => {
  fc.assert(
    fc.property(spans, fc.nat(30), fc.nat(30), (unread, from, to) => {
      const read = hoursOf(from < to ? [span(from, to)] : []);
      const left = withoutUnread({ ...emptyState('j'), unread }, span(Math.min(from, to), to)).unread ?? [];
      expect(hoursOf(left)).toEqual(hoursOf(unread).filter((each) => !read.includes(each)));
    }),
    { seed: 20261121 },
  );
});
