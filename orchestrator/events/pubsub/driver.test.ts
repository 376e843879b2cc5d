import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsContract } from '../../../test/contracts/events.ts';
import { eventsOf } from '../../../test/contracts/events-check.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { Reply } from '../../../test/fakes/http-server.ts';
import { eventIn, type FakePubSub, PUBSUB_TOKEN, startPubSub } from '../../../test/fakes/pubsub.ts';
import type { EventSink } from '../contract.ts';
import { eventKinds } from '../published/kind-names.ts';
import { signedIn } from './access.ts';
import openEvents, { openPubSub } from './driver.ts';
import { topicsOf } from './location.ts';

const PROJECT = 'my-project';
const topics = topicsOf(`pubsub://${PROJECT}/shop`, {});
const ALL = eventKinds.map((kind) => `shop-${kind}`);

/** As somebody who has signed in, with these tokens one after the other. */
function open({ url }: FakePubSub, ...tokens: readonly string[]): EventSink {
  const left = [...tokens];
  const access = signedIn(url, topics, () => {
    const token = left.shift() ?? PUBSUB_TOKEN;
    return { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${token}` }) };
  });
  return openPubSub(topics, access, { clock: fakeClock(), random: () => 0 });
}

eventsContract('Pub/Sub', async () => {
  const fake = await startPubSub(PROJECT, ALL);
  return {
    open: () => open(fake),
    async let(mood) {
      fake.mood = mood;
    },
    received: async () => fake.messages.map(({ message }) => eventIn(message)),
    secrets: [PUBSUB_TOKEN],
    [Symbol.asyncDispose]: () => fake.http.close(),
  };
});

describe('Pub/Sub', () => {
  let fake: FakePubSub;

  beforeEach(async () => {
    fake = await startPubSub(PROJECT, ALL);
  });
  afterEach(() => fake.http.close());

  async function send(sink: EventSink = open(fake), count = 1): Promise<unknown> {
    try {
      await sink.send(eventsOf(count), { taken: () => undefined, signal: new AbortController().signal });
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await sink.close();
    }
  }

  it('has a topic for each kind, and an ordering key for each job', async () => {
    expect(await send(open(fake), 2 * eventKinds.length)).toBeUndefined();
    expect(fake.messages.map(({ topic }) => topic)).toEqual(ALL.flatMap((topic) => [topic, topic]));
    expect(new Set(fake.messages.map(({ message }) => message.orderingKey))).toEqual(new Set(['dev/orders']));
    expect(fake.http.requests, 'what goes to one topic is one request').toHaveLength(eventKinds.length);
  });

  it('is told the type of contents as whoever reads it calls that', async () => {
    await send();
    const json = { 'content-type': 'application/json', 'ce-datacontenttype': 'application/json' };
    expect(fake.messages[0]?.message.attributes).toMatchObject(json);
  });

  it('is asked for another token once, where one is not taken any more', async () => {
    expect(await send(open(fake, 'old-token'))).toBeUndefined();
    expect(await send(open(fake, 'old-token', 'older-token'))).toMatchObject({
      kind: 'auth',
      code: 'pubsub-credentials',
    });
  });

  it.each<[Reply, string, string]>([
    [{ status: 400, json: {} }, 'config', 'pubsub-refused'],
    [{ status: 404, json: {} }, 'config', 'pubsub-topic'],
    [{ status: 403, json: {} }, 'auth', 'pubsub-forbidden'],
    [{ status: 429, json: {} }, 'quota', 'pubsub-rate'],
    [{ status: 500, body: '<html>' }, 'transient', 'pubsub-unavailable'],
    [{ status: 504, json: {} }, 'transient', 'pubsub-unavailable'],
    [{ fault: 'reset' }, 'transient', 'pubsub-unavailable'],
    [{ json: { messageIds: [] } }, 'transient', 'pubsub-unavailable'],
    [{ body: '<html>welcome</html>' }, 'config', 'pubsub-answer'],
    [{ json: { hello: 1 } }, 'config', 'pubsub-answer'],
  ])('that answers %j', async (reply, kind, code) => {
    fake.answer = () => reply;
    expect(await send()).toMatchObject({ kind, code });
  });

  it('says which topic there is none of, and what makes it', async () => {
    const [first = '', ...others] = ALL;
    await fake.http.close();
    fake = await startPubSub(PROJECT, others);
    const hint = `Make it: \`gcloud pubsub topics create ${first} --project=${PROJECT}\`.`;
    expect(await send()).toMatchObject({ code: 'pubsub-topic', hint });
    await expect(open(fake).check(eventKinds)).rejects.toMatchObject({ message: expect.stringContaining(first) });
    await open(fake).check(eventKinds.slice(1));
  });

  it('may not be used by whoever has no permission to', async () => {
    fake.permissions = [];
    await expect(open(fake).check(['run-failed'])).rejects.toMatchObject({ kind: 'auth', code: 'pubsub-forbidden' });
    expect(await send()).toMatchObject({ kind: 'auth', code: 'pubsub-forbidden' });
  });
});

describe('where topics are', () => {
  const env = { GOOGLE_CLOUD_PROJECT: 'their-project', PUBSUB_TOPIC_PREFIX: 'social-analytics' };
  it.each([
    ['pubsub://my-project/shop', env, { project: 'my-project', prefix: 'shop' }],
    ['pubsub://my-project', env, { project: 'my-project', prefix: 'social-analytics' }],
    ['pubsub://my-project', {}, { project: 'my-project', prefix: 'tidemill' }],
    ['pubsub', env, { project: 'their-project', prefix: 'social-analytics' }],
    ['pubsub://my-project/shop?region=europe-west1', {}, { prefix: 'shop', region: 'europe-west1' }],
  ])('%s with %j', (location, given, expected) => expect(topicsOf(location, given)).toMatchObject(expected));

  it.each([
    ['pubsub', {}],
    ['pubsub://p', {}],
    ['pubsub://my-project/goog-topics', {}],
    ['pubsub://my-project/a/b', {}],
    ['pubsub://my-project/shop?zone=1', {}],
    ['pubsub://my-project/shop?region=../x', {}],
    ['pubsub://my-project', { PUBSUB_TOPIC_PREFIX: '1' }],
  ])('refuses %s with %j', (location, given) =>
    expect(() => topicsOf(location, given)).toThrow(
      expect.objectContaining({ kind: 'config', code: 'pubsub-location' }),
    ),
  );

  it('asks the endpoint of the region, or an emulator', () => {
    const at = (location: string, given = {}) =>
      openEvents({ location, env: given, clock: fakeClock(), random: () => 0 }).url;
    expect(at('pubsub://my-project/shop?region=europe-west1')).toBe('pubsub://my-project/shop');
    expect(() => at('pubsub://my-project', { PUBSUB_SERVICE_ACCOUNT_KEY: 'sesame' })).toThrow(
      expect.objectContaining({ code: 'pubsub-key' }),
    );
  });
});
