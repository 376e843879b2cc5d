import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { rateLimiter } from './rate-limit.ts';

const SOURCE = 'https://vendor.example/limits';

test('callers at the same time are given places one after the other', async () => {
  const clock = { ...fakeClock(), slept: [] as number[], sleep: async (ms: number) => void clock.slept.push(ms) };
  const permit = rateLimiter([{ requests: 1, perSeconds: 5, source: SOURCE }], clock, 60_000);
  await Promise.all([permit(), permit(), permit()]);
  expect(clock.slept).toEqual([5000, 10_000]);
});

test('a place beyond the longest wait is not booked', async () => {
  const clock = fakeClock();
  const permit = rateLimiter([{ requests: 1, perSeconds: 60, source: SOURCE }], clock, 30_000);
  await permit();
  await expect(permit()).rejects.toMatchObject({ kind: 'quota', code: 'rate-limit', retryAfterSeconds: 60 });
  await clock.sleep(60_000);
  await permit();
  expect(clock.slept).toEqual([60_000]);
});

test('no span of time holds more than its limit, and nobody waits longer than a limit forces', async () => {
  const Limit = fc.record({ requests: fc.integer({ min: 1, max: 5 }), perSeconds: fc.integer({ min: 1, max: 20 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(Limit, { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 0, max: 8000 }), { minLength: 5, maxLength: 30 }),
      async (published, pauses) => {
        const limits = published.map((limit) => ({ ...limit, source: SOURCE }));
        const clock = fakeClock();
        const permit = rateLimiter(limits, clock, Number.MAX_SAFE_INTEGER);
        const sent: number[] = [];
        for (const pause of pauses) {
          await clock.sleep(pause);
          const asked = clock.now().getTime();
          await permit();
          const now = clock.now().getTime();
          const crowded = (at: number): boolean =>
            limits.some(
              ({ requests, perSeconds }) => sent.filter((t) => t > at - perSeconds * 1000).length >= requests,
            );
          expect(crowded(now)).toBe(false);
          if (now > asked) expect(crowded(now - 1)).toBe(true);
          sent.push(now);
        }
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});
