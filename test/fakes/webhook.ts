/** A receiver of webhooks that believes nobody: it checks the signature as its authors' own library does, and the CloudEvent by its rules. */
import { Webhook } from 'standardwebhooks';
import type { PublishedEvent } from '../../orchestrator/events/published/envelope.ts';
import type { Mood } from '../contracts/events.ts';
import { type FakeHttp, type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret that is long enough, made up').toString('base64')}`;

export interface FakeWebhook {
  readonly url: string;
  readonly http: FakeHttp;
  readonly events: readonly PublishedEvent[];
  mood: Mood;
  /** In the place of an answer, for the requests to come. */
  answer: ((request: SeenRequest) => Reply | undefined) | undefined;
}

/** On a path that only those know who may write there. */
export async function startWebhook(): Promise<FakeWebhook> {
  const http = await startFakeHttp();
  const events: PublishedEvent[] = [];
  const webhook: FakeWebhook = { url: `${http.url}/hooks/t0ken`, http, events, mood: 'well', answer: undefined };
  http.serve((request) => {
    const given = webhook.answer?.(request);
    if (given !== undefined) return given;
    const refusal = refusalOf(request);
    if (refusal !== undefined) return { status: 400, body: refusal };
    if (webhook.mood !== 'well') {
      const { takes, after } = webhook.mood;
      if (takes === 0) return { status: after === 'fails' ? 503 : 410 };
      webhook.mood = { takes: takes - 1, after };
    }
    events.push(eventIn(request));
    return { status: 204 };
  });
  return webhook;
}

/** Why a careful receiver would not take it. */
function refusalOf({ method, path, headers, body }: SeenRequest): string | undefined {
  if (`${method} ${path}` !== 'POST /hooks/t0ken') return 'not here';
  if (headers['content-type'] !== 'application/json') return 'not JSON';
  if (headers['webhook-id'] !== headers['ce-id']) return 'two ids';
  for (const name of ['ce-specversion', 'ce-id', 'ce-source', 'ce-type']) if (!headers[name]) return `no ${name}`;
  const odd = Object.entries(headers).find(([name, value]) => name.startsWith('ce-') && /[^\x21-\x7e]/.test(value));
  if (odd !== undefined) return `${odd[0]} is not encoded`;
  try {
    // Its clock is that of this machine, and it must not be the reason.
    new Webhook(WEBHOOK_SECRET).verify(body, { ...headers });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values */
function eventIn({ headers, body }: SeenRequest): PublishedEvent {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') ? [[name.slice(3), decodeURIComponent(value)]] : [],
  );
  return {
    ...Object.fromEntries(attributes),
    datacontenttype: headers['content-type'],
    data: JSON.parse(body),
  } as PublishedEvent;
}
