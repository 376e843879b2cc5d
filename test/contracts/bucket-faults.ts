/**
 * What drivers that reach their bucket over a network promise on top of the bucket contract: faults of the network and
 * of the store are got over where that is possible, and end in bounded time with the right error where it is not.
 */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import type { Limits } from '../../orchestrator/storage/remote/options.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import { type Fault, type FaultProxy, faults, startFaultProxy } from '../fakes/fault-proxy.ts';
import { bytes, JSON_TYPE } from './bucket-check.ts';
import { type Deed, type DeedName, deeds, digest, long, type Trial } from './bucket-deeds.ts';
import { LIMIT_MILLISECONDS } from './limit.ts';

export interface FaultySubject {
  /** The store itself. */
  readonly url: string;
  /** Length of the blocks that a long object is sent in. */
  readonly blockBytes: number;
  /** A new bucket, and a way to open it through another address of the store. */
  create(): (url: string, limits: Partial<Limits>) => Bucket;
  /** Uploads that were begun in any bucket and neither finished nor given up. */
  unfinished(): number;
}

/** For requests that are answered. A machine that is busy gets its time. */
const PATIENT = { retries: 3, baseMs: 1, capMs: 4, requestMs: 120_000, stallMs: 120_000 };
/** For those that are not. An answer that is only late on a busy machine is asked for again. */
const HASTY = { ...PATIENT, retries: 10, requestMs: 500, stallMs: 500 };

const isSilent = (fault: Fault): boolean => fault === 'stall' || fault === 'stall-answer';
const loudFaults = faults.filter((fault) => !isSilent(fault));
/** The most that an answer nobody got can leave behind: a session whose address is not known. */
const forgotten = (fault: Fault): number => (fault.endsWith('-answer') ? 1 : 0);

/** `without` leaves out what a server cannot do. */
export function bucketFaults(name: string, subject: () => FaultySubject, without: readonly DeedName[] = []): void {
  describe(`${name} under faults`, { timeout: LIMIT_MILLISECONDS }, () => {
    let proxy: FaultProxy;
    beforeAll(async () => {
      proxy = await startFaultProxy(subject().url);
    });
    afterAll(() => proxy[Symbol.asyncDispose]());

    /** A bucket of its own, without faults yet. */
    const open = (limits: Partial<Limits>): Trial => {
      const { url, blockBytes, create } = subject();
      proxy.use(() => undefined);
      const at = create();
      const bucket = at(proxy.url, { ...limits, blockBytes });
      return { bucket, truth: at(url, { ...PATIENT, blockBytes }), blockBytes };
    };

    const tried = (Object.keys(deeds) as DeedName[]).filter((deed) => !without.includes(deed));
    describe.each(tried)('%s', (name) => {
      const deed: Deed = deeds[name];

      /** The deed, with what the request of each number (from 0) meets; answers how many requests it took. */
      async function trial(pick: (index: number) => Fault | undefined, limits: Partial<Limits>): Promise<number> {
        const subject = open(limits);
        await deed.prepare?.(subject);
        let requests = 0;
        proxy.use(() => pick(requests++));
        await deed.run(subject);
        return requests;
      }

      it.each(faults)('though one request after the other meets %s', async (fault) => {
        const requests = await trial(() => undefined, PATIENT);
        // The silent faults take their time, so only one in the middle meets them.
        const turns = isSilent(fault) ? [Math.floor((requests - 1) / 2)] : Array(requests).keys();
        for (const turn of turns) {
          const [met, unfinished] = [proxy.met, subject().unfinished()];
          await trial((index) => (index === turn ? fault : undefined), isSilent(fault) ? HASTY : PATIENT);
          expect(proxy.met - met).toBe(1);
          expect(subject().unfinished() - unfinished).toBeLessThanOrEqual(forgotten(fault));
        }
      });

      if (name !== 'writes a long stream') return;
      // Going on with an upload takes requests of its own, which may fail in their turn.
      it.each(loudFaults)('though two requests in a row meet %s', async (fault) => {
        const requests = await trial(() => undefined, PATIENT);
        for (const turn of Array(requests).keys()) {
          await trial((index) => (index === turn || index === turn + 1 ? fault : undefined), PATIENT);
        }
      });
    });

    it.each(faults)('says that nobody need act when every request meets %s', async (fault) => {
      const { bucket, truth } = open(isSilent(fault) ? { ...HASTY, retries: 0 } : { ...PATIENT, retries: 1 });
      await truth.write('kept', bytes('kept'), JSON_TYPE);
      proxy.use(() => fault);
      const passing = { name: 'TidemillError', kind: 'transient' };
      // Half of an answer without a body is the whole answer.
      if (fault === 'lose-answer' || !fault.endsWith('-answer')) {
        await assert.rejects(bucket.write('new', bytes('1'), { ...JSON_TYPE, onlyIf: 'absent' }), passing);
      }
      await assert.rejects(readText(bucket, 'kept'), passing);
      await assert.rejects(Array.fromAsync(bucket.list('')), passing);
    });

    it('leaves nothing of a long stream whose source breaks, and lets its error through', async () => {
      const { bucket, truth, blockBytes } = open(PATIENT);
      const unfinished = subject().unfinished();
      async function* broken() {
        yield* long(blockBytes + 1000);
        throw new RangeError('the source broke');
      }
      await assert.rejects(bucket.write('new', broken(), JSON_TYPE), RangeError);
      expect(await Array.fromAsync(truth.list(''))).toEqual([]);
      expect(subject().unfinished()).toBe(unfinished);
    });

    it('ends a source that it no longer reads', async () => {
      const { bucket, blockBytes } = open({ ...PATIENT, retries: 0 });
      let isEnded = false;
      async function* endless() {
        try {
          for (;;) yield Buffer.alloc(blockBytes);
        } finally {
          isEnded = true;
        }
      }
      let requests = 0;
      proxy.use(() => (requests++ < 2 ? undefined : '503'));
      await assert.rejects(bucket.write('new', endless(), JSON_TYPE), { kind: 'transient' });
      expect(isEnded).toBe(true);
    });

    it('does not break off a reader when another one leaves', async () => {
      const { bucket, truth, blockBytes } = open({ ...PATIENT, retries: 0 });
      await truth.write('long', long(4 * blockBytes), JSON_TYPE);
      const [leaves, stays] = await Promise.all([bucket.read('long'), bucket.read('long')]);
      assert(leaves !== undefined && stays !== undefined);
      for await (const _ of leaves.body) break;
      assert.equal(await digest(stays.body), await digest(long(4 * blockBytes)));
    });

    it('counts every one of many swaps once, though a third of all requests go wrong', async () => {
      const seed = 20_261_121;
      const random = seeded(seed);
      const { bucket, truth } = open({ ...PATIENT, retries: 20 });
      proxy.use(() => (random() < 1 / 3 ? loudFaults[Math.floor(random() * loudFaults.length)] : undefined));
      await Promise.all(Array.from({ length: 4 }, (_, writer) => addAll(bucket, `writer-${writer}`, 6)));
      const entries = JSON.parse((await readText(truth, 'entries'))?.text ?? '[]') as string[];
      expect(entries.toSorted(), `seed ${seed}`).toEqual([...new Set(entries)].toSorted());
      expect(entries, `seed ${seed}`).toHaveLength(24);
    });
  });
}

/** Adds entries one by one with compare-and-swap, as states are changed: read, decide, swap, and again if that fails. */
async function addAll(bucket: Bucket, writer: string, count: number): Promise<void> {
  let wasRefused = false;
  for (let index = 0; index < count; ) {
    const entry = `${writer}-${index}`;
    const before = await orAgain(readText(bucket, 'entries'), 'bucket-object-changed');
    if (before === 'again') continue;
    const entries = JSON.parse(before?.text ?? '[]') as string[];
    if (entries.includes(entry)) {
      assert(!wasRefused, 'a write that changed something was called refused');
      index += 1;
      continue;
    }
    const onlyIf = before === undefined ? ('absent' as const) : { version: before.version };
    const swap = bucket.write('entries', bytes(JSON.stringify([...entries, entry])), { ...JSON_TYPE, onlyIf });
    // If nobody knows whether it was written, the next reading tells.
    const swapped = await orAgain(swap, 'bucket-write-unknown');
    wasRefused = swapped === undefined;
    if (swapped !== undefined && swapped !== 'again') index += 1;
  }
}

/** The errors that say no more than: read again, decide again. */
const orAgain = <T>(promise: Promise<T>, code: string): Promise<T | 'again'> =>
  promise.catch((error: { code?: unknown }) => {
    if (error.code === code) return 'again';
    throw error;
  });

/** Uniform in [0, 1) and the same for the same seed: https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
