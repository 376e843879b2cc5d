/** What a driver promises that tells others of the events of runs: a queue, a lineage service, a console. */
import type { Clock } from '@tidemill/kit/retry';
import type { Observer } from './run-event.ts';

/** What a driver is opened with. */
export interface EventsOptions {
  /** A URL of one of its schemes, or an absolute path. */
  readonly location: string;
  /** The variables that its manifest names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** The default export of a driver's package. Nothing is opened or sent before the first use. */
export type OpenEvents = (options: EventsOptions) => EventSink;

export interface EventSink extends Observer {
  /** For people: a URL without credentials. */
  readonly url: string;
  /** Can this process tell it? Resolves, or rejects with an error that says who must act. */
  check(): Promise<void>;
  /** Hands on what is still held. */
  close(): Promise<void>;
}
