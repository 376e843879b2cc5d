import { utimesSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { datedProject } from '../../../test/cli/dated.ts';
import type { Project } from '../../../test/cli/project.ts';
import { runOnce } from '../../../test/cli/world.ts';
import { memoryWarehouse } from '../../../test/contracts/warehouse-memory.ts';
import type { Mode } from '../../events/run-event.ts';
import { readState } from '../../state/store.ts';
import { waiting } from '../../state/targets.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { chainOf } from './chain.ts';
import { nameOf } from './chains.ts';
import { readRecords } from './records.ts';

const JOBS = ['events', 'log', 'flawed', 'register'] as const;
const HOUR_MS = 3_600_000;
/** Between two runs: two packages for the next one. */
const BETWEEN_MS = 13 * HOUR_MS;
const START = Date.parse('2026-11-20T02:00:00Z');

interface Step {
  readonly job: (typeof JOBS)[number];
  readonly mode: Mode;
  readonly diesAt: number | undefined;
}

const step = fc.record<Step>({
  job: fc.constantFrom(...JOBS),
  mode: fc.constantFrom('incremental', 'incremental', 'incremental', 'full', 'replay'),
  diesAt: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined, freq: 3 }),
});

/** Some jobs have run before anything went wrong. */
const undisturbed = fc
  .subarray([...JOBS])
  .map((jobs) => jobs.map((job): Step => ({ job, mode: 'incremental', diesAt: undefined })));
const life = fc.tuple(undisturbed, fc.array(step, { minLength: 12, maxLength: 16 })).map((parts) => parts.flat());

async function keysIn(bucket: Bucket): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucket.list('')) keys.push(key);
  return keys;
}

/** Names of the committed packages of a job, each of which must load. */
async function committedIn(bucket: Bucket, job: string): Promise<string[]> {
  const { state } = await readState(bucket, job);
  const names: string[] = [];
  for await (const link of chainOf(bucket, state.head)) {
    if ('missing' in link) expect.fail(`${link.missing} is gone`);
    const { key, manifest } = link;
    let records = 0;
    for await (const batch of readRecords(bucket, manifest, {})) records += batch.length;
    expect(records, key).toBe(manifest.records);
    names.push(nameOf(key) ?? key);
  }
  for (const { manifest } of waiting(state)) expect(names).toContain(nameOf(manifest));
  return names;
}

const DATED = { service: 'dated', max_reject_ratio: 1 };

async function live(here: Project, steps: readonly Step[]): Promise<number> {
  const bucket = openLocalBucket(here.path('.tidemill/local/bucket'));
  const warehouse = memoryWarehouse();
  let now = START;
  for (const { job: id, mode, diesAt } of steps) {
    now += BETWEEN_MS;
    const job = { ...DATED, id, data_type: id };
    const died = diesAt === undefined ? {} : { diesAt };
    await runOnce({ job, mode, bucket, warehouse, now: new Date(now).toISOString(), cwd: here.folder, ...died });
  }
  for (const key of await keysIn(bucket)) {
    utimesSync(here.path('.tidemill/local/bucket', key), new Date(now), new Date(now));
  }
  return now;
}

it('gc removes what runs that were killed anywhere have left, and every committed package still loads', async () => {
  let removed = 0;
  const property = fc.asyncProperty(life, async (steps) => {
    const here = await datedProject(Object.fromEntries(JOBS.map((id) => [id, { max_reject_ratio: 1 }])));
    const now = new Date((await live(here, steps)) + HOUR_MS).toISOString();
    const bucket = openLocalBucket(here.path('.tidemill/local/bucket'));
    const committed = (await Promise.all(JOBS.map((job) => committedIn(bucket, job)))).flat();
    const before = await keysIn(bucket);

    const { orphans, kept } = (await here.run(['gc', '--yes', '--json'], { now })).json();
    removed += orphans.length;
    const after = await keysIn(bucket);
    expect((await Promise.all(JOBS.map((job) => committedIn(bucket, job)))).flat()).toEqual(committed);
    const mayStay = new Set([...committed, ...kept.map(({ name }: { name: string }) => name)]);
    const expected = before.filter((key) => {
      const name = nameOf(key);
      return name === undefined ? !key.startsWith('_tidemill/replays/') || after.includes(key) : mayStay.has(name);
    });
    expect(after).toEqual(expected);
    expect((await here.run(['gc', '--json'], { now })).json().orphans).toEqual([]);

    const warehouse = memoryWarehouse();
    for (const id of JOBS) {
      const run = { job: { ...DATED, id, data_type: id }, bucket, warehouse, now, cwd: here.folder };
      expect((await runOnce(run)).failure).toBeUndefined();
      expect((await runOnce({ ...run, mode: 'replay' })).failure).toBeUndefined();
    }
  });
  await fc.assert(property, { seed: 20_261_121, numRuns: 8 });
  expect(removed).toBeGreaterThan(5);
});
