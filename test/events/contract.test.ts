import { describe, expect, it } from 'vitest';
import { eventKinds } from '../../orchestrator/events/published/kind-names.ts';
import { eventsContract } from '../contracts/events.ts';
import { eventsOf, send } from '../contracts/events-check.ts';
import { type Fault, startFaultProxy } from '../fakes/fault-proxy.ts';
import { newTopics, WHAT } from './topics.ts';

/** Events of a kind go out together: the made-up ones are two of each. */
const A_REQUEST = 2;

eventsContract(WHAT, async () => {
  const topics = await newTopics();
  const proxy = await startFaultProxy(topics.url);
  return {
    open: () => topics.open(proxy.url),
    async let(mood) {
      let left = mood === 'well' ? Number.POSITIVE_INFINITY : Math.floor(mood.takes / A_REQUEST);
      if (mood !== 'well' && mood.after === 'refuses') await topics.remove(eventKinds[left] ?? '');
      else
        proxy.use(() => {
          left -= 1;
          return left < 0 ? '503' : undefined;
        });
    },
    received: () => topics.received(),
    secrets: [],
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await topics[Symbol.asyncDispose]();
    },
  };
});

describe(WHAT, () => {
  it('orders what subscribers get by the job', async () => {
    await using topics = await newTopics();
    const sink = topics.open();
    await sink.send(eventsOf(20), { taken: () => undefined, signal: new AbortController().signal });
    await sink.close();
    expect(new Set(await topics.keys())).toEqual(new Set(['dev/orders']));
  });

  it.each<Fault>(['lose-answer', '500', 'reset', 'reset-request', 'reset-answer', 'truncate-answer'])(
    'gets everything over a network where each first request meets %s',
    async (fault) => {
      await using topics = await newTopics();
      await using proxy = await startFaultProxy(topics.url);
      let requests = 0;
      proxy.use(() => {
        requests += 1;
        return requests % 2 === 1 ? fault : undefined;
      });
      const received = () => topics.received();
      const subject = { open: () => topics.open(proxy.url), received, secrets: [], let: async () => undefined };
      expect(await send(subject, eventsOf(6))).toEqual({ taken: 6, error: undefined });
      const ids = (await topics.received()).map(({ id }) => id);
      expect([...new Set(ids)]).toEqual(eventsOf(6).map(({ id }) => id));
      expect(proxy.met).toBe(3);
    },
  );

  it('says which topic there is none of', async () => {
    await using topics = await newTopics();
    await topics.open().check(eventKinds);
    await topics.remove('run-failed');
    await expect(topics.open().check(eventKinds)).rejects.toMatchObject({
      code: 'pubsub-topic',
      message: expect.stringContaining('-run-failed'),
    });
  });
});
