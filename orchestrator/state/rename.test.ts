import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { attemptsAt } from './attempts.ts';
import { claimSlot } from './claiming.ts';
import type { JobState } from './job-state.ts';
import { LEASE_MS, Ledger } from './ledger.ts';
import { adoptState, readRenamed } from './rename.ts';
import { readState, updateState } from './store.ts';
import * as transitions from './transitions.ts';

const targets = ['main'];
const about = { inEnvironment: '', replayed: [] };
const SLOT = '2026-11-21T06:00:00.000Z';
const NOW = new Date('2026-11-21T06:10:00.000Z');
const renamed = { id: 'new', previous_ids: ['old'] };

/** All that must move along. */
const life = {
  schedule: { cron: '0 * * * *', timezone: 'UTC', effective_from: '2026-11-01T00:00:00.000Z' },
  settled_through: '2026-11-21T05:00:00.000Z',
  recent: [{ slot: '2026-11-21T05:00:00.000Z', outcome: 'done', at: '2026-11-21T05:01:00.000Z', run: 'r' }],
  attempt: { slot: SLOT, count: 1, at: '2026-11-21T06:05:00.000Z', reason: 'no-answer' },
  cursor: { version: 1, value: { page: 7 } },
  targets: { main: { pending: [{ id: 'p1', manifest: 'bronze/p1/manifest.json' }] } },
  head: 'bronze/p1/manifest.json',
  breaker: { failures: 2, since: '2026-11-21T04:00:00.000Z', last_failure_at: '2026-11-21T06:05:00.000Z' },
  paused: { at: '2026-11-21T06:06:00.000Z', reason: 'vacation' },
} as const;

let bucket: Bucket;

beforeEach(async () => {
  bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-rename-')));
});

const stateOf = async (job: string): Promise<JobState> => (await readState(bucket, job)).state;
const put = (job: string, changes: object): Promise<unknown> =>
  updateState(bucket, job, (state) => ({ ...state, ...changes }));

const claimed = (job: string, run: string): JobState => {
  const request = { slot: SLOT, run, now: new Date(SLOT), leaseUntil: new Date(Date.parse(SLOT) + LEASE_MS) };
  return transitions.claim(transitions.emptyState(job), request) as JobState;
};

describe('a renamed job', () => {
  it('is read under its previous id until it has moved, and nothing is changed by that', async () => {
    await put('old', life);
    expect((await readRenamed(bucket, renamed)).state).toMatchObject({ job: 'old', ...life });
    expect((await readState(bucket, 'new')).version).toBeUndefined();
  });

  it('takes everything along, and says in its history where it comes from', async () => {
    await put('old', life);
    expect(await adoptState(bucket, renamed, NOW)).toBeUndefined();
    const { history, ...state } = await stateOf('new');
    expect(state).toMatchObject({ job: 'new', ...life });
    expect(state.moved_to).toBeUndefined();
    const why = 'renamed from old to new';
    expect(history).toEqual([{ at: NOW.toISOString(), who: 'tidemill', operation: 'rename', why }]);
    expect((await stateOf('old')).moved_to).toBe('new');
  });

  it('moves once, however many look at once', async () => {
    await put('old', life);
    await Promise.all(Array.from({ length: 20 }, () => adoptState(bucket, renamed, NOW)));
    const state = await stateOf('new');
    expect(state.history).toHaveLength(1);
    expect(state.revision).toBe(1);
    await adoptState(bucket, renamed, NOW);
    expect(await stateOf('new')).toEqual(state);
  });

  it('keeps its own state when it has one, and leaves the other alone', async () => {
    await put('old', life);
    await put('new', { cursor: { version: 1, value: 'own' } });
    expect(await adoptState(bucket, renamed, NOW)).toBeUndefined();
    expect((await readRenamed(bucket, renamed)).state.cursor?.value).toBe('own');
    expect((await stateOf('old')).moved_to).toBeUndefined();
  });

  it('starts empty when there is nothing under any of its ids', async () => {
    expect(await adoptState(bucket, renamed, NOW)).toBeUndefined();
    expect(await readRenamed(bucket, renamed)).toEqual({ state: transitions.emptyState('new'), version: undefined });
  });

  it('is found again after several renames, and under a name it had before', async () => {
    await put('a', life);
    await adoptState(bucket, { id: 'b', previous_ids: ['a'] }, NOW);
    await adoptState(bucket, { id: 'c', previous_ids: ['a', 'b'] }, NOW);
    expect(await stateOf('c')).toMatchObject(life);
    await adoptState(bucket, { id: 'a', previous_ids: ['b', 'c'] }, NOW);
    expect(await stateOf('a')).toMatchObject({ ...life, job: 'a' });
    const tales = (await stateOf('a')).history?.map(({ why }) => why);
    expect(tales).toEqual(['renamed from a to b', 'renamed from b to c', 'renamed from c to a']);
  });
});

describe('a run under the old id', () => {
  it('is waited for while it lives', async () => {
    await put('old', claimed('old', 'slow'));
    const before = await stateOf('old');
    const early = new Date(Date.parse(SLOT) + LEASE_MS - 1);
    const why = { busy: 'run slow is at it under the old id old' };
    expect(await adoptState(bucket, renamed, early)).toEqual(why);
    expect(await stateOf('old')).toEqual(before);
    // Unless somebody can see that the process is gone.
    expect(await adoptState(bucket, renamed, early, () => true)).toBeUndefined();
  });

  it('that died counts as a try and as a failure', async () => {
    await put('old', claimed('old', 'dead'));
    expect(await adoptState(bucket, renamed, NOW)).toBeUndefined();
    const state = await stateOf('new');
    expect(state.claim).toBeUndefined();
    expect(attemptsAt(state, SLOT)).toBe(1);
    expect(state.breaker?.failures).toBe(1);
  });

  it('that wakes up after the move has lost its lease, and changes nothing', async () => {
    const clock = fakeClock(SLOT);
    const still = { ...clock, sleep: () => new Promise<never>(() => undefined) };
    const ledger = await claimSlot({ bucket, job: 'old', slot: SLOT, targets, about, run: 'frozen', clock: still });
    if (!(ledger instanceof Ledger)) throw new Error(ledger.covered);
    expect(await adoptState(bucket, renamed, NOW)).toBeUndefined();
    const [before, after] = [await stateOf('old'), await stateOf('new')];
    const done = { slot: SLOT, outcome: 'done', at: NOW.toISOString() } as const;
    await expect(ledger.settle([done])).rejects.toMatchObject({ code: 'lease-lost' });
    expect([await stateOf('old'), await stateOf('new')]).toEqual([before, after]);
  });

  it('is refused after the move', async () => {
    await put('old', life);
    await adoptState(bucket, renamed, NOW);
    const late = await claimSlot({
      bucket,
      job: 'old',
      slot: SLOT,
      targets,
      about,
      run: 'late',
      clock: fakeClock(SLOT),
    });
    expect(late).toEqual({ covered: 'the job was renamed to new' });
  });
});

describe('a move that is cut short', () => {
  class Cut extends Error {}

  /** Dies instead of its write number `last + 1`, or once that many are done. */
  function cutAfter(last: number): Bucket {
    let writes = 0;
    return {
      url: bucket.url,
      read: (key, options) => bucket.read(key, options),
      async write(key, body, options) {
        if (writes === last) throw new Cut();
        writes += 1;
        return bucket.write(key, body, options);
      },
      list: (prefix) => bucket.list(prefix),
      remove: (key) => bucket.remove(key),
      check: () => bucket.check(),
    };
  }

  it.each([0, 1])('after %i writes is read whole, and finished by the next one', async (writes) => {
    await put('old', { ...life, claim: claimed('old', 'dead').claim });
    await expect(adoptState(cutAfter(writes), renamed, NOW)).rejects.toThrow(Cut);
    const between = (await readRenamed(bucket, renamed)).state;
    expect(between).toMatchObject({ cursor: life.cursor, settled_through: life.settled_through });
    expect(between.moved_to).toBeUndefined();
    expect(await adoptState(bucket, renamed, NOW)).toBeUndefined();
    const moved = await stateOf('new');
    const { attempt: _, breaker, ...rest } = life;
    expect(moved).toMatchObject(rest);
    expect([moved.breaker?.failures, moved.history?.length]).toEqual([breaker.failures + 1, 1]);
  });

  it('never leaves a state that an old run could go on with', async () => {
    await put('old', life);
    await expect(adoptState(cutAfter(1), renamed, NOW)).rejects.toThrow(Cut);
    const old = await claimSlot({
      bucket,
      job: 'old',
      slot: SLOT,
      targets,
      about,
      run: 'late',
      clock: fakeClock(SLOT),
    });
    expect(old).toEqual({ covered: 'the job was renamed to new' });
  });
});

it('damaged states of previous ids are reported, not passed over', async () => {
  await bucket.write('_tidemill/state/old.json', Buffer.from('{'), { contentType: 'application/json' });
  await expect(readRenamed(bucket, renamed)).rejects.toBeInstanceOf(TidemillError);
  await expect(adoptState(bucket, renamed, NOW)).rejects.toMatchObject({ code: 'state-damaged' });
});
