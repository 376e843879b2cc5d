/** A sink of events in memory: the least that a driver can be, and careless ones made of it. */
import { TidemillError } from '@tidemill/kit';
import type { EventSink } from '../../orchestrator/events/contract.ts';
import type { PublishedEvent } from '../../orchestrator/events/published/envelope.ts';
import type { EventsSubject, Mood } from './events.ts';

export const SECRET = 'open sesame';

/** Whoever keeps the events. */
export class Receiver {
  readonly has: PublishedEvent[] = [];
  mood: Mood = 'well';

  take(event: PublishedEvent): void {
    if (this.mood !== 'well') {
      const { takes, after } = this.mood;
      if (takes === 0) {
        throw new TidemillError(after === 'fails' ? 'transient' : 'config', `memory-${after}`, 'no', { hint: 'Ask.' });
      }
      this.mood = { takes: takes - 1, after };
    }
    this.has.push(structuredClone(event));
  }
}

export const memorySink = (receiver: Receiver): EventSink => ({
  url: 'memory:',
  check: async () => undefined,
  async send(events, { taken, signal }) {
    for (const event of events) {
      signal.throwIfAborted();
      receiver.take(event);
      taken(1);
    }
  },
  close: async () => undefined,
});

export function memorySubject(open: (receiver: Receiver) => EventSink): EventsSubject & AsyncDisposable {
  const receiver = new Receiver();
  return {
    open: () => open(receiver),
    async let(mood) {
      receiver.mood = mood;
    },
    received: async () => receiver.has,
    secrets: [SECRET],
    [Symbol.asyncDispose]: async () => undefined,
  };
}
