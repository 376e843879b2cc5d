import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bucket } from '../storage/contract.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { readText } from '../storage/text.ts';
import type { JobState } from './job-state.ts';
import { type Announcement, announce, dropUnsent, listen, noteSent, type Outbox, sentTo, unsent } from './outbox.ts';
import { entriesAfter, removeSent } from './outbox-aside.ts';
import { readState, updateState } from './store.ts';
import { emptyState } from './transitions.ts';

const AT = '2026-11-21T06:00:00.000Z';
const event = (id: string, size = 0): Announcement => ({
  id,
  type: 'made-up',
  at: AT,
  data: { pad: 'x'.repeat(size) },
});
const events = (from: number, to: number, size = 0): Announcement[] =>
  Array.from({ length: to - from + 1 }, (_, index) => event(`e${from + index}`, size));

const told = (names: readonly string[] = ['a']): JobState => listen(emptyState('j'), names);

function outboxOf({ outbox }: JobState): Outbox {
  if (outbox === undefined) throw new Error('nobody is told');
  return outbox;
}

const numbers = ({ outbox }: JobState): number[] => (outbox?.entries ?? []).map(({ n }) => n);

describe('an outbox', () => {
  it('is none where nobody is told', () => {
    const state = emptyState('j');
    expect(announce(state, [event('e1')])).toBe(state);
    expect(listen(state, [])).toBe(state);
    expect(listen(told(), [])).toEqual(state);
  });

  it('numbers events in their order, and has none twice', () => {
    const state = announce(announce(told(), events(1, 2)), events(2, 3));
    expect(state.outbox?.entries.map(({ n, id, job }) => [n, id, job])).toEqual([
      [1, 'e1', 'j'],
      [2, 'e2', 'j'],
      [3, 'e3', 'j'],
    ]);
    expect(announce(state, events(1, 3))).toBe(state);
  });

  it('keeps an event until every sink has it', () => {
    let state = announce(told(['a', 'b']), events(1, 3));
    state = noteSent(state, 'a', { through: 3 });
    expect([numbers(state), unsent(state.outbox)]).toEqual([[1, 2, 3], 3]);
    state = noteSent(state, 'b', { through: 2 });
    expect([numbers(state), unsent(state.outbox)]).toEqual([[3], 1]);
    expect(numbers(noteSent(state, 'b', { through: 3 }))).toEqual([]);
  });

  it('never goes back, nor beyond what there is', () => {
    const state = noteSent(announce(told(), events(1, 3)), 'a', { through: 2 });
    expect(noteSent(state, 'a', { through: 1 })).toBe(state);
    expect(noteSent(state, 'gone', { through: 3 })).toBe(state);
    expect(sentTo(outboxOf(noteSent(state, 'a', { through: 99 })), 'a')).toBe(3);
  });

  it('remembers why a sink takes no more, until it does', () => {
    const refused = { at: AT, code: 'no-topic', says: 'there is no topic', who: 'you' };
    const state = announce(told(), events(1, 2));
    const waits = noteSent(state, 'a', { through: 1, refused });
    expect(waits.outbox?.sinks['a']).toEqual({ sent: 1, refused });
    expect(noteSent(waits, 'a', { through: 1, refused: { ...refused, at: '2026-11-22T06:00:00.000Z' } })).toBe(waits);
    const taken = noteSent(waits, 'a', { through: 2 });
    expect(taken.outbox?.sinks['a']).toEqual({ sent: 2 });
    expect(noteSent(taken, 'a', { through: 1, refused }), 'somebody else has come farther').toBe(taken);
  });

  it('tells a new sink what is to come, and forgets one that is gone', () => {
    const state = announce(told(['a']), events(1, 2));
    const both = listen(state, ['a', 'b']);
    expect(both.outbox?.sinks).toEqual({ a: { sent: 0 }, b: { sent: 2 } });
    expect(listen(both, ['a', 'b'])).toBe(both);
    const other = listen(both, ['b']);
    expect([other.outbox?.sinks, numbers(other)]).toEqual([{ b: { sent: 2 } }, []]);
    expect(listen(other, ['a', 'b']).outbox?.sinks['a']).toEqual({ sent: 2 });
  });

  it('is emptied for one sink by somebody who says who and why', () => {
    const audit = { at: AT, who: 'somebody', why: 'nobody needs them' };
    const state = announce(told(['a', 'b']), events(1, 2));
    const dropped = dropUnsent(state, 'a', audit);
    expect(dropped?.outbox).toMatchObject({
      sinks: { a: { sent: 2 }, b: { sent: 0 } },
      dropped: [{ ...audit, sink: 'a', events: 2 }],
    });
    expect(dropUnsent(dropped ?? state, 'a', audit)).toBeUndefined();
    expect(dropUnsent(state, 'c', audit)).toBeUndefined();
  });
});

describe('what a state has no room for', () => {
  let bucket: Bucket;

  beforeEach(async () => {
    bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-outbox-')));
    await updateState(bucket, 'j', () => told(['a', 'b']));
  });

  const add = (from: number, to: number, size = 0) =>
    updateState(bucket, 'j', (state) => announce(state, events(from, to, size)));
  const stored = async (): Promise<JobState> => (await readState(bucket, 'j')).state;
  /** Without what tells two of the same events apart. */
  const objects = () =>
    Array.fromAsync(bucket.list('_tidemill/outbox/'), ({ key }) =>
      key
        .split('/')
        .at(-1)
        ?.replace(/-[0-9a-f]{16}/, ''),
    );
  const idsAfter = async (sent: number): Promise<string[]> =>
    Array.fromAsync(entriesAfter(bucket, outboxOf(await stored()), sent), ({ id }) => id);
  const ids = (from: number, to: number) => events(from, to).map(({ id }) => id);

  it('is put aside, and read again in its order', async () => {
    for (let from = 1; from <= 400; from += 40) await add(from, from + 39);
    const state = await stored();
    expect(numbers(state).length).toBeLessThanOrEqual(140);
    expect(state.outbox?.aside?.through).toBe(Number(numbers(state)[0]) - 1);
    expect(await idsAfter(0)).toEqual(ids(1, 400));
    expect(await idsAfter(77)).toEqual(ids(78, 400));
    expect(await idsAfter(399)).toEqual(ids(400, 400));
  });

  it('is what is large, also where it is not much', async () => {
    await add(1, 3, 60_000);
    expect(await objects()).toEqual([]);
    await add(4, 4, 60_000);
    expect(await objects()).toEqual(['000000000001-000000000003.ndjson']);
    expect(numbers(await stored())).toEqual([4]);
    expect(await idsAfter(0)).toEqual(ids(1, 4));
  });

  it('is there once, whoever else has written it before and died', async () => {
    await add(1, 90);
    const before = await readState(bucket, 'j');
    await add(91, 120);
    // The state is as if whoever put them aside had died before it was swapped in; somebody else then puts more aside.
    await bucket.write('_tidemill/state/j.json', Buffer.from(JSON.stringify(before.state)), {
      contentType: 'application/json',
    });
    await add(91, 95);
    await add(96, 130);
    expect(await objects()).toEqual(['000000000001-000000000090.ndjson', '000000000001-000000000095.ndjson']);
    expect(await idsAfter(0)).toEqual(ids(1, 130));
    expect(await idsAfter(92)).toEqual(ids(93, 130));
  });

  it('is what the state means, also where an older one was restored and has gone another way', async () => {
    await add(1, 90);
    const before = await readState(bucket, 'j');
    await updateState(bucket, 'j', (state) => announce(state, events(91, 130)));
    const other = Array.from({ length: 40 }, (_, index) => event(`other${index}`));
    await bucket.write('_tidemill/state/j.json', Buffer.from(JSON.stringify(before.state)), {
      contentType: 'application/json',
    });
    await updateState(bucket, 'j', (state) => announce(state, other.slice(0, 5)));
    await updateState(bucket, 'j', (state) => announce(state, other.slice(5)));
    expect(await idsAfter(0)).toEqual([...ids(1, 90), ...other.map(({ id }) => id)]);
  });

  it('is told of where it is gone', async () => {
    await add(1, 100);
    await add(101, 101);
    const [key = ''] = await Array.fromAsync(bucket.list('_tidemill/outbox/'), (object) => object.key);
    await bucket.remove(key);
    await expect(idsAfter(0)).rejects.toMatchObject({
      code: 'outbox-damaged',
      message: expect.stringContaining('gone'),
    });
    expect(await idsAfter(100)).toEqual(['e101']);
  });

  it('goes once every sink has it', async () => {
    for (let from = 1; from <= 240; from += 60) await add(from, from + 59);
    expect(await objects()).toEqual([
      '000000000001-000000000060.ndjson',
      '000000000061-000000000120.ndjson',
      '000000000121-000000000180.ndjson',
    ]);
    for (const [name, through] of [
      ['a', 240],
      ['b', 130],
    ] as const) {
      const before = outboxOf(await stored());
      const { state } = await updateState(bucket, 'j', (known) => noteSent(known, name, { through }));
      await removeSent(bucket, before, state.outbox);
    }
    expect(await objects()).toEqual(['000000000121-000000000180.ndjson']);
    expect(await idsAfter(130)).toEqual(ids(131, 240));
    const before = outboxOf(await stored());
    const { state } = await updateState(bucket, 'j', (known) => noteSent(known, 'b', { through: 240 }));
    await removeSent(bucket, before, state.outbox);
    expect([await objects(), state.outbox?.aside]).toEqual([[], undefined]);
  });

  it('is told of where it is no event any more', async () => {
    await add(1, 100);
    await add(101, 101);
    const [key = ''] = await Array.fromAsync(bucket.list('_tidemill/outbox/'), (object) => object.key);
    await bucket.write(key, Buffer.from('{"n":'), { contentType: 'text/plain' });
    await expect(idsAfter(0)).rejects.toMatchObject({ kind: 'config', code: 'outbox-damaged' });
  });

  it('is damaged, too, where it reads well and lacks a line: no event is passed over in silence', async () => {
    await add(1, 100);
    await add(101, 101);
    const [key = ''] = await Array.fromAsync(bucket.list('_tidemill/outbox/'), (object) => object.key);
    const { text = '' } = (await readText(bucket, key)) ?? {};
    const lines = text.split('\n');
    for (const broken of [lines.slice(0, -2), lines.toSpliced(5, 1), lines.toSpliced(0, 1, '{}')]) {
      await bucket.write(key, Buffer.from(`${broken.join('\n')}\n`), { contentType: 'text/plain' });
      await expect(idsAfter(0)).rejects.toMatchObject({ code: 'outbox-damaged' });
    }
    await bucket.write(key, Buffer.from(text), { contentType: 'text/plain' });
    expect(await idsAfter(0)).toEqual(ids(1, 101));
  });

  it('is damaged where the state names another object than the newest', async () => {
    await add(1, 100);
    await add(101, 200);
    const { aside, ...rest } = outboxOf(await stored());
    if (aside === undefined) throw new Error('nothing is aside');
    const wrong = { ...rest, aside: { ...aside, through: aside.through + 1 } };
    await expect(Array.fromAsync(entriesAfter(bucket, wrong, 0))).rejects.toMatchObject({ code: 'outbox-damaged' });
  });
});
