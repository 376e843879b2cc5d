import { expect, it } from 'vitest';
import { faults, sound } from './faults.ts';
import { Month } from './month.ts';
import { SEED, worlds } from './worlds.ts';

it.each(Object.entries(faults))('a month of real lateness finds %s', async (_, { parts, shows }) => {
  const options = { ...worlds.berlin, catchup: 'latest', seed: SEED, stopAt: shows } as const;
  const { judge } = await new Month(options, { ...sound, ...parts }).run();
  expect(
    judge.violations.map(({ breach }) => breach),
    `seed ${SEED}`,
  ).toContain(shows);
});
