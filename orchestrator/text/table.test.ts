import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTable, fittedTable } from './table.ts';

describe('a table for a terminal', () => {
  it('breaks a last column of words into lines', () => {
    const why = 'the last 3 runs failed; the next probe is at 2026-11-21 17:05 UTC, and until then nothing is read';
    const text = fittedTable(['job', 'decision', 'why'], [['shop_orders', 'breaker open', why]]);
    expect(text.split('\n')).toEqual([
      'job          decision      why',
      '───────────  ────────────  ────────────────────────────────────────────────────',
      'shop_orders  breaker open  the last 3 runs failed; the next probe is at',
      '                           2026-11-21 17:05 UTC, and until then nothing is read',
    ]);
  });

  it('cuts long names of a table of numbers, and leaves one that fits alone', () => {
    const rows = [['x'.repeat(100), 'done', '1', '2.0 s']];
    const [, , row = ''] = fittedTable(['job', 'outcome', 'records', 'time'], rows).split('\n');
    expect([row.length, row]).toEqual([80, expect.stringMatching(/^x+… {2}done/)]);
    expect(fittedTable(['job', 'time'], [['a', '1.0 s']])).toBe('job   time\n───  ─────\na    1.0 s');
  });

  it('is never wider than it may be, and loses no word of the last column', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '-', '1'), minLength: 1, maxLength: 40 });
    const words = fc.array(word, { minLength: 1, maxLength: 30 }).map((all) => `x ${all.join(' ')}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.constantFrom('run', 'not due'), words), { minLength: 1 }), (rows) => {
        const lines = fittedTable(['job', 'decision', 'why'], rows).split('\n');
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
        const start = lines[0]?.indexOf('why') ?? 0;
        const told = lines.slice(2).map((line) => line.slice(start));
        const letters = (texts: readonly string[]): string => texts.join('').replaceAll(' ', '');
        expect(letters(told)).toBe(letters(rows.map(([, , why]) => why)));
      }),
    );
  });
});

describe('a table of whatever somebody asked for', () => {
  it('cuts the widest columns first, and aligns numbers though one is missing', () => {
    const { text, leftOut } = cutTable(
      ['id', 'name', 'n'],
      [
        ['1', 'x'.repeat(50), 'NULL'],
        ['22', 'y', '3'],
      ],
      24,
    );
    expect([text.split('\n'), leftOut]).toEqual([
      ['id  name               n', '──  ──────────────  ────', ' 1  xxxxxxxxxxxxx…  NULL', '22  y                  3'],
      [],
    ]);
  });

  it('leaves out the last columns where cutting is not enough', () => {
    const head = ['a', 'b', 'c', 'd'].map((name) => name.repeat(20));
    const { text, leftOut } = cutTable(head, [head], 30);
    expect([text.split('\n')[0], leftOut]).toEqual(['aaaaaaa…  bbbbbbb…  ccccccc…', head.slice(3)]);
  });

  it('is never wider than it may be', () => {
    const rows = fc.array(fc.array(fc.string({ maxLength: 60 }), { minLength: 6, maxLength: 6 }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 10, max: 200 }), (cells, most) => {
        const { text } = cutTable(['one', 'two', 'three', 'four', 'five', 'six'], cells, most);
        for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(most);
      }),
    );
  });
});
