import { TidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import type { EventSink } from '../../orchestrator/events/contract.ts';
import { eventsChecks, eventsContract } from './events.ts';
import { eventsOf } from './events-check.ts';
import { memorySink, memorySubject, type Receiver, SECRET } from './events-memory.ts';

eventsContract('memory', async () => memorySubject(memorySink));

type Careless = (receiver: Receiver) => EventSink;

const sending =
  (send: (receiver: Receiver, ...given: Parameters<EventSink['send']>) => Promise<void>): Careless =>
  (receiver) => ({ ...memorySink(receiver), send: (...given) => send(receiver, ...given) });

const secretly = (receiver: Receiver, thrown: unknown): never => {
  const kind = thrown instanceof TidemillError ? thrown.kind : 'bug';
  throw new TidemillError(kind, 'memory-said', `${receiver.has.length}: ${SECRET}`, { hint: 'Ask.' });
};

/** Each is careless in one way, which one check at least finds. */
const careless: Readonly<Record<string, Careless>> = {
  'turns the order round': sending(async (receiver, events, { taken }) => {
    for (const event of events.toReversed()) receiver.take(event);
    taken(events.length);
  }),
  'sends side by side': sending(async (receiver, events, { taken }) => {
    const waits = events.map(async (event, index) => {
      for (let turn = 0; turn < (index % 3) * 5; turn += 1) await Promise.resolve();
      receiver.take(event);
      taken(1);
    });
    await Promise.all(waits);
  }),
  'leaves out what it thinks is large': sending(async (receiver, events, { taken }) => {
    for (const event of events) if (JSON.stringify(event).length < 100_000) receiver.take(event);
    taken(events.length);
  }),
  'writes attributes in ASCII': sending(async (receiver, events, { taken }) => {
    for (const event of events) receiver.take({ ...event, subject: event.subject.replaceAll(/[^ -~]/g, '?') });
    taken(events.length);
  }),
  'says what it hopes': sending(async (receiver, events, { taken }) => {
    taken(events.length);
    for (const event of events) {
      await new Promise(setImmediate);
      receiver.take(event);
    }
  }),
  'says nothing of what was taken': sending(async (receiver, events) => {
    for (const event of events) receiver.take(event);
  }),
  'goes on behind a failure': sending(async (receiver, events, { taken }) => {
    let failure: unknown;
    for (const event of events) {
      try {
        receiver.take(event);
        taken(1);
      } catch (thrown) {
        failure ??= thrown;
        receiver.mood = 'well';
      }
    }
    if (failure !== undefined) throw failure;
  }),
  'swallows a failure': sending(async (receiver, events, { taken }) => {
    try {
      for (const event of events) receiver.take(event);
    } catch {
      // Somebody will notice.
    }
    taken(events.length);
  }),
  'takes every failure for its own': sending(async (receiver, events, { taken }) => {
    try {
      for (const event of events) {
        receiver.take(event);
        taken(1);
      }
    } catch (cause) {
      throw new TidemillError('bug', 'memory-bug', 'something is wrong', { cause });
    }
  }),
  'takes every failure for one that passes': sending(async (receiver, events, { taken }) => {
    try {
      for (const event of events) {
        receiver.take(event);
        taken(1);
      }
    } catch (cause) {
      throw new TidemillError('transient', 'memory-passes', 'wait', { hint: 'Wait.', cause });
    }
  }),
  'says its secret': sending(async (receiver, events, sent) => {
    await memorySink(receiver)
      .send(events, sent)
      .catch((thrown: unknown) => secretly(receiver, thrown));
  }),
  'heeds no signal': sending(async (receiver, events, { taken }) => {
    for (const event of events) receiver.take(event);
    taken(events.length);
  }),
  'shows its secret in its URL': (receiver) => ({ ...memorySink(receiver), url: `memory:${SECRET}` }),
  'asks when it is opened': (receiver) => {
    receiver.take(eventsOf(1)[0] as never);
    return memorySink(receiver);
  },
  'checks by sending': (receiver) => ({
    ...memorySink(receiver),
    check: async () => receiver.take(eventsOf(1)[0] as never),
  }),
};

async function failuresOf(open: Careless): Promise<string[]> {
  const failed: string[] = [];
  for (const { promise, run } of eventsChecks) {
    await run(memorySubject(open)).catch(() => failed.push(promise));
  }
  return failed;
}

describe('the checks of sinks of events', () => {
  it.each(Object.entries(careless))('find one that %s', async (_, open) => {
    expect(await failuresOf(open)).not.toEqual([]);
  });

  it('each find somebody', async () => {
    const found = new Set((await Promise.all(Object.values(careless).map(failuresOf))).flat());
    expect(eventsChecks.map(({ promise }) => promise).filter((promise) => !found.has(promise))).toEqual([]);
  });
});
