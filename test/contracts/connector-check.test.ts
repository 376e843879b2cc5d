import { expect, it } from 'vitest';
import { turnsOf } from './connector-check.ts';

const page = 'page_read' as const;
const commit = 'committed' as const;

it('a process dies at the first, the middle and the last of each kind that a connector decides', () => {
  const progress = ['claimed', page, page, page, commit, page, page, commit, 'rows_mapped', 'loaded', 'done'] as const;
  expect([...turnsOf(progress)]).toEqual([2, 4, 7, 5, 8, 10]);
});

it('what a run tells of itself, whatever the connector, is no reason to die', () => {
  expect([...turnsOf(['claimed', 'rows_mapped', 'done'])]).toEqual([]);
});
