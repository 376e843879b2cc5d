import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { type HandClock, handClock } from '../../test/fakes/hand-clock.ts';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { readText } from '../storage/text.ts';
import { attemptsAt } from './attempts.ts';
import { claimSlot } from './claiming.ts';
import { type Commit, commitPackage } from './committing.ts';
import type { JobState, Settlement } from './job-state.ts';
import { LEASE_MS, Ledger } from './ledger.ts';
import { readState, readStates, updateState } from './store.ts';
import * as transitions from './transitions.ts';

const SLOT = '2026-11-21T06:00:00.000Z';
const targets = ['main'];
const about = { inEnvironment: '', replayed: [] };
const done = (slot: string): Settlement => ({ slot, outcome: 'done', at: '2026-11-21T06:01:00.000Z' });

let bucket: Bucket;
let folder: string;
let clock: HandClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemill-state-'));
  bucket = openLocalBucket(folder);
  clock = handClock('2026-11-21T06:00:00Z');
});

const claim = (run: string, slot = SLOT) => claimSlot({ bucket, job: 'j', slot, targets, about, run, clock });

async function claimed(run: string, slot = SLOT): Promise<Ledger> {
  const ledger = await claim(run, slot);
  if (!(ledger instanceof Ledger)) throw new Error(ledger.covered);
  return ledger;
}

describe('a claim', () => {
  it('is given to one of twenty that ask at once; the rest are told that it is covered', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => claim(`run-${index}`)));
    const winners = answers.filter((answer) => answer instanceof Ledger);
    expect(winners).toHaveLength(1);
    const stored = await readState(bucket, 'j');
    expect(stored.state.claim?.run).toBe(winners[0]?.claim.run);
    await winners[0]?.release();
  });

  it('is refused for a settled slot, also for an older one and for a manual one done', async () => {
    await (await claimed('a')).settle([done(SLOT)]);
    expect(await claim('b')).toHaveProperty('covered');
    expect(await claim('b', '2026-11-21T05:00:00.000Z')).toHaveProperty('covered');
    await (await claimed('c', 'manual-1')).settle([done('manual-1')]);
    expect(await claim('d', 'manual-1')).toHaveProperty('covered');
    await (await claimed('d', 'manual-2')).release();
  });

  it('is renewed while its holder lives, and free once the lease is over', async () => {
    const first = await claimed('a');
    for (let minute = 0; minute < 10; minute += 1) {
      await clock.pass(60_000);
      // It has written to the folder, and sleeps again.
      await expect.poll(() => clock.sleepers).toBe(1);
    }
    expect(await claim('b')).toHaveProperty('covered');
    await first.release();
    const { state } = await readState(bucket, 'j');
    await bucket.write('_tidemill/state/j.json', Buffer.from(JSON.stringify(transitions.claim(state, deadClaim()))), {
      contentType: 'application/json',
    });
    expect(await claim('c')).toHaveProperty('covered');
    await clock.pass(LEASE_MS);
    const taken = await claimed('c');
    expect(taken.claim.attempt).toBe(2);
    await taken.release();
  });

  it('is renewed long before its lease is over, so that a renewal may fail', async () => {
    const ledger = await claimed('a');
    const left = async (): Promise<number> =>
      Date.parse((await readState(bucket, 'j')).state.claim?.lease_until ?? '') - clock.now().getTime();
    for (let passed = 0; passed < 2 * LEASE_MS; passed += LEASE_MS / 20) {
      await clock.pass(LEASE_MS / 20);
      await expect.poll(() => clock.sleepers).toBe(1);
      expect(await left()).toBeGreaterThan(LEASE_MS / 2);
    }
    await ledger.release();
  });

  it('is free at once when its holder ran on this machine and is gone', async () => {
    const holder = { host: 'here', pid: 1 };
    const request = { bucket, job: 'j', slot: SLOT, targets, about, clock, holder };
    await updateState(bucket, 'j', (state) => transitions.claim(state, { ...deadClaim(), holder }) as typeof state);
    expect(await claimSlot({ ...request, run: 'b', isAlive: () => true })).toHaveProperty('covered');
    const elsewhere = { ...request, holder: { host: 'there', pid: 1 }, isAlive: () => false };
    expect(await claimSlot({ ...elsewhere, run: 'c' })).toHaveProperty('covered');
    const ledger = await claimSlot({ ...request, run: 'd', isAlive: () => false });
    expect(ledger).toBeInstanceOf(Ledger);
    await (ledger as Ledger).release();
  });

  it('makes the warehouses those of the configuration, tells what that costs, and leaves it in the history', async () => {
    const first = await claimed('a');
    await first.commit({ package: { id: 'p1', manifest: 'm1' } });
    await first.release();
    const moved = await claimSlot({ bucket, job: 'j', slot: SLOT, targets: ['main', 'new'], about, run: 'b', clock });
    if (!(moved instanceof Ledger)) throw new Error(moved.covered);
    expect(moved.notices).toEqual([expect.stringContaining('the warehouse new is new')]);
    const { targets: named, history } = moved.state;
    expect(named).toEqual({
      main: { pending: [{ id: 'p1', manifest: 'm1' }] },
      new: { pending: [], begins_after: 'm1' },
    });
    expect(history).toMatchObject([{ who: 'tidemill', operation: 'retarget', why: moved.notices[0] }]);
    await moved.release();
  });

  it('that outlived its lease changes nothing: not by a commit, not by settling', async () => {
    const slow = await claimed('slow');
    const { state } = await readState(bucket, 'j');
    const stolen = { ...state, revision: state.revision + 1, claim: { ...state.claim, run: 'thief' } };
    await bucket.write('_tidemill/state/j.json', Buffer.from(JSON.stringify(stolen)), {
      contentType: 'application/json',
    });
    await expect(slow.commit({ package: { id: 'p', manifest: 'm' } })).rejects.toMatchObject({ code: 'lease-lost' });
    await clock.pass(60_000);
    await expect.poll(() => slow.signal.aborted).toBe(true);
    await expect(slow.settle([done(SLOT)])).rejects.toMatchObject({ code: 'lease-lost' });
    expect((await readState(bucket, 'j')).state).toEqual(stolen);
  });

  const deadClaim = () => ({
    slot: SLOT,
    run: 'dead',
    now: clock.now(),
    leaseUntil: new Date(clock.now().getTime() + LEASE_MS),
  });
});

describe('a state', () => {
  it('moves cursor and package in one write, drops the package when loaded, and counts attempts', async () => {
    const first = await claimed('a');
    await first.commit({ package: { id: 'p1', manifest: 'm1' }, cursor: { version: 1, value: { page: 7 } } });
    await first.commit({ cursor: { version: 1, value: { page: 8 } } });
    await first.loaded({ target: 'main', packages: [{ id: 'p1' }] });
    await first.fail({ reason: 'transient: no answer' });
    const { state } = await readState(bucket, 'j');
    expect(state).toMatchObject({ cursor: { value: { page: 8 } }, attempt: { slot: SLOT, count: 1 } });
    expect(state.targets).toEqual({ main: { pending: [] } });
    expect(state.claim).toBeUndefined();
    const second = await claimed('b');
    expect(second.claim.attempt).toBe(2);
    await second.settle([done(SLOT)]);
    expect((await readState(bucket, 'j')).state.attempt).toBeUndefined();
  });

  it('is changed once, though the answer was lost and somebody else was there since', async () => {
    let isLost = false;
    const forgetful: Bucket = {
      ...bucket,
      async write(...write) {
        const written = await bucket.write(...write);
        if (isLost) return written;
        isLost = true;
        throw new TidemillError('transient', 'bucket-write-unknown', 'Nobody knows');
      },
    };
    const entry = { at: '2026-11-21T06:00:00.000Z', who: 'somebody', why: 'x', operation: 'pause' } as const;
    const once = (state: JobState) =>
      state.history === undefined ? transitions.recordOperation(state, entry) : undefined;
    const { state } = await updateState(forgetful, 'j', once);
    expect([state.history, state.revision]).toEqual([[entry], 1]);
  });

  it('that a newer Tidemill wrote is refused and left untouched', async () => {
    const text = JSON.stringify({ version: 4, job: 'j', surprise: true });
    await bucket.write('_tidemill/state/j.json', Buffer.from(text), { contentType: 'application/json' });
    await expect(claim('a')).rejects.toMatchObject({ kind: 'config', code: 'state-newer' });
    const object = await bucket.read('_tidemill/state/j.json');
    expect(await new Response(ReadableStream.from(object?.body ?? [])).text()).toBe(text);
  });

  const others = '"job":"other","revision":0,"recent":[]';
  it.each([
    '',
    '{"version":2,',
    '[]',
    `{"version":1,${others},"packages":[]}`,
    `{"version":2,${others},"targets":{}}`,
    `{"version":2,${others.replace('other', 'j')},"packages":[]}`,
    'null',
  ])('that is damaged is reported and never overwritten, case %#', async (text) => {
    await bucket.write('_tidemill/state/j.json', Buffer.from(text), { contentType: 'application/json' });
    await expect(claim('a')).rejects.toMatchObject({ kind: 'config', code: 'state-damaged' });
    await expect(updateState(bucket, 'j', (state) => state)).rejects.toMatchObject({ code: 'state-damaged' });
  });

  it('of version 1 as it was first stored can be read for ever', async () => {
    const stored = await import('../../test/fixtures/state-v1.json', { with: { type: 'json' } });
    const path = join(folder, '_tidemill/state/strava_activities.json');
    await bucket.check();
    await updateState(bucket, 'strava_activities', (state) => state);
    await writeFile(path, JSON.stringify(stored.default));
    await bucket.write('_tidemill/state/damaged.json', Buffer.from('{'), { contentType: 'application/json' });
    const ids = ['strava_activities', 'nobody', 'damaged'].map((id) => ({ id }));
    const { states, faults } = await readStates(ids, (job) => readState(bucket, job.id));
    expect([...faults].map(([job, { code }]) => [job, code])).toEqual([['damaged', 'state-damaged']]);
    expect([...states.keys()]).toEqual(['strava_activities']);
    const { packages, ...rest } = stored.default;
    expect(states.get('strava_activities')).toEqual({ ...rest, version: 2, targets: { main: { pending: packages } } });
  });

  it('of version 1 is written as one of version 2, a replay in its middle with it', async () => {
    const { default: stored } = await import('../../test/fixtures/state-v1.json', { with: { type: 'json' } });
    const replay = { id: 'r', list: 'l', done: 1, total: 3 };
    await put({ ...stored, job: 'j', replay });
    await updateState(bucket, 'j', (state) => transitions.register(state, stored.schedule));
    const { packages, attempt: _, ...rest } = stored;
    expect(await read()).toEqual({
      ...{ ...rest, version: 2, job: 'j', revision: 13 },
      targets: { main: { pending: packages, replay } },
    });
  });

  it('of version 2 keeps what later versions have added, also for a warehouse', async () => {
    const { default: stored } = await import('../../test/fixtures/state-v2.json', { with: { type: 'json' } });
    const { main, archive } = stored.targets;
    const later = { ...stored, job: 'j', later: [1], targets: { main, archive: { ...archive, later: 2 } } };
    await put(later);
    expect((await readState(bucket, 'j')).state).toEqual(later);
    await updateState(bucket, 'j', (state) => transitions.releaseClaim(state, stored.claim.run));
    const { claim: _, ...released } = later;
    expect(await read()).toEqual({ ...released, revision: 42 });
  });

  it('of version 3 has a listing that is open, and is of version 2 again once none is', async () => {
    const { default: stored } = await import('../../test/fixtures/state-v3.json', { with: { type: 'json' } });
    const held = { ...stored, job: 'j' };
    await put(held);
    expect((await readState(bucket, 'j')).state).toEqual(held);
    await updateState(bucket, 'j', (state) => transitions.renewLease(state, stored.claim.run, new Date(SLOT)));
    expect(await read()).toMatchObject({ version: 3, listing: stored.listing });
    await updateState(bucket, 'j', (state) => commitPackage(state, stored.claim.run, { listing: 'none' }));
    const { listing: _, ...without } = held;
    const claim = { ...stored.claim, lease_until: SLOT };
    expect(await read()).toEqual({ ...without, claim, version: 2, revision: 43 });
  });

  it('keeps a listing that is open over what says nothing of it, and not over a package that takes its place', async () => {
    const { default: stored } = await import('../../test/fixtures/state-v3.json', { with: { type: 'json' } });
    const state = stored as unknown as JobState;
    const { run } = stored.claim;
    const added = { id: 'p', manifest: 'bronze/p/manifest.json', previous: stored.head };
    const listingAfter = (commit: Commit) => commitPackage(state, run, commit).listing;
    expect(listingAfter({ readThrough: SLOT })).toEqual(stored.listing);
    expect(listingAfter({ package: added, slice: '2025-04-01T00:00:00.000Z' })).toEqual(stored.listing);
    expect(listingAfter({ package: added })).toBeUndefined();
    const next = { ...stored.listing, records: 7200 };
    expect(listingAfter({ listing: next })).toEqual(next);
  });

  const put = (state: object) =>
    bucket.write('_tidemill/state/j.json', Buffer.from(JSON.stringify(state)), { contentType: 'application/json' });
  const read = async (): Promise<unknown> => JSON.parse((await readText(bucket, '_tidemill/state/j.json'))?.text ?? '');

  it('forgets nothing that was settled when its schedule changes', async () => {
    await (await claimed('a')).settle([done(SLOT)]);
    const schedule = { cron: '5 * * * *', timezone: 'UTC', effective_from: '2026-11-21T06:30:00.000Z' };
    await updateState(bucket, 'j', (state) => transitions.register(state, schedule));
    expect(await claim('late leg of the old schedule')).toHaveProperty('covered');
  });

  it('remembers the try of a run that died, though a person has run the job since', async () => {
    const clockOfTheDead = { now: clock.now, sleep: () => new Promise<never>(() => undefined) };
    await claimSlot({ bucket, job: 'j', slot: SLOT, targets, about, run: 'dead', clock: clockOfTheDead });
    await clock.pass(LEASE_MS);
    await (await claimed('person', 'manual-1')).settle([done('manual-1')]);
    expect(attemptsAt((await readState(bucket, 'j')).state, SLOT)).toBe(1);
  });

  it('takes the claim from a leg whose slot a plan gave up', async () => {
    const paused = await claimed('paused');
    await updateState(bucket, 'j', (state) => transitions.settle(state, [{ ...done(SLOT), outcome: 'failed' }]));
    await expect(paused.settle([done(SLOT)])).rejects.toMatchObject({ code: 'lease-lost' });
    expect((await readState(bucket, 'j')).state.recent.map(({ outcome }) => outcome)).toEqual(['failed']);
  });

  it('keeps the newest settlements and the line below which all is settled', () => {
    const slots = Array.from({ length: 50 }, (_, hour) => new Date(Date.parse(SLOT) + hour * 3_600_000).toISOString());
    const state = slots.reduce((before, slot) => transitions.settle(before, [done(slot)]), transitions.emptyState('j'));
    expect(state.recent).toHaveLength(transitions.RECENT);
    expect(state.settled_through).toBe(slots.at(-1));
    expect(transitions.settle(state, [done('manual-1')]).settled_through).toBe(slots.at(-1));
  });
});
