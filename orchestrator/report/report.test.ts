import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../plan/types.ts';
import { bytes, duration, instant, lateness } from './format.ts';
import { exitCode, headline } from './outcome.ts';
import { type JobResult, noTotals } from './result.ts';
import { legSummary, planSummary, runSummary } from './summary.ts';
import { markdownTable, markdownText, textTable } from './table.ts';

const result = (fields: Partial<JobResult>): JobResult => ({
  job: 'job',
  service: 'example',
  data_type: 'things',
  environment: 'dev',
  slot: '2026-11-21T06:00:00.000Z',
  interval: { start: '2026-11-20T06:00:00.000Z', end: '2026-11-21T06:00:00.000Z' },
  run: 'run',
  attempt: 1,
  result: 'done',
  lateness_seconds: 0,
  started_at: '2026-11-21T06:00:05.000Z',
  seconds: 2,
  totals: noTotals,
  superseded: 0,
  notices: [],
  rejects: [],
  quarantine: [],
  gates: [],
  is_settled: true,
  ...fields,
});

const failed = (kind: 'auth' | 'transient', exit: number): JobResult =>
  result({
    result: 'failed',
    is_settled: false,
    failure: { kind, code: 'code', message: 'message', hint: 'hint', exit, who: 'you' },
  });

describe('numbers for people', () => {
  it.each([
    [bytes(999), '999 B'],
    [bytes(1_234_567), '1.2 MB'],
    [bytes(5e15), '5000.0 TB'],
    [duration(3.21), '3.2 s'],
    [duration(3600), '1 h 00 min'],
    [duration(7 * 86_400), '7 d 0 h'],
    [lateness(59), 'on time'],
    [lateness(4 * 3600), '4 h 00 min late'],
    [instant('2026-11-21T06:00:00.000Z'), '2026-11-21 06:00 UTC'],
    [instant('manual-7'), 'by hand'],
  ])('%s', (text, expected) => expect(text).toBe(expected));
});

describe('the exit code of a run', () => {
  it('is the first failure’s, before a gate’s, before a stop’s', () => {
    expect(exitCode([result({})])).toBe(0);
    expect(exitCode([result({ gates: ['too few'] }), result({ result: 'stopped' })])).toBe(6);
    expect(exitCode([result({ gates: ['too few'] }), failed('auth', 3), failed('transient', 4)])).toBe(3);
    expect(exitCode([result({ result: 'stopped' })])).toBe(130);
    expect(exitCode([result({ result: 'covered' })])).toBe(0);
  });
});

describe('a summary', () => {
  it('says first what came of the run', () => {
    const totals = { ...noTotals, records: 2, inserted: 1234, rejected: 3 };
    expect(headline([result({ totals }), failed('auth', 3)])).toBe(
      '1 of 2 jobs not green. 1 job done: 1,234 inserted, 0 updated, 0 deleted, 3 rejected.',
    );
    expect(legSummary([result({})]).startsWith('### ✅ 1 job done')).toBe(true);
    expect(legSummary([failed('auth', 3)]).startsWith('### ❌ ')).toBe(true);
  });

  it('tells for a failure what happened, who must act, and how to see it on one’s own machine', () => {
    const text = legSummary([failed('auth', 3)]);
    for (const part of [
      'auth code: message',
      'Who must act: you',
      'hint',
      'npx tidemill run job@2026-11-21T06:00:00.000Z --environment dev',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('stays far below GitHub’s 1 MiB with thousands of failing jobs and endless messages', () => {
    const failure = { kind: 'auth', code: 'code', message: 'm'.repeat(1e6), exit: 3, who: 'you' } as const;
    const results = Array.from({ length: 3000 }, (_, index) =>
      result({ job: `job_${index}`, result: 'failed', failure }),
    );
    const plan: Plan = {
      now: '2026-11-21T06:00:00.000Z',
      environment: 'dev',
      runs: results.map(({ job, slot, interval }) => ({ job, slot, interval, attempt: 1, reason: 'r'.repeat(1e4) })),
      decisions: results.map(({ job }) => ({ job, decision: 'not_due', reason: 'r'.repeat(1e4) })),
      records: [],
      matrix: { include: [] },
      max_parallel: 1,
      has_work: true,
    };
    for (const text of [runSummary(results, plan), legSummary(results), planSummary(plan)]) {
      expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    }
  });
});

describe('Markdown from foreign text', () => {
  it('cannot open a cell, a tag, a link or code, nor start a workflow command', () => {
    const parts = fc.constantFrom(
      '|',
      '\n',
      '\r',
      '<b>',
      '`',
      '```',
      '[x](y)',
      '::set-output name=a::b',
      '\\|',
      'é',
      '#',
      '&',
      '@someone',
    );
    fc.assert(
      fc.property(fc.array(parts), (texts) => {
        const hostile = texts.join('');
        const text = markdownText(hostile);
        expect(text).not.toMatch(/[|\n\r<>`[\]()@]|::/);
        expect(markdownTable(['a', 'b'], [[text, 'x']]).split('\n')).toHaveLength(3);
      }),
      { seed: 20261121 },
    );
  });
});

describe('a table', () => {
  it('puts numbers to the right, with or without a unit', () => {
    expect(
      textTable(
        ['job', 'rows', 'size'],
        [
          ['a', '1', '10.0 kB'],
          ['long', '1,000', '9 B'],
        ],
      ),
    ).toBe(['job    rows     size', '────  ─────  ───────', 'a         1  10.0 kB', 'long  1,000      9 B'].join('\n'));
  });
});
