/** What the checks of sinks of events are made of. */
import type { EventSink } from '../../orchestrator/events/contract.ts';
import { type PublishedEvent, published } from '../../orchestrator/events/published/envelope.ts';
import { eventKinds } from '../../orchestrator/events/published/kind-names.ts';

/**
 * How the receiver behaves from now on: it takes everything; or so many events more, and then it fails as something that may pass, or
 * as something that somebody must mend.
 */
export type Mood = 'well' | { readonly takes: number; readonly after: 'fails' | 'refuses' };

export interface EventsSubject {
  /** Opens the driver anew, as another process would. */
  open(): EventSink;
  /** The receiver's mood; moods that it cannot be in are refused by `cannot`. */
  let(mood: Mood): Promise<void>;
  /** Whether nothing of this kind can ever go wrong there. */
  readonly cannot?: readonly ('fails' | 'refuses')[];
  /** Every event that the receiver has, in the order in which it has taken them, each as often as it has it. */
  received(): Promise<readonly PublishedEvent[]>;
  /** Made-up events, all of them of kinds that the receiver gets, where it gets not all; `eventsOf` if not given. */
  readonly made?: typeof eventsOf;
  /** What no error and no URL may show. */
  readonly secrets: readonly string[];
}

export interface EventsCheck {
  readonly promise: string;
  run(subject: EventsSubject): Promise<void>;
}

/** Made-up events of one job, of several kinds, one after the other. */
export const eventsOf = (count: number, from = 1, data: object = {}): PublishedEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const kind = eventKinds[Math.floor((n - 1) / 2) % eventKinds.length] ?? 'run-started';
    const at = new Date(Date.UTC(2026, 10, 21, 6, 0, n)).toISOString();
    return published('dev', { id: `${kind}:orders:${n}`, type: kind, at, job: 'orders', data: { n, ...data } });
  });

export interface Sent {
  /** Events that the driver says were taken. */
  readonly taken: number;
  readonly error: unknown;
}

/** Sends, and closes the sink. */
export async function send(subject: EventsSubject, events: readonly PublishedEvent[]): Promise<Sent> {
  const sink = subject.open();
  let taken = 0;
  const note = (count: number): void => {
    taken += count;
  };
  try {
    await sink.send(events, { taken: note, signal: new AbortController().signal });
    return { taken, error: undefined };
  } catch (error) {
    return { taken, error };
  } finally {
    await sink.close();
  }
}
