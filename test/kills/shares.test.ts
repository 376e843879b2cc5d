import { expect, it } from 'vitest';
import type { DriverName } from './places.ts';
import { kindOf } from './points.ts';
import { scenarios } from './scenarios.ts';
import { sparedBy } from './shares.ts';

const LABELS = ['claim: read state #1', 'keep: write part, before #1', 'merge: merge into main, before #1'];

const met = (name: string, driver: DriverName = 'local', labels = LABELS) => {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
  return { driver: { name: driver }, scenario, labels };
};

it('of many operations of a kind, the first is one thing and all others are another', () => {
  expect(['#1', '#2', '#11'].map((number) => kindOf(`keep: write part, before ${number}`))).toEqual([
    'keep: write part, before #1',
    'keep: write part, before again',
    'keep: write part, before again',
  ]);
});

it('what does the same in two scenarios of a driver is left to the first', () => {
  // Both are new jobs that append: only what they keep differs.
  expect(sparedBy([met('clicks'), met('readings')])).toEqual([[], [LABELS[0], LABELS[2]]]);
  // The same records, into what was there before.
  expect(sparedBy([met('clicks'), met('backlog')])).toEqual([[], [LABELS[1]]]);
  expect(sparedBy([met('orders'), met('feed')])).toEqual([[], [LABELS[0]]]);
});

it('nothing is left to another driver, nor what the other scenario does not meet', () => {
  expect(sparedBy([met('clicks'), met('clicks', 's3')])).toEqual([[], []]);
  expect(sparedBy([met('clicks', 'local', LABELS.slice(1)), met('readings')])).toEqual([[], [LABELS[2]]]);
});
