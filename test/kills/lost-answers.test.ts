import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loseAnswers, scenarios } from './lost-answers.ts';
import { startStores } from './lost-stores.ts';

let folder: string;
let stores: Awaited<ReturnType<typeof startStores>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-lost-'));
  stores = await startStores(folder);
});
afterAll(() => stores[Symbol.asyncDispose]());

/** A part of what `npm run test:kills` loses, chosen so that each kind of loss meets some of the writes. */
const EVERY = { local: 7, gs: 19, s3: 31 } as const;

describe.each(['local', 'gs', 's3'] as const)('a run whose bucket is %s', (driver) => {
  it.each(Object.entries(scenarios))(
    'and whose job %s has each record once, whichever answer is lost',
    async (_, make) => {
      const { trials, violations } = await loseAnswers(stores[driver], () => make(folder), EVERY[driver]);
      expect(violations).toEqual([]);
      expect(trials).toBeGreaterThan(2);
    },
  );
});
