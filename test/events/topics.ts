/** Topics in Google's emulator of Pub/Sub, where `scripts/with-pubsub` has found one, and in the strict fake elsewhere; with who hears them. */
import { randomUUID } from 'node:crypto';
import type { EventSink } from '../../orchestrator/events/contract.ts';
import type { PublishedEvent } from '../../orchestrator/events/published/envelope.ts';
import { eventKinds } from '../../orchestrator/events/published/kind-names.ts';
import openEvents from '../../orchestrator/events/pubsub/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { eventIn, startPubSub } from '../fakes/pubsub.ts';

const URL = process.env['TIDEMILL_TEST_PUBSUB_URL'] ?? '';

/** What stands for Pub/Sub here. */
export const WHAT = URL === '' ? 'a strict fake of Pub/Sub' : "Google's emulator of Pub/Sub";

const isEmulator = URL !== '';

export interface Topics extends AsyncDisposable {
  /** Opens the driver; `through` is where it finds Pub/Sub, if not where that is. */
  open(through?: string): EventSink;
  /** Where Pub/Sub is. */
  readonly url: string;
  /** Takes the topic of a kind away. */
  remove(kind: string): Promise<void>;
  /** What subscribers of all topics have got so far, in the order of its publishing. */
  received(): Promise<readonly PublishedEvent[]>;
  /** Ordering keys of the same. */
  keys(): Promise<readonly string[]>;
}

const PROJECT = 'made-up-project';

const opened = (url: string, prefix: string): EventSink =>
  openEvents({
    location: `pubsub://${PROJECT}/${prefix}`,
    env: { PUBSUB_EMULATOR_HOST: url },
    clock: fakeClock(),
    random: () => 0,
  });

/** New ones, of every kind. */
export const newTopics = (): Promise<Topics> => (isEmulator ? inEmulator() : inFake());

interface Pulled {
  readonly ackId: string;
  readonly message: {
    readonly data?: string;
    readonly attributes: Record<string, string>;
    readonly orderingKey?: string;
    readonly messageId: string;
  };
}

async function inEmulator(): Promise<Topics> {
  const prefix = `t-${randomUUID()}`;
  const at = (what: string): string => `${URL}/v1/projects/${PROJECT}/${what}`;
  const names = eventKinds.map((kind) => `${prefix}-${kind}`);
  for (const name of names) {
    await ask('PUT', at(`topics/${name}`), {});
    const topic = `projects/${PROJECT}/topics/${name}`;
    await ask('PUT', at(`subscriptions/${name}`), { topic, enableMessageOrdering: true, ackDeadlineSeconds: 600 });
  }
  const pulled: Pulled[] = [];
  const pull = async (): Promise<readonly Pulled[]> => {
    for (const name of names) {
      for (;;) {
        const request = { maxMessages: 100, returnImmediately: true };
        const { receivedMessages: some = [] } = await ask('POST', at(`subscriptions/${name}:pull`), request);
        if (some.length === 0) break;
        await ask('POST', at(`subscriptions/${name}:acknowledge`), { ackIds: some.map(({ ackId }) => ackId) });
        pulled.push(...some);
      }
    }
    // Ids ascend with each publishing, whatever the topic.
    return pulled.toSorted((a, b) => Number(a.message.messageId) - Number(b.message.messageId));
  };
  return {
    open: (through = URL) => opened(through, prefix),
    url: URL,
    remove: async (kind) => void (await ask('DELETE', at(`topics/${prefix}-${kind}`))),
    received: async () => (await pull()).map(({ message: { data, attributes } }) => eventIn({ data, attributes })),
    keys: async () => (await pull()).map(({ message }) => message.orderingKey ?? ''),
    async [Symbol.asyncDispose]() {
      for (const name of names) await ask('DELETE', at(`subscriptions/${name}`));
    },
  };
}

async function ask(method: string, url: string, body?: object): Promise<{ receivedMessages?: Pulled[] }> {
  const answer = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { receivedMessages?: Pulled[] };
}

async function inFake(): Promise<Topics> {
  const prefix = 'fake';
  const names = eventKinds.map((kind) => `${prefix}-${kind}`);
  const fake = await startPubSub(PROJECT, names, 'open');
  return {
    open: (through = fake.url) => opened(through, prefix),
    url: fake.url,
    remove: async (kind) => void names.splice(names.indexOf(`${prefix}-${kind}`), 1),
    received: async () => fake.messages.map(({ message }) => eventIn(message)),
    keys: async () => fake.messages.map(({ message }) => message.orderingKey ?? ''),
    [Symbol.asyncDispose]: () => fake.http.close(),
  };
}
