import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, issueBody, type Memory, memoryIn, nextStep, subjectKey } from './issue.ts';

const ONE = '2026-11-21T01:00:00.000Z';
const TWO = '2026-11-21T02:00:00.000Z';
const THREE = '2026-11-21T03:00:00.000Z';

const words = fc.oneof(fc.string(), fc.constantFrom('-->', '--!>', '<!-- tidemill {} -->', '\u2028\n', '$&'));
const instants = fc
  .date({ min: new Date(ONE), max: new Date('2999-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const memories: fc.Arbitrary<Memory> = fc.record({
  subject: fc.dictionary(words, words, { maxKeys: 3 }),
  since: instants,
  count: fc.integer({ min: 1, max: 1e6 }),
  code: words,
  last: instants,
});

describe('what an issue remembers', () => {
  it('is read as it was written, whatever the words, and stays a comment', () => {
    fc.assert(
      fc.property(memories, (memory) => {
        const body = issueBody(memory, 'the facts');
        expect(memoryIn(body)).toEqual(memory);
        expect(body.match(/-->|--!>/g)).toHaveLength(1);
        expect(body.trimEnd().split('\n').at(-1)).toMatch(/^<!-- tidemill \{.*\} -->$/s);
      }),
      { numRuns: 500, seed: 20261121 },
    );
  });

  it.each(['', 'text', '<!-- tidemill {} -->', '<!-- tidemill {"count":0} -->', '<!-- tidemill [] -->'])(
    'is nothing in a text of somebody else: %s',
    (body) => {
      expect(memoryIn(body)).toBeUndefined();
    },
  );

  it('is of the same subject in whatever order its names stand', () => {
    expect(subjectKey({ job: 'a', environment: 'dev' })).toBe(subjectKey({ environment: 'dev', job: 'a' }));
    expect(subjectKey({ job: 'a', environment: 'dev' })).not.toBe(subjectKey({ job: 'dev', environment: 'a' }));
  });
});

describe('the next step', () => {
  const subject = { job: 'a' };
  const memory: Memory = { subject, since: ONE, count: 2, code: 'x', last: TWO };
  const common = { subject, title: '', line: '', facts: '' };
  const failing = (code: string, ...failures: string[]): Finding => ({ word: 'failing', ...common, code, failures });
  const well = (at: string): Finding => ({ word: 'well', ...common, at });
  const later = { subject, since: ONE, count: 3, last: THREE };

  const table: readonly [string, Finding, Memory | undefined, unknown][] = [
    ['a first failure', failing('x', ONE), undefined, { to: 'open', memory: { ...memory, count: 1, last: ONE } }],
    ['two at once', failing('x', ONE, TWO), undefined, { to: 'open', memory }],
    ['the same again', failing('x', THREE), memory, { to: 'update', memory: { ...later, code: 'x' }, news: 'no' }],
    ['another failure', failing('y', THREE), memory, { to: 'update', memory: { ...later, code: 'y' }, news: 'yes' }],
    ['one that is known', failing('x', TWO), memory, { to: 'leave' }],
    ['an older one', failing('y', ONE), memory, { to: 'leave' }],
    [
      'one known and one new',
      failing('x', TWO, THREE),
      memory,
      { to: 'update', memory: { ...later, code: 'x' }, news: 'no' },
    ],
    ['a success', well(THREE), memory, { to: 'close' }],
    ['a success before the failure', well(ONE), memory, { to: 'leave' }],
    ['a success of what never failed', well(THREE), undefined, { to: 'leave' }],
  ];
  it.each(table)('after %s', (_, finding, known, step) => {
    expect(nextStep(finding, known)).toEqual(step);
  });
});
