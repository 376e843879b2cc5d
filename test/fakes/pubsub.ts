/**
 * Google Cloud Pub/Sub as far as publishing goes, strict: it refuses what the real one refuses. By the discovery document of
 * pubsub.googleapis.com (v1, revision 20260519) and https://cloud.google.com/pubsub/quotas.
 */
import { z } from 'zod';
import type { PublishedEvent } from '../../orchestrator/events/published/envelope.ts';
import type { Mood } from '../contracts/events.ts';
import { type FakeHttp, type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export const PUBSUB_TOKEN = 'ya29.made-up-token';

const [MOST_MESSAGES, MOST_BYTES] = [1000, 10_000_000];

const Message = z
  .strictObject({
    data: z.base64().optional(),
    attributes: z.record(z.string().max(256), z.string().max(1024)).optional(),
    orderingKey: z.string().max(1024).optional(),
  })
  .refine(({ data, attributes }) => (data ?? '') !== '' || Object.keys(attributes ?? {}).length > 0);
const Publish = z.strictObject({ messages: z.array(Message).min(1).max(MOST_MESSAGES) });
const TestPermissions = z.strictObject({ permissions: z.array(z.string()).min(1) });

export interface FakePubSub {
  readonly url: string;
  readonly http: FakeHttp;
  /** Messages by topic, and all in the order in which they came. */
  readonly messages: readonly { readonly topic: string; readonly message: z.output<typeof Message> }[];
  /** What whoever has the token may do to topics. */
  permissions: readonly string[];
  mood: Mood;
  /** In the place of an answer, for the requests to come. */
  answer: ((request: SeenRequest) => Reply | undefined) | undefined;
  /** Tokens that are taken. */
  readonly tokens: Set<string>;
}

const failure = (code: number, status: string, message: string): Reply => ({
  status: code,
  json: { error: { code, message, status } },
});

/** A project with these topics. With `open` it is as an emulator: it asks nobody who he is, and shows topics. */
export async function startPubSub(project: string, topics: readonly string[], open?: 'open'): Promise<FakePubSub> {
  const http = await startFakeHttp();
  const messages: { topic: string; message: z.output<typeof Message> }[] = [];
  const fake: FakePubSub = {
    ...{ url: http.url, http, messages, permissions: ['pubsub.topics.publish'], mood: 'well', answer: undefined },
    tokens: new Set([PUBSUB_TOKEN]),
  };
  const publish = (topic: string, request: SeenRequest): Reply => {
    if (!topics.includes(topic)) return failure(404, 'NOT_FOUND', `Resource not found (resource=${topic}).`);
    if (!fake.permissions.includes('pubsub.topics.publish')) {
      return failure(403, 'PERMISSION_DENIED', 'User not authorized to perform this action.');
    }
    const body = Publish.safeParse(parsed(request.body));
    if (!body.success || request.body.length > MOST_BYTES) {
      return failure(400, 'INVALID_ARGUMENT', 'The request is not understood.');
    }
    const sent = body.data.messages;
    if (fake.mood !== 'well') {
      const { takes, after } = fake.mood;
      // Taken whole, or not at all.
      if (takes < sent.length) {
        fake.mood = { takes: 0, after };
        return after === 'fails' ? failure(503, 'UNAVAILABLE', 'Later.') : failure(400, 'INVALID_ARGUMENT', 'No.');
      }
      fake.mood = { takes: takes - sent.length, after };
    }
    const first = messages.length;
    messages.push(...sent.map((message) => ({ topic, message })));
    return { json: { messageIds: sent.map((_, index) => String(1_000_000 + first + index)) } };
  };
  http.serve((request) => {
    const given = fake.answer?.(request);
    if (given !== undefined) return given;
    const { method, path, headers, query } = request;
    const shown = /^\/v1\/projects\/([^/]+)\/topics\/([^/:]+)$/.exec(path);
    if (open !== undefined && method === 'GET' && shown?.[1] === project) {
      const name = shown[2] ?? '';
      if (!topics.includes(name)) return failure(404, 'NOT_FOUND', `Resource not found (resource=${name}).`);
      return { json: { name: `projects/${project}/topics/${name}` } };
    }
    const [, owner, topic = '', verb] = /^\/v1\/projects\/([^/]+)\/topics\/([^/:]+):(\w+)$/.exec(path) ?? [];
    if (method !== 'POST' || owner !== project || Object.keys(query).length > 0) return undefined;
    const token = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';
    if (open === undefined && !fake.tokens.has(token))
      return failure(401, 'UNAUTHENTICATED', 'Request had invalid credentials.');
    if (verb === 'publish') return publish(topic, request);
    if (verb !== 'testIamPermissions') return undefined;
    const asked = TestPermissions.safeParse(parsed(request.body));
    if (!asked.success) return failure(400, 'INVALID_ARGUMENT', 'The request is not understood.');
    const held = topics.includes(topic) ? asked.data.permissions.filter((one) => fake.permissions.includes(one)) : [];
    return { json: held.length === 0 ? {} : { permissions: held } };
  });
  return fake;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As whoever subscribes makes a CloudEvent of it: https://github.com/googleapis/google-cloudevents/blob/main/docs/spec/pubsub.md */
export function eventIn(message: z.output<typeof Message>): PublishedEvent {
  const { data = '', attributes = {} } = message;
  const named = Object.entries(attributes).flatMap(([name, value]) =>
    name.startsWith('ce-') ? [[name.slice(3), value]] : [],
  );
  return {
    ...Object.fromEntries(named),
    datacontenttype: attributes['content-type'],
    data: JSON.parse(Buffer.from(data, 'base64').toString()),
  } as PublishedEvent;
}
