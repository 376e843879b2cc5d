import type { RunEvent } from './run-event.ts';

/** Who is handed run events, one after the other. */
export interface Taker {
  /** For people. */
  readonly url: string;
  /** Resolves when it has the event for good. */
  take(event: RunEvent): Promise<void>;
  check(): Promise<void>;
  close(): Promise<void>;
}
