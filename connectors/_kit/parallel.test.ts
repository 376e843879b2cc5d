import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemillError } from './errors.ts';
import { type Done, parallel } from './parallel.ts';

const passing = new AbortController().signal;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Lets everything that can go on without a timer do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What came, and what was thrown behind it. */
async function all<Item, Value>(results: AsyncIterable<Done<Item, Value>>) {
  const done: Done<Item, Value>[] = [];
  try {
    for await (const one of results) done.push(one);
    return { done };
  } catch (thrown) {
    return { done, thrown };
  }
}

const failing = (kind: 'transient' | 'source-changed' | 'auth', item: number) =>
  new TidemillError(kind, `code-${kind}`, `item ${item}`);

describe('work in parallel', () => {
  it('keeps the order, the limit and every item that does not fail, however long each takes', async () => {
    const fails = fc.constantFrom(undefined, 'transient' as const, 'source-changed' as const);
    const plan = fc
      .array(fc.record({ turns: fc.nat({ max: 4 }), fails }), { maxLength: 30 })
      .filter((items) => items.filter((item) => item.fails !== undefined).length < 8);
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 9 }), async (items, limit) => {
        let running = 0;
        let most = 0;
        const work = parallel(items.entries(), { limit, signal: passing }, async ([index, { turns, fails }]) => {
          running += 1;
          most = Math.max(most, running);
          for (let turn = 0; turn < turns; turn += 1) await settled();
          running -= 1;
          if (fails !== undefined) throw failing(fails, index);
          return index;
        });
        const { done, thrown } = await all(work);
        const good = [...items.entries()].filter(([, { fails }]) => fails === undefined).map(([index]) => index);
        expect(done.map(({ value }) => value)).toEqual(good);
        const firstFailed = items.findIndex(({ fails }) => fails !== undefined);
        const isWhole = (index: number): boolean => firstFailed === -1 || index < firstFailed;
        expect(done.every((one) => one.isWhole === isWhole(one.value))).toBe(true);
        expect(most).toBeLessThanOrEqual(limit);
        expect(running).toBe(0);
        expect(thrown === undefined).toBe(firstFailed === -1);
      }),
    );
  });

  it('begins no more than it may hold, as long as nobody takes a result', async () => {
    let begun = 0;
    const work = parallel(numbers(10_000), { limit: 8, signal: passing }, async () => {
      begun += 1;
    });
    let taken = 0;
    for await (const _ of work) {
      taken += 1;
      if (taken % 1000 === 0) await settled();
      expect(begun - taken).toBeLessThan(8);
    }
    expect([begun, taken]).toEqual([10_000, 10_000]);
  });

  it('begins nothing more after an error that others would meet as well, and hands on what is under way', async () => {
    const begun: number[] = [];
    const work = parallel(numbers(100), { limit: 4, signal: passing }, async (item) => {
      begun.push(item);
      await settled();
      if (item === 5) throw failing('auth', item);
      return item;
    });
    const { done, thrown } = await all(work);
    expect(begun.length).toBeLessThan(14);
    expect(done.map(({ item }) => item)).toEqual(begun.filter((item) => item !== 5));
    expect(done.filter(({ isWhole }) => isWhole)).toHaveLength(5);
    expect(thrown).toMatchObject({ kind: 'auth', message: 'item 5' });
  });

  it('takes eight that fail in a row for a source that is down', async () => {
    const begun: number[] = [];
    const fails = (from: number, to: number) => async (item: number) => {
      begun.push(item);
      if (item >= from && item < to) throw failing('transient', item);
    };
    const { done } = await all(parallel(numbers(50), { limit: 1, signal: passing }, fails(3, 10)));
    expect(done).toHaveLength(43);
    begun.length = 0;
    const down = await all(parallel(numbers(50), { limit: 1, signal: passing }, fails(3, 50)));
    expect(begun).toHaveLength(11);
    expect(down.thrown).toMatchObject({ message: 'item 3 (and 7 more failed: code-transient)' });
  });

  it('throws one error for all, which is the gravest and says how many there are', async () => {
    const request = { method: 'GET', url: 'https://api.example.org/3' };
    const work = parallel(numbers(5), { limit: 5, signal: passing }, async (item) => {
      const error = failing(item === 3 ? 'auth' : 'transient', item);
      error.request = item === 3 ? request : undefined;
      throw error;
    });
    const { thrown } = await all(work);
    expect(thrown).toMatchObject({
      ...{ kind: 'auth', code: 'code-auth', request },
      message: 'item 3 (and 4 more failed: code-transient, code-auth)',
    });
    expect(((thrown as Error).cause as AggregateError).errors).toHaveLength(5);
  });

  it('hands on what is under way where the items themselves fail, and throws that', async () => {
    const listing = (async function* () {
      yield* numbers(3);
      throw failing('transient', 3);
    })();
    const work = parallel(listing, { limit: 8, signal: passing }, async (item) => {
      await settled();
      if (item === 1) throw failing('source-changed', item);
      return item;
    });
    const { done, thrown } = await all(work);
    expect(done.map(({ item, isWhole }) => [item, isWhole])).toEqual([
      [0, true],
      [2, false],
    ]);
    expect(thrown).toMatchObject({
      kind: 'transient',
      message: 'item 3 (and 1 more failed: code-source-changed, code-transient)',
    });
  });

  it('ends with the run, and leaves nothing under way', async () => {
    const run = new AbortController();
    const work = parallel(numbers(100), { limit: 3, signal: run.signal }, async (item, signal) => {
      if (item === 0) return item;
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return item;
    });
    const reason = new TidemillError('transient', 'time-limit', 'The run has no time left');
    const outcome = all(work);
    await settled();
    run.abort(reason);
    expect(await outcome).toMatchObject({ done: [{ item: 0 }], thrown: reason });
  });

  it('tells tasks when nobody wants further results, and waits for them', async () => {
    let running = 0;
    const work = parallel(numbers(100), { limit: 3, signal: passing }, async (item, signal) => {
      running += 1;
      if (item > 0) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await settled();
      running -= 1;
    });
    for await (const _ of work) break;
    expect(running).toBe(0);
  });

  it('refuses a limit that is no number of tasks', async () => {
    const { thrown } = await all(parallel([1], { limit: 0, signal: passing }, async () => 1));
    expect(thrown).toBeInstanceOf(RangeError);
  });
});
