import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { type ErrorKind, errorKinds, TidemillError } from './errors.ts';
import { retryDelay, withRetry } from './retry.ts';

const POLICY = { retries: 3, baseMs: 100, capMs: 1000, maxWaitMs: 60_000 };
const half = () => 0.5;

test('the wait is full jitter: anything from nothing up to a bound that doubles and is capped', () => {
  const at = (attempt: number, random: number) =>
    retryDelay(attempt, { baseMs: 100, capMs: 1000, random: () => random });
  expect([1, 2, 3, 4, 5, 2000].map((attempt) => at(attempt, 0.5))).toEqual([50, 100, 200, 400, 500, 500]);
  expect([1, 2, 3].map((attempt) => at(attempt, 0))).toEqual([0, 0, 0]);
});

test('the wait is never shorter than the source asked for', () => {
  const backoff = { baseMs: 100, capMs: 1000, random: half };
  expect(retryDelay(1, { ...backoff, retryAfterSeconds: 30 })).toBe(30_000);
  expect(retryDelay(4, { ...backoff, retryAfterSeconds: 0.1 })).toBe(400);
  expect(retryDelay(4, { ...backoff, retryAfterSeconds: 0 })).toBe(400);
});

test('exactly the kinds that may go away are tried again', async () => {
  const attempts = async (kind: ErrorKind) => {
    let count = 0;
    const fails = async () => {
      count++;
      throw new TidemillError(kind, 'x', 'x');
    };
    await expect(withRetry(fails, POLICY, { clock: fakeClock(), random: half })).rejects.toMatchObject({ kind });
    return count;
  };
  for (const kind of Object.keys(errorKinds) as ErrorKind[])
    expect([kind, await attempts(kind)]).toEqual([kind, kind === 'quota' || kind === 'transient' ? 4 : 1]);
});

test('what nobody classified is thrown as it is, at once', async () => {
  const clock = fakeClock();
  const bug = new RangeError('x');
  const fails = () => Promise.reject(bug);
  await expect(withRetry(fails, POLICY, { clock, random: half })).rejects.toBe(bug);
  expect(clock.slept).toEqual([]);
});

test('a wait beyond the longest becomes kind quota; one that is quota already stays itself', async () => {
  const quota = new TidemillError('quota', 'x', 'x', { retryAfterSeconds: 61 });
  const transient = new TidemillError('transient', 'x', 'x', { retryAfterSeconds: 61 });
  const thrown = (error: Error) =>
    withRetry(() => Promise.reject(error), POLICY, { clock: fakeClock(), random: half }).catch((caught) => caught);
  expect(await thrown(quota)).toBe(quota);
  expect(await thrown(transient)).toMatchObject({ kind: 'quota', code: 'x', retryAfterSeconds: 61, cause: transient });
});

test('the operation is told its attempt, and its answer is the answer', async () => {
  const third = async (attempt: number) => {
    if (attempt < 3) throw new TidemillError('transient', 'x', 'x');
    return attempt;
  };
  expect(await withRetry(third, POLICY, { clock: fakeClock(), random: half })).toBe(3);
});

test('no sum of waits passes the deadline', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 5000 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (milliseconds, asked, random) => {
        const clock = fakeClock();
        const deadline = new Date(clock.now().getTime() + milliseconds);
        const fails = async (attempt: number) => {
          const retryAfterSeconds = asked[attempt - 1] ?? 0;
          throw new TidemillError('transient', 'x', 'x', { retryAfterSeconds });
        };
        const world = { clock, random: () => random, deadline };
        await expect(withRetry(fails, { ...POLICY, retries: 6 }, world)).rejects.toMatchObject({ kind: 'transient' });
        expect(clock.now().getTime() - deadline.getTime()).toBeLessThanOrEqual(0);
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});

test('an aborted run is not tried again', async () => {
  const controller = new AbortController();
  const clock = fakeClock();
  const fails = async () => {
    controller.abort();
    throw new TidemillError('transient', 'x', 'the connection went');
  };
  const world = { clock, random: half, signal: controller.signal };
  await expect(withRetry(fails, POLICY, world)).rejects.toThrow('the connection went');
  expect(clock.slept).toEqual([]);
});
