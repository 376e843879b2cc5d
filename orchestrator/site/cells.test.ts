import { describe, expect, it } from 'vitest';
import { cellOf, cellText } from './cells.ts';
import type { Ending, Run } from './records.ts';

const run = (ending: Ending, slot = '2026-11-21T06:00:00.000Z'): Run => {
  return { job: 'a', service: 's', slot, run: 'r', ending, startedAt: 0, seconds: 2, records: 10 };
};
const missed = { job: 'a', slot: '2026-11-21T06:00:00.000Z', outcome: 'missed', at: 0, slots: 3 } as const;

describe('a cell of the map', () => {
  it.each([
    ['done', [run('done'), run('done', 'manual-1')]],
    ['recovered', [run('failed'), run('done')]],
    ['recovered', [run('lost'), run('done')]],
    ['failed', [run('failed'), run('done', 'manual-1')]],
    ['failed', [run('lost'), run('failed', 'manual-1')]],
    ['lost', [run('done'), run('lost', 'manual-1')]],
    ['superseded', [run('done', 'manual-1'), { ...run('done'), superseded: 2 }]],
    ['failed', [run('gate')]],
    ['skipped', [run('stopped')]],
  ] as const)('is marked %s', (mark, runs) => {
    expect(cellOf(runs, [])?.mark).toBe(mark);
  });

  it('is marked by the worst, also of what ended without a run', () => {
    expect(cellOf([run('done')], [missed])?.mark).toBe('missed');
    expect(cellOf([run('failed')], [missed])?.mark).toBe('failed');
    expect(cellOf([run('done')], [{ ...missed, outcome: 'failed' }])?.mark).toBe('failed');
    expect(cellOf([], [{ ...missed, outcome: 'superseded' }])?.mark).toBe('superseded');
    expect(cellOf([], [])).toBeUndefined();
  });

  it('says how often what happened', () => {
    const cell = cellOf([run('failed'), run('done'), run('done', 'manual-1')], [missed]);
    expect(cell && cellText(cell)).toBe('2 done, 1 failed, 3 missed; 30 records; 6.0 s');
  });
});
