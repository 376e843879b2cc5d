/**
 * Google Cloud Pub/Sub as a sink of events: each kind has a topic, `PREFIX-KIND`, and each job an ordering key. A message is a CloudEvent
 * in binary mode: https://github.com/googleapis/google-cloudevents/blob/main/docs/spec/pubsub.md
 */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { createHttp } from '@tidemill/kit/create-http';
import { z } from 'zod';
import type { EventSink, EventsOptions, OpenEvents } from '../contract.ts';
import { kindOf, type PublishedEvent } from '../published/envelope.ts';
import { type Access, accessFrom } from './access.ts';
import { classified, forbidden, unavailable } from './errors.ts';
import { type Topics, topicOf, topicsOf } from './location.ts';

/** Whoever sends waits ten seconds for a sign of life. */
const LIMITS = { retries: 2, maxWaitMs: 3_000, timeouts: { connectMs: 4_000, headersMs: 8_000, totalMs: 9_000 } };

/** Of the messages of one request, as they are sent; 10 MB are the most: https://cloud.google.com/pubsub/quotas */
const MOST_BYTES = 4_000_000;

export default (({ location, env, clock, random }: Omit<EventsOptions, 'bucket'>): EventSink => {
  const topics = topicsOf(location, env);
  return openPubSub(topics, accessFrom(env, topics), { clock, random });
}) satisfies OpenEvents;

const Published = z.object({ messageIds: z.array(z.string()) });
const Permissions = z.object({ permissions: z.array(z.string()).default([]) });
const PUBLISH = 'pubsub.topics.publish';

export function openPubSub(topics: Topics, access: Access, world: Pick<EventsOptions, 'clock' | 'random'>): EventSink {
  const opened = new Map<string, ReturnType<typeof createHttp>>();
  /** A client a topic: what is wrong with an answer is told by its name. */
  const httpFor = (topic: string): ReturnType<typeof createHttp> => {
    const http =
      opened.get(topic) ??
      createHttp({
        ...{ baseUrl: access.endpoint, ...world, ...LIMITS },
        authorize: ({ href }) => access.authorize(href),
        onUnauthorized: async () => access.renew(),
        classify: classified(topics, topic),
      });
    opened.set(topic, http);
    return http;
  };
  const pathOf = (topic: string): string => `/v1/projects/${topics.project}/topics/${topic}`;

  const publish = async (topic: string, messages: readonly object[]): Promise<void> => {
    const request = { json: { messages }, retry: 'always' } as const;
    const { value } = await httpFor(topic).json(`${pathOf(topic)}:publish`, Published, request);
    if (value.messageIds.length === messages.length) return;
    throw unavailable(topics, `it took ${value.messageIds.length} of ${messages.length} messages`);
  };

  return {
    url: topics.url,
    async check(kinds) {
      for (const kind of kinds) {
        const topic = topicOf(topics, kind);
        await checkTopic(topic).catch((thrown: unknown) => {
          throw explained(topics, thrown);
        });
      }
    },
    async send(events, { taken, signal }) {
      for (const { topic, messages } of requestsOf(topics, events)) {
        signal.throwIfAborted();
        await publish(topic, messages).catch((thrown: unknown) => {
          throw explained(topics, thrown);
        });
        taken(messages.length);
      }
    },
    async close() {
      await Promise.all([...opened.values()].map((http) => http.close()));
    },
  };

  /** Whoever may publish need not be allowed to look at a topic; an emulator knows no permissions. */
  async function checkTopic(topic: string): Promise<void> {
    const http = httpFor(topic);
    if (access.isEmulator) {
      await http.json(pathOf(topic), z.unknown());
      return;
    }
    const path = `${pathOf(topic)}:testIamPermissions`;
    const { value } = await http.json(path, Permissions, { json: { permissions: [PUBLISH] }, retry: 'always' });
    if (value.permissions.includes(PUBLISH)) return;
    const { kind, code, message, hint = '' } = forbidden(topics, topic);
    throw new TidemillError(kind, code, `${message}, or there is none of that name`, { hint });
  }
}

interface PublishRequest {
  readonly topic: string;
  readonly messages: object[];
}

/** Events that follow each other and go to one topic are one request: it is taken whole, or not at all. */
function* requestsOf(topics: Topics, events: readonly PublishedEvent[]): Iterable<PublishRequest> {
  let request: PublishRequest | undefined;
  let bytes = 0;
  for (const event of events) {
    const topic = topicOf(topics, kindOf(event));
    const message = messageOf(event);
    const size = JSON.stringify(message).length;
    if (request !== undefined && (request.topic !== topic || bytes + size > MOST_BYTES)) {
      yield request;
      request = undefined;
    }
    bytes = request === undefined ? size : bytes + size;
    request ??= { topic, messages: [] };
    request.messages.push(message);
  }
  if (request !== undefined) yield request;
}

/** The type of contents under both names: the binding says one and shows the other, which is the only one that the SDK of Go reads. */
function messageOf({ data, ...attributes }: PublishedEvent): object {
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]);
  return {
    data: Buffer.from(JSON.stringify(data)).toString('base64'),
    attributes: { ...Object.fromEntries(named), 'content-type': attributes.datacontenttype },
    orderingKey: attributes.partitionkey,
  };
}

/** What is no answer of Pub/Sub's is told in its name, too. */
function explained(topics: Topics, thrown: unknown): TidemillError {
  const error = asTidemillError(thrown);
  if (error.code.startsWith('pubsub-')) return error;
  const host = error.code === 'http-unknown-host' || error.code === 'http-not-trusted';
  if (error.kind === 'transient' || error.kind === 'quota' || host) return unavailable(topics, error.code, error);
  return new TidemillError(
    'config',
    'pubsub-answer',
    `${topics.url}: what answers there is not Pub/Sub (${error.code})`,
    {
      hint: 'Look at PUBSUB_EMULATOR_HOST, and at the network of this machine.',
      cause: error,
    },
  );
}
