import { describe, expect, it } from 'vitest';
import type { Expectations } from '../config/job.ts';
import { askedGates, askedRemains, type Freshness, type GateFacts, unmetOf } from './gates.ts';
import { noTotals } from './result.ts';

const NOW = new Date('2026-11-21T06:30:00Z');
const hoursOld = (hours: number) => ({ newest: new Date(NOW.getTime() - hours * 3_600_000) });
const main = (freshness: Freshness) => new Map([['main', freshness]]);

const asked = (expected: Expectations) => ({ id: 'job', expect: expected });

const facts = (changes: Partial<GateFacts> & { records?: number; rejected?: number }): GateFacts => ({
  environment: 'prd',
  totals: { ...noTotals, records: changes.records ?? 0, rejected: changes.rejected ?? 0 },
  isUnchanged: false,
  latenessSeconds: 0,
  freshness: new Map(),
  left: {},
  now: NOW,
  ...changes,
});

describe('gates are met up to their very limit, and not beyond', () => {
  const FEWEST = { min_records: 1000 };
  const LATE = { max_lateness_minutes: 90 };
  const FRESH = { fresh_within_minutes: 26 * 60, fresh_by: 'at' };
  it.each<[Expectations, Parameters<typeof facts>[0], string[]]>([
    [{}, { latenessSeconds: 1e9, rejected: 5, records: 5, freshness: main({ newest: undefined }) }, []],
    [FEWEST, { records: 1000 }, []],
    [FEWEST, { records: 999 }, ['999 records, expected at least 1,000']],
    [FEWEST, { records: 0, isUnchanged: true }, []],
    [LATE, { latenessSeconds: 5400 }, []],
    [LATE, { latenessSeconds: 5401 }, ['started 1 h 30 min after its slot, expected at most 1 h 30 min']],
    [FRESH, { freshness: main(hoursOld(26)) }, []],
    [
      FRESH,
      { freshness: main(hoursOld(27)) },
      ['the newest row by at is 27 h 00 min old, expected one within 26 h 00 min'],
    ],
    [FRESH, { freshness: main(hoursOld(-5)) }, []],
    [
      FRESH,
      { freshness: main({ newest: undefined }) },
      ['the table has no row with at, expected one within 26 h 00 min'],
    ],
    [
      { fresh_within_minutes: 60 },
      { freshness: main({ unknown: 'no such table' }) },
      ['how new the rows are by ingested_at cannot be told (no such table), expected one within 1 h 00 min'],
    ],
  ])('%j, %j', (expected, changes, unmet) =>
    expect(unmetOf(askedGates(asked(expected), facts(changes)))).toEqual(unmet),
  );

  it('names all that are not met', () => {
    const expected = { ...FEWEST, ...LATE, ...FRESH };
    const worst = facts({ records: 8, rejected: 8, latenessSeconds: 1e6, freshness: main(hoursOld(1000)) });
    expect(unmetOf(askedGates(asked(expected), worst))).toHaveLength(3);
  });

  it('names rows that were left, what deletes them, and the warehouse where there are several', () => {
    const left = { unnamed: 9_500, of: 10_500 };
    const said =
      '9,500 of 10,500 rows are not in what the source says is everything, and were left. If they are gone at the source: `npx tidemill run job --accept-deletes --environment prd`, or accept_deletes in the form of the workflow';
    expect(unmetOf(askedGates(asked({}), facts({ left: { main: left } })))).toEqual([said]);
    expect(unmetOf(askedGates(asked({}), facts({ left: { main: undefined, archive: left } })))).toEqual([
      `in archive: ${said}`,
    ]);
  });

  it('asks every warehouse, and names the one that is not fresh', () => {
    const freshness = new Map<string, Freshness>([
      ['main', hoursOld(1)],
      ['archive', hoursOld(27)],
      ['other', { unknown: 'it is away' }],
    ]);
    expect(unmetOf(askedGates(asked(FRESH), facts({ freshness })))).toEqual([
      'in archive: the newest row by at is 27 h 00 min old, expected one within 26 h 00 min',
      'in other: how new the rows are by at cannot be told (it is away), expected one within 26 h 00 min',
    ]);
  });
});

describe('rejects make a run red', () => {
  const JOB = { id: 'app', max_reject_ratio: 0.125, min_rejects: 2 };
  const unmet = (job: Partial<typeof JOB>, records: number, rejected: number, rejects: readonly string[] = []) =>
    unmetOf(
      askedRemains(
        { ...JOB, ...job },
        { totals: { ...noTotals, records, rejected }, rejects, leftOut: new Map(), environment: 'local' },
      ),
    );
  const shows = '; `npx tidemill quarantine app` shows them';

  it.each<[string, Parameters<typeof unmet>, string[]]>([
    ['not where there are none', [{}, 0, 0], []],
    ['not up to their share', [{}, 16, 2], []],
    ['above it', [{}, 15, 2], [`2 of 15 records rejected, expected at most 12.5 %${shows}`]],
    ['not when they are fewer than the least that count', [{}, 1, 1], []],
    ['when they are as many', [{ min_rejects: 3 }, 3, 3], [`3 of 3 records rejected, expected at most 12.5 %${shows}`]],
    [
      'where none is allowed, for a single one',
      [{ max_reject_ratio: 0 }, 1e6, 1],
      [`1 of 1,000,000 records rejected, expected at most 0 %${shows}`],
    ],
    [
      'with the worst reasons',
      [{}, 9, 9, ['a (4×)', 'b (3×)', 'c (1×)', 'd (1×)']],
      [`9 of 9 records rejected, expected at most 12.5 %: a (4×); b (3×); c (1×)${shows}`],
    ],
  ])('%s', (_, facts, sentences) => expect(unmet(...facts)).toEqual(sentences));
});
