import { describe, expect, it } from 'vitest';
import type { Crawl } from './crawl.ts';
import { withCrawl, withoutCrawl } from './crawling.ts';
import type { JobState } from './job-state.ts';
import { emptyState } from './transitions.ts';

const AT = '2026-11-21T06:00:00.000Z';
const NEXT = '2026-11-22T06:00:00.000Z';
const crawl: Crawl = {
  ...{ id: 'pages.x.a', slot: 'manual-crawls-x', target: 'a', input: {}, facts: {}, polls: 0 },
  ...{ interval: { start: AT, end: AT }, status: 'triggering', intent_at: AT },
};
const begun: Crawl = { ...crawl, status: 'polling', ticket: 't1', triggered_at: AT };
const ended: Crawl = { ...begun, status: 'cancelled', ended_at: AT };
const state: JobState = { ...emptyState('pages'), targets: { main: { pending: [] } } };

const after = (before: Crawl, step: Crawl): Crawl | undefined =>
  withCrawl({ ...state, crawls: [before] }, step).crawls?.[0];

describe('a step of a crawl', () => {
  it.each<[string, Crawl, Crawl]>([
    ['that has ended', ended, { ...begun, status: 'done' }],
    ['that has ended otherwise', { ...ended, status: 'done' }, ended],
    ['that has come further', { ...begun, status: 'ready' }, begun],
    ['that has a ticket', begun, { ...crawl, intent_at: NEXT }],
    ['that has another ticket', begun, { ...begun, ticket: 't2', status: 'ready' }],
  ])('changes nothing of one %s', (_, before, step) => {
    const known = { ...state, crawls: [before] };
    expect(withCrawl(known, step)).toBe(known);
  });

  it('forgets nothing that warehouses were told', () => {
    const told = { main: 'triggered' } as const;
    expect(after({ ...begun, told }, { ...begun, status: 'ready' })).toEqual({ ...begun, status: 'ready', told });
  });

  it('keeps the ticket of what was given up while it was triggered, and the tables hear of it', () => {
    const given: Crawl = { ...crawl, status: 'cancelled', ended_at: AT, told: { main: 'cancelled' } };
    const { told: _, ...rest } = given;
    expect(after(given, begun)).toEqual({ ...rest, ticket: 't1', triggered_at: AT });
  });

  it.each([ended, begun])('takes out none that somebody has brought further', (known) => {
    const before = { ...state, crawls: [known] };
    expect(withoutCrawl(before, known.id)).toBe(before);
  });
});

describe('what is kept of crawls that have ended', () => {
  const told = { main: 'done' } as const;
  const many = (slot: string): Crawl[] =>
    Array.from({ length: 150 }, (_, index) => ({ ...begun, id: `${slot}.${index}`, slot, status: 'done', told }));
  const kept = (known: Partial<JobState>, slot: string): number =>
    withCrawl({ ...state, ...known, crawls: many(slot) }, crawl).crawls?.length ?? 0;

  it.each<[string, Partial<JobState>, string, number]>([
    ['is all of a slot that is still to be run', { settled_through: AT }, NEXT, 151],
    ['is all of a slot of a job that has settled none', {}, AT, 151],
    [
      'is all of a slot that waits',
      {
        parked: {
          slot: 'manual-x',
          since: AT,
          next_poll_at: AT,
          open: 1,
          of: 2,
          records: 0,
          rejected: 0,
          interval: crawl.interval,
        },
      },
      'manual-x',
      151,
    ],
    [
      'is all of a slot that is run',
      { claim: { slot: 'manual-x', run: 'r', attempt: 1, claimed_at: AT, lease_until: AT } },
      'manual-x',
      151,
    ],
    ['are the last hundred of a slot that is settled', { settled_through: AT }, AT, 101],
    ['are the last hundred of one by hand', {}, 'manual-x', 101],
  ])('%s', (_, known, slot, count) => {
    expect(kept(known, slot)).toBe(count);
  });
});
