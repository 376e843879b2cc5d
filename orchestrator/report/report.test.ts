import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultOf as result } from '../../test/fixtures/result.ts';
import { type JobResult, noTotals } from '../result/result.ts';
import { bytes, duration, instant, lateness } from '../text/format.ts';
import { markdownTable, markdownText, textTable } from '../text/table.ts';
import { exitCode, headline } from './outcome.ts';
import { legSummary } from './summary.ts';
import { resultText } from './terminal.ts';

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
    expect(headline([result({ totals }), { ...failed('auth', 3), job: 'other' }])).toBe(
      '1 of 2 runs failed or over a gate; 1 done. 1,234 inserted, 0 updated, 0 deleted, 3 rejected.',
    );
    const twice = [result({}), result({}), failed('auth', 3)];
    expect(headline(twice)).toMatch(/^1 of 3 runs failed or over a gate; 2 done\. /);
    expect(legSummary([result({})]).startsWith('### ✅ 1 job done')).toBe(true);
    expect(legSummary([failed('auth', 3)]).startsWith('### ❌ ')).toBe(true);
  });

  it('says of a transform what was built, and of jobs what they loaded', () => {
    const loaded = result({ totals: { ...noTotals, records: 2, inserted: 2 } });
    const built = result({ job: 'transform:main', built: { models: 23, tests: 64 } });
    expect(headline([built])).toBe('1 transform done: 23 models made, 64 tests run.');
    expect(headline([loaded, built])).toBe(
      '1 job and 1 transform done: 2 inserted, 0 updated, 0 deleted, 23 models made, 64 tests run.',
    );
    expect(headline([{ ...failed('transient', 4), job: 'transform:main' }])).toBe(
      '1 of 1 run failed or over a gate; 0 done. 0 models made, 0 tests run.',
    );
    expect(headline([result({ job: 'transform:main', result: 'stopped' })])).toMatch(/^0 transforms done: /);
  });

  it('tells what became of the rows in another warehouse, where that is something else', () => {
    const rows = { rows: 9, inserted: 9, updated: 0, unchanged: 0, duplicates: 0, deleted: 0 };
    const totals = { ...noTotals, records: 9, rows: 9, inserted: 9 };
    const both = result({
      totals,
      targets: { main: rows, same: rows, late: { ...rows, rows: 5, inserted: 2, deleted: 3 } },
    });
    const said = 'late: 2 inserted, 0 updated, 3 deleted, 0 unchanged';
    for (const text of [legSummary([both]), resultText([both])]) {
      expect(text).toContain(`job: ${said}`);
      expect(text).not.toMatch(/main: |same: /);
    }
  });

  it('tells for a failure what happened, who must act, and how to see it on one’s own machine', () => {
    const text = legSummary([failed('auth', 3)]);
    for (const part of [
      'auth code: message',
      'Who must act: you',
      'hint',
      'npx tidemill run job --slot 2026-11-21T06:00:00.000Z --environment dev',
    ]) {
      expect(text).toContain(part);
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
      '&lt;',
      '@someone',
      '\t',
      '\u202e',
      '\ud800',
      'https://example.org',
      'www.example.org',
      '- ',
      '1. ',
      '===',
    );
    fc.assert(
      fc.property(fc.array(parts), (texts) => {
        const hostile = texts.join('');
        const text = markdownText(hostile);
        expect(text).not.toMatch(/[|\n\r<>`[\]()@\u202e]|::|:\/\/|www\.|^[-=]|^\d+\. /);
        expect(text.replace(/&#\d+;/g, '')).not.toMatch(/&|#/);
        expect(text.isWellFormed()).toBe(true);
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
