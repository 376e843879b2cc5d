import { describe, expect, it } from 'vitest';
import { isCounted, scoreOf } from './scores.ts';

describe('the score of a feature', () => {
  it.each([
    ['a test passes when all its subtests do', { a: ['O', 2, 2], b: ['O', 1, 2] }, [2, 1, { all: 4, passed: 3 }]],
    ['one without subtests is one itself', { a: ['P', 0, 0], b: ['F', 0, 0] }, [2, 1, { all: 2, passed: 1 }]],
    ['no status is a good one', { a: ['', 3, 3] }, [1, 1, { all: 3, passed: 3 }]],
    ['nothing at all is no pass, and no subtest', { a: ['', 0, 0] }, [1, 0, { all: 0, passed: 0 }]],
    ['other statuses are no pass, though their subtests are', { a: ['T', 4, 4] }, [1, 0, { all: 4, passed: 4 }]],
    ['one that nobody knows is no pass', { a: ['X', 1, 1] }, [1, 0, { all: 1, passed: 1 }]],
    ['a crash leaves no number of subtests', { a: ['O', 2, 2], b: ['C', 0, 1] }, [2, 1, undefined]],
    [
      'tentative and optional tests are none',
      { 'a.tentative.html': ['C', 0, 0], 'b.optional.html': ['F', 0, 1] },
      [0, 0, { all: 0, passed: 0 }],
    ],
  ] as const)('%s', (_, tests, [all, passed, subtests]) => {
    const results = Object.fromEntries(
      Object.entries(tests).map(([path, result]) => [path, [...result] as [string, number, number]]),
    );
    expect(scoreOf(results)).toEqual({ tests: all, testsPassed: passed, subtests });
  });

  it.each([
    ['/css/a.html', true],
    ['/css/tentative/a.html', false],
    ['/css/a.tentative.https.html', false],
    ['/css/a.optional.html', false],
    ['/css/optional/a.html', true],
    ['/css/untentative/a.html', true],
  ])('%s counts: %s', (path, is) => {
    expect(isCounted(path)).toBe(is);
  });
});
