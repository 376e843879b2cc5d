/** A leg that is stopped (SIGSTOP) longer than its lease, and then goes on: another has taken over, it changes nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import {
  LEG,
  type Leg,
  manifestsIn,
  peopleProject,
  runsOf,
  SLOT,
  STATE,
  silverOf,
  slowProject,
  startLeg,
  stateOf,
  stopLeg,
  touch,
  until,
} from './legs.ts';
import type { Project } from './project.ts';
import { contentsOf, openPlace, type Place, type Store, stores } from './stores.ts';

/** Longer than the lease after the clock of the first leg. */
const LATER = '2026-11-21T06:36:00Z';
const EVEN_LATER = '2026-11-21T06:42:00Z';

/** What the first leg must not touch: the state, and every object that was there when it went on. */
interface Before {
  readonly contents: ReadonlyMap<string, string>;
  readonly silver: readonly (readonly string[])[];
}

const lookAt = async (here: Project, bucket: Bucket): Promise<Before> => ({
  contents: await contentsOf(bucket),
  silver: await silverOf(here),
});

/** Orphans may have come, which no state names, and the record of the run; nothing that was there is another. */
async function expectUntouched(before: Before, here: Project, bucket: Bucket): Promise<void> {
  const after = await contentsOf(bucket);
  expect(Object.fromEntries([...before.contents].map(([key]) => [key, after.get(key)]))).toEqual(
    Object.fromEntries(before.contents),
  );
  const orphans = [...after.keys()].filter((key) => !before.contents.has(key));
  expect(orphans.filter((key) => !/^(bronze|_tidemill\/runs)\//.test(key))).toEqual([]);
  expect(await silverOf(here)).toEqual(before.silver);
}

async function expectLost(leg: Leg): Promise<void> {
  const { exit, stdout, stderr } = await leg.ended;
  expect([exit, JSON.parse(stdout).results[0].failure]).toEqual([4, expect.objectContaining({ code: 'lease-lost' })]);
  expect(stderr).not.toMatch(/^\s+at /m);
}

/** Empty for a file that has been put in its place meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Ends what a failed test would leave behind. */
function startMortalLeg(here: Project): Leg {
  const leg = startLeg(here);
  onTestFinished(() => void leg.process.kill('SIGKILL'));
  return leg;
}

// Windows cannot stop a process.
describe.runIf(process.platform === 'linux')('a process that is stopped', () => {
  const bucketOf = (here: Project): Bucket => openLocalBucket(here.path('.tidemill/local/bucket'));

  it('while it reads the source changes nothing when it goes on', async () => {
    const here = await peopleProject(undefined, 'waits');
    const bucket = bucketOf(here);
    const first = startMortalLeg(here);
    await until('the source is being read', () => runsOf(here) === 1);
    await stopLeg(first);
    // It is alive, on this machine, and has not said a word for longer than its lease.
    const second = await here.run(LEG, { now: LATER });
    expect(second.json().results).toMatchObject([{ result: 'done', attempt: 2, totals: { inserted: 2 } }]);
    const before = await lookAt(here, bucket);
    expect(manifestsIn(before.contents)).toHaveLength(1);
    touch(here, 'go');
    first.process.kill('SIGCONT');
    await expectLost(first);
    await expectUntouched(before, here, bucket);
    expect(runsOf(here)).toBe(2);
  });

  it('while it writes a package leaves one that nobody names', async () => {
    const here = await peopleProject(undefined, 'waits');
    const bucket = bucketOf(here);
    const first = startMortalLeg(here);
    await until('the source is being read', () => runsOf(here) === 1);
    // The part is written and waits for the lock to be put in its place; so will the manifest.
    const lock = new DatabaseSync(here.path('.tidemill/local/bucket/.tidemill-bucket/lock'));
    lock.exec('BEGIN EXCLUSIVE');
    touch(here, 'go');
    await until('the part waits to be put in its place', () => unfinishedIn(here) !== '');
    await stopLeg(first);
    lock.close();
    const second = await here.run(LEG, { now: LATER });
    expect(second.json().results).toMatchObject([{ result: 'done', attempt: 2, totals: { inserted: 2 } }]);
    const before = await lookAt(here, bucket);
    first.process.kill('SIGCONT');
    await expectLost(first);
    await expectUntouched(before, here, bucket);
    expect(manifestsIn(await contentsOf(bucket))).toHaveLength(2);
  });

  it('while it loads changes nothing: its merge looks for the claim before it commits', async () => {
    const here = await slowProject();
    const bucket = bucketOf(here);
    const first = startMortalLeg(here);
    await until('rows are being loaded', () => readdirSync(here.folder).includes('loading'));
    await stopLeg(first);
    expect((await stateOf(bucket)).targets['main']?.pending).toHaveLength(1);
    // It holds the DuckDB file, so the second leg can only say so.
    const second = startLeg(here, { TIDEMILL_NOW: LATER, TIDEMILL_TEST_HURRY: '1' });
    const { exit, stdout } = await second.ended;
    expect([exit, JSON.parse(stdout).results[0].failure.code]).toEqual([4, 'warehouse-busy']);
    const before = await contentsOf(bucket);
    touch(here, 'go');
    first.process.kill('SIGCONT');
    await expectLost(first);
    // Not even the table is there; the state still wants the package loaded.
    expect((await contentsOf(bucket)).get(STATE)).toEqual(before.get(STATE));
    await expect(silverOf(here, 'slow.things')).rejects.toThrow(/things/);
    const third = startLeg(here, { TIDEMILL_NOW: EVEN_LATER });
    const last = JSON.parse((await third.ended).stdout).results[0];
    expect(last).toMatchObject({ result: 'done', attempt: 3, totals: { packages: 0 } });
    expect((await silverOf(here, 'slow.things')).map(([id]) => id)).toEqual(['1', '2']);
    expect(await stateOf(bucket)).toMatchObject({
      targets: { main: { pending: [] } },
      recent: [{ slot: SLOT, outcome: 'done' }],
    });
  });

  /** What is written and not yet an object. */
  function unfinishedIn(here: Project): string {
    const own = here.path('.tidemill/local/bucket/.tidemill-bucket');
    return readdirSync(own)
      .filter((name) => !name.startsWith('lock'))
      .map((name) => textOf(`${own}/${name}`))
      .join('');
  }
});

/** A clock for several legs; one that is stopped does not wake up from its sleep before it is told to. */
class SharedClock {
  #now = Date.parse('2026-11-21T06:30:00Z');
  readonly #asleep: (() => void)[] = [];
  readonly now = (): Date => new Date(this.#now);
  readonly sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (milliseconds < 60_000) return resolve();
      this.#asleep.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  advanceTo(instant: string): void {
    this.#now = Date.parse(instant);
  }
  wakeAll(): void {
    for (const wake of this.#asleep.splice(0)) wake();
  }
}

describe.each(Object.entries(stores))('a leg that is stopped, with the bucket at %s', (_, start) => {
  let store: Store;
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  /** The first leg stands still in the middle of the source, the second has done the work. */
  async function takenOver() {
    const place: Place = store.create()(store.url);
    const here = await peopleProject(place, 'waits');
    const bucket = await openPlace(place);
    const clock = new SharedClock();
    const first = here.run(LEG, { env: place.env, clock });
    await until('the source is being read', () => runsOf(here) === 1);
    clock.advanceTo(LATER);
    const second = await here.run(LEG, { env: place.env, clock });
    expect(second.json().results).toMatchObject([{ result: 'done', attempt: 2, totals: { inserted: 2 } }]);
    return { here, bucket, clock, first, before: await lookAt(here, bucket) };
  }

  it('finds out when it commits, and does not read the source again', async () => {
    const { here, bucket, first, before } = await takenOver();
    touch(here, 'go');
    const { exit, json } = await first;
    expect([exit, json().results[0].failure.code]).toEqual([4, 'lease-lost']);
    await expectUntouched(before, here, bucket);
    expect(runsOf(here)).toBe(2);
  });

  it('finds out when it renews its lease, and ends the reading', async () => {
    const { here, bucket, clock, first, before } = await takenOver();
    clock.wakeAll();
    const { exit, json } = await first;
    expect([exit, json().results[0].failure.code]).toEqual([4, 'lease-lost']);
    await expectUntouched(before, here, bucket);
    expect(runsOf(here)).toBe(2);
  });
});
