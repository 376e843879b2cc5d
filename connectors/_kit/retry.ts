/** When to try again. Nothing here knows HTTP: an error's kind says whether a repetition may help. */
import { errorKinds, TidemillError } from './errors.ts';

/** Time as an argument, so that no test waits. */
export interface Clock {
  now(): Date;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Backoff {
  /** Bound of the first wait, in milliseconds; it doubles with every attempt. */
  readonly baseMs: number;
  /** The bound never exceeds this many milliseconds. */
  readonly capMs: number;
}

export interface RetryPolicy extends Backoff {
  /** How often to try again after the first attempt. */
  readonly retries: number;
  /** When the source asks to wait longer than this, the run ends instead of waiting. */
  readonly maxWaitMs: number;
}

export interface RetryWorld {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** No wait reaches beyond this instant. */
  readonly deadline?: Date;
  readonly signal?: AbortSignal;
}

/**
 * Milliseconds to wait after attempt number `attempt` (counts from 1) has failed: full jitter, and never less than
 * the source asked for. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(
  attempt: number,
  { random, baseMs, capMs, retryAfterSeconds = 0 }: Backoff & { random(): number; retryAfterSeconds?: number },
): number {
  const bound = Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return Math.round(Math.max(retryAfterSeconds * 1000, random() * bound));
}

/**
 * Runs the operation until it succeeds or trying again is pointless: its error is of a kind that does not go away by
 * itself, the retries are used up, or the wait would pass the deadline. Then that error is thrown.
 * A wait longer than `maxWaitMs` becomes kind `quota` with `retryAfterSeconds`, so that the run can end resumably.
 */
export async function withRetry<T>(
  operation: (attempt: number) => Promise<T>,
  policy: RetryPolicy,
  world: RetryWorld,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation(attempt);
    } catch (error) {
      await world.clock.sleep(pause(error, attempt, policy, world), world.signal);
    }
  }
}

/** Milliseconds until the next attempt; throws when there is none. */
function pause(error: unknown, attempt: number, policy: RetryPolicy, world: RetryWorld): number {
  if (!(error instanceof TidemillError) || !errorKinds[error.kind].retry) throw error;
  if (attempt > policy.retries || world.signal?.aborted) throw error;
  const { retryAfterSeconds = 0 } = error;
  if (retryAfterSeconds * 1000 > policy.maxWaitMs) throw tooLong(error, retryAfterSeconds);
  const delay = retryDelay(attempt, { ...policy, random: world.random, retryAfterSeconds });
  if (world.deadline !== undefined && world.clock.now().getTime() + delay >= world.deadline.getTime()) throw error;
  return delay;
}

function tooLong(error: TidemillError, retryAfterSeconds: number): TidemillError {
  if (error.kind === 'quota') return error;
  return new TidemillError('quota', error.code, error.message, {
    hint: `The source asks to wait ${retryAfterSeconds} s.`,
    cause: error,
    retryAfterSeconds,
  });
}
