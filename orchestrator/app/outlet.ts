/** One sink of events, for all jobs of a process: opened when there is something to send, and waited for only so long. */
import { asTidemillError, errorKinds, type TidemillError } from '@tidemill/kit';
import type { Listener } from '../config/job.ts';
import type { EventSink } from '../events/contract.ts';
import { openEvents } from '../events/open.ts';
import type { PublishedEvent } from '../events/published/envelope.ts';
import { lateSink, silentSink } from './outlet-faults.ts';
import type { Session } from './session.ts';

/** How long anybody waits for a sink that says nothing: to be opened, to take an event, and to be closed. */
const PATIENCE_MS = 10_000;

type World = Pick<Session, 'host' | 'config' | 'bucket'>;

export class Outlet {
  readonly listener: Listener;
  readonly #world: World;
  readonly #over = new AbortController();
  #sink: Promise<EventSink> | undefined;
  #fault: TidemillError | undefined;
  #hasTaken = false;

  constructor(listener: Listener, world: World) {
    this.listener = listener;
    this.#world = world;
  }

  /** Why it is asked nothing more by this process. */
  get fault(): TidemillError | undefined {
    return this.#fault;
  }

  /**
   * Hands the events on, in their order, and tells of those that were taken. Throws why the next one was not: then, where it may pass or
   * nobody answers, the sink is asked nothing more.
   */
  async send(events: readonly PublishedEvent[], taken: (events: number) => void): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      const sink = await this.#patiently(() => this.#open());
      await this.#patiently((alive, signal) => {
        const sending = (count: number): void => {
          alive();
          this.#hasTaken = true;
          taken(count);
        };
        return sink.send(events, { taken: sending, signal });
      });
    } catch (thrown) {
      const error = asTidemillError(thrown);
      if (this.#sink === undefined || errorKinds[error.kind].retry) this.#fault = error;
      throw error;
    }
  }

  /** From now on nobody waits for more than an answer that is under way, and for that not long. */
  hurry(): void {
    const { clock } = this.#world.host;
    this.#hasTaken = false;
    void clock.sleep(PATIENCE_MS, this.#over.signal).then(
      () => this.#over.abort(this.#hasTaken ? lateSink(PATIENCE_MS) : silentSink(PATIENCE_MS)),
      () => undefined,
    );
  }

  async close(): Promise<void> {
    try {
      if (this.#sink !== undefined) await this.#patiently(async () => (await this.#sink)?.close());
    } catch {
      // It has what it has taken.
    } finally {
      this.#over.abort(silentSink(PATIENCE_MS));
    }
  }

  #open(): Promise<EventSink> {
    const { host, config, bucket } = this.#world;
    const { env, clock, random } = host;
    this.#sink ??= openEvents(this.listener.to, { env, clock, random, bucket, drivers: config.drivers }).catch(
      (error: unknown) => {
        this.#sink = undefined;
        throw error;
      },
    );
    return this.#sink;
  }

  /** `alive` begins the wait anew. */
  async #patiently<T>(step: (alive: () => void, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.#world.host;
    const late = new AbortController();
    const ended = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#over.signal]);
    let timer = new AbortController();
    const wait = (): void => {
      timer = new AbortController();
      const stop = AbortSignal.any([timer.signal, ended.signal]);
      void clock.sleep(PATIENCE_MS, stop).then(
        () => late.abort(silentSink(PATIENCE_MS)),
        () => undefined,
      );
    };
    const alive = (): void => {
      timer.abort();
      wait();
    };
    const given = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
    given.catch(() => undefined);
    wait();
    try {
      return await Promise.race([step(alive, signal), given]);
    } finally {
      ended.abort();
    }
  }
}
