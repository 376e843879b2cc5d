/** A store that goes wrong in one place: an answer is lost, and then nobody answers for a while. */
import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { bucketUnavailable, writeUnknown } from '../../orchestrator/storage/remote/errors.ts';
import { standingClock } from '../contracts/standing-clock.ts';

/** What one write of a run meets. */
export interface Loss {
  /** The write whose answer is lost, counted from 1. */
  readonly write: number;
  /** So many operations after it meet nobody. */
  readonly outage: number;
  /** Who changes the state before the store is back. */
  readonly changer: 'nobody' | 'somebody';
}

/** The same bucket through faults, and past them. */
export interface Store {
  readonly truth: Bucket;
  /** As a run with this clock has it. */
  open(clock: Clock): Bucket;
  readonly weather: Weather;
}

/** `lost`: carried out, and nobody is told. `down`: not even that. */
export type Fortune = 'fine' | 'lost' | 'down';

export class Weather {
  readonly #tries: number;
  #loss: Loss | undefined;
  #change: (() => Promise<void>) | undefined;
  #onBack: (() => Promise<void>) | undefined;
  #down = 0;
  #writes = 0;

  /** `tries`: how many requests the driver makes of one operation before it gives up. */
  constructor(tries = 1) {
    this.#tries = tries;
  }

  /** From now on the writes are counted anew, and one of them meets the loss. */
  meet(loss: Loss | undefined, change: () => Promise<void>): void {
    this.#loss = loss;
    this.#change = change;
    this.#onBack = undefined;
    this.#down = 0;
    this.#writes = 0;
  }

  get writes(): number {
    return this.#writes;
  }

  /** What the next request meets. */
  next(request: 'reads' | 'writes'): Fortune {
    if (this.#down > 0) {
      this.#down -= 1;
      return 'down';
    }
    if (request === 'reads') return 'fine';
    this.#writes += 1;
    if (this.#writes !== this.#loss?.write) return 'fine';
    this.#down = this.#loss.outage * this.#tries;
    if (this.#loss.changer === 'somebody') this.#onBack = this.#change;
    return 'lost';
  }

  /** Lets the change happen when the store is about to be back. */
  async settle(): Promise<void> {
    if (this.#down > 0) return;
    const change = this.#onBack;
    this.#onBack = undefined;
    await change?.();
  }

  /** The store is back. */
  async clear(): Promise<void> {
    this.#down = 0;
    await this.settle();
  }

  /** Whoever waits between two tries does so while the change happens. */
  clock(start: string): Clock {
    const clock = standingClock(start);
    return {
      now: () => clock.now(),
      sleep: async (milliseconds, signal) => {
        await this.settle();
        await clock.sleep(milliseconds, signal);
      },
    };
  }

  /** A bucket without retries of its own, as one process has it. */
  over(bucket: Bucket): Bucket {
    const { url } = bucket;
    const pass = async (request: 'reads' | 'writes'): Promise<Fortune> => {
      await this.settle();
      const fortune = this.next(request);
      if (fortune === 'down') throw bucketUnavailable({ url, said: 'nobody is there' });
      return fortune;
    };
    return {
      url,
      async read(key, options) {
        await pass('reads');
        return bucket.read(key, options);
      },
      async write(key, body, options) {
        const fortune = await pass('writes');
        const written = await bucket.write(key, body, options);
        if (fortune === 'lost') throw writeUnknown(url, key);
        return written;
      },
      async *list(prefix) {
        await pass('reads');
        yield* bucket.list(prefix);
      },
      async remove(key) {
        await pass('writes');
        await bucket.remove(key);
      },
      check: () => bucket.check(),
    };
  }
}
