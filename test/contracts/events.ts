/**
 * The promises of `orchestrator/events/contract.ts`, as checks that every driver must pass. They are data, so that a test can also show
 * that a careless driver fails them.
 */
import assert from 'node:assert/strict';
import { errorKinds, TidemillError } from '@tidemill/kit/errors';
import { describe, it } from 'vitest';
import type { PublishedEvent } from '../../orchestrator/events/published/envelope.ts';
import { eventKinds } from '../../orchestrator/events/published/kind-names.ts';
import { type EventsCheck, type EventsSubject, eventsOf, send } from './events-check.ts';
import { LIMIT_MILLISECONDS } from './limit.ts';

export type { EventsSubject, Mood } from './events-check.ts';

const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

function failure(error: unknown): TidemillError {
  assert(error instanceof TidemillError, `no error that says who must act: ${String(error)}`);
  return error;
}

function assertSilent({ secrets }: EventsSubject, said: unknown): void {
  const { message = '', hint = '' } = said instanceof TidemillError ? said : { message: String(said) };
  for (const secret of secrets) assert(!`${message} ${hint}`.includes(secret), 'a secret is told');
}

const made = ({ made: own = eventsOf }: EventsSubject, ...given: Parameters<typeof eventsOf>): PublishedEvent[] =>
  own(...given);

export const eventsChecks: readonly EventsCheck[] = [
  {
    promise: 'the receiver has every event as it was sent, in order',
    run: async (subject) => {
      const events = made(subject, 7);
      assert.deepEqual(await send(subject, events), { taken: 7, error: undefined });
      assert.deepEqual(await subject.received(), events);
    },
  },
  {
    promise: 'what is sent later comes later, whoever sends it',
    run: async (subject) => {
      for (const from of [1, 4, 7]) await send(subject, made(subject, 3, from));
      assert.deepEqual(idsOf(await subject.received()), idsOf(made(subject, 9)));
    },
  },
  {
    promise: 'what events say arrives whatever it is, and however much',
    run: async (subject) => {
      const odd = {
        text: 'größer\n„Zürich“ 😀 \u0000 "\\',
        long: 'x'.repeat(200_000),
        none: null,
        list: [1, -0.5, 1e21],
      };
      const events = made(subject, 2, 1, odd);
      assert.equal((await send(subject, events)).error, undefined);
      assert.deepEqual(await subject.received(), events);
    },
  },
  {
    promise: 'attributes arrive whatever they are',
    run: async (subject) => {
      const [event] = made(subject, 1);
      assert(event !== undefined);
      const odd = { ...event, subject: 'Umsatz größer 100 % "heute"', partitionkey: 'dev/Umsatz größer 100 %' };
      assert.equal((await send(subject, [odd])).error, undefined);
      assert.deepEqual(await subject.received(), [odd]);
    },
  },
  {
    promise: 'an event is told to be taken when the receiver has it, and not before',
    run: async (subject) => {
      const sink = subject.open();
      let taken = 0;
      const looks: Promise<{ readonly least: number; readonly there: number }>[] = [];
      const note = (count: number): void => {
        taken += count;
        const least = taken;
        looks.push(subject.received().then(({ length: there }) => ({ least, there })));
      };
      await sink.send(made(subject, 6), { taken: note, signal: new AbortController().signal });
      for (const { least, there } of await Promise.all(looks)) assert(there >= least, `${least} taken, ${there} there`);
      assert.equal(taken, 6);
      await sink.close();
    },
  },
  {
    promise: 'of a receiver that fails, those are taken that it has, and it is asked again later',
    run: async (subject) => {
      if (subject.cannot?.includes('fails')) return;
      await subject.let({ takes: 3, after: 'fails' });
      const { taken, error } = await send(subject, made(subject, 8));
      assert(errorKinds[failure(error).kind].retry, 'a failure that may pass is told as one');
      assertSilent(subject, error);
      const there = await subject.received();
      assert(taken <= there.length, `${taken} taken, ${there.length} there`);
      assert.deepEqual(idsOf(there), idsOf(made(subject, there.length)), 'none is passed over');
      await subject.let('well');
      assert.equal((await send(subject, made(subject, 8).slice(taken))).error, undefined);
      const firsts = [...new Set(idsOf(await subject.received()))];
      assert.deepEqual(firsts, idsOf(made(subject, 8)), 'whoever passes over what came twice sees the order');
    },
  },
  {
    promise: 'of a receiver that refuses, nothing is sent behind what it refuses, and somebody must act',
    run: async (subject) => {
      if (subject.cannot?.includes('refuses')) return;
      await subject.let({ takes: 2, after: 'refuses' });
      const { taken, error } = await send(subject, made(subject, 6));
      const { kind, hint = '' } = failure(error);
      assert(!errorKinds[kind].retry, 'a refusal is no failure that may pass');
      assert.notEqual(hint, '', 'it is told what to do');
      assertSilent(subject, error);
      assert(taken <= 2, `${taken} taken`);
      assert.deepEqual(idsOf(await subject.received()), idsOf(made(subject, 2)));
    },
  },
  {
    promise: 'nothing is sent for whoever does not wait any more',
    run: async (subject) => {
      const sink = subject.open();
      const sending = { taken: () => undefined, signal: AbortSignal.abort(new Error('nobody waits')) };
      await assert.rejects(sink.send(made(subject, 1), sending));
      await sink.close();
      assert.deepEqual(await subject.received(), []);
    },
  },
  {
    promise: 'it is opened, and closed, without asking anybody',
    run: async (subject) => {
      if (!subject.cannot?.includes('fails')) await subject.let({ takes: 0, after: 'fails' });
      const sink = subject.open();
      assertSilent(subject, sink.url);
      assert.notEqual(sink.url, '');
      await sink.close();
    },
  },
  {
    promise: 'a check sends nothing',
    run: async (subject) => {
      const sink = subject.open();
      await sink.check(eventKinds);
      await sink.close();
      assert.deepEqual(await subject.received(), []);
    },
  },
];

/** Holds a driver to all of them; `create` makes a receiver that has nothing yet. */
export function eventsContract(name: string, create: () => Promise<EventsSubject & AsyncDisposable>): void {
  describe(`${name} as a sink of events`, { timeout: LIMIT_MILLISECONDS }, () => {
    for (const { promise, run } of eventsChecks) {
      it(promise, async () => {
        await using subject = await create();
        await run(subject);
      });
    }
  });
}
