/** What a driver promises that hands events on: a queue, a webhook, a file. `test/contracts/events.ts` holds each to it. */
import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../storage/contract.ts';
import type { PublishedEvent } from './published/envelope.ts';

/** What a driver is opened with. */
export interface EventsOptions {
  /** A URL of one of its schemes, one of its names, or an absolute path. */
  readonly location: string;
  /** The variables that its manifest names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Uniform in [0, 1): spreads retries. */
  random(): number;
  /** That of the environment, for whoever keeps events there. */
  readonly bucket: Bucket;
}

/** The default export of a driver's package. Nothing is asked of a network. Throws kind `config` for what is no location of it. */
export type OpenEvents = (options: EventsOptions) => EventSink;

export interface Sending {
  /** Told, as soon as that is certain, of how many more events the receiver has for good, counted from the first. */
  taken(events: number): void;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

export interface EventSink {
  /** For people: a URL without credentials, and without what lets anybody write there. */
  readonly url: string;
  /** Can this process send events of these kinds? Resolves, or rejects with an error that says who must act. Sends nothing. */
  check(kinds: readonly string[]): Promise<void>;
  /**
   * Hands on events of one job, in their order. Resolves when the receiver has all of them, or rejects at the first that it does not
   * take: with kind `transient` or `quota` where it may take it later, with another kind where somebody must act first. An event may
   * come again, with the same id, where nobody knows whether it has arrived.
   */
  send(events: readonly PublishedEvent[], sending: Sending): Promise<void>;
  close(): Promise<void>;
}
