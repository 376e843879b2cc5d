/** What a driver that reaches its bucket over a network is given, and how patient it is. */
import { type RetryPolicy, withRetry } from '@tidemill/kit/retry';
import type { BucketOptions } from '../contract.ts';

export interface Limits extends RetryPolicy {
  /** Milliseconds for one request and its answer, not counting the body of an object that is read. */
  readonly requestMs: number;
  /** Milliseconds that a reader waits for the next piece of a body before it is asked for again. */
  readonly stallMs: number;
  /**
   * Bytes sent in one request and held in memory until the store has them: a multiple of 256 KiB and at least 5 MiB,
   * which suits every store.
   */
  readonly blockBytes: number;
}

/** The location is `scheme://NAME[/PREFIX]`. */
export interface RemoteOptions extends BucketOptions {
  readonly limits?: Partial<Limits>;
}

const DEFAULTS: Limits = {
  retries: 5,
  baseMs: 500,
  capMs: 16_000,
  maxWaitMs: 60_000,
  requestMs: 60_000,
  stallMs: 60_000,
  blockBytes: 8 * 1024 * 1024,
};

/** Runs an operation until it succeeds, its error is no passing one, or the retries are used up. */
export type Retry = <T>(operation: () => Promise<T>) => Promise<T>;

export function patienceOf({ clock, random, limits }: RemoteOptions): { limits: Limits; retry: Retry } {
  const all = { ...DEFAULTS, ...limits };
  return { limits: all, retry: (operation) => withRetry(operation, all, { clock, random }) };
}

/**
 * Gives the action a signal that is aborted when its time is over, and rejects with a `TimeoutError` then, also where
 * the action does not heed the signal.
 */
export async function inTime<T>(milliseconds: number, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const over = Promise.withResolvers<never>();
  deadline.signal.addEventListener('abort', () => over.reject(deadline.signal.reason));
  const timer = setTimeout(() => deadline.abort(new DOMException('no answer in time', 'TimeoutError')), milliseconds);
  try {
    return await Promise.race([action(deadline.signal), over.promise]);
  } catch (error) {
    // Libraries have their own errors for what was aborted; what counts is why.
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
