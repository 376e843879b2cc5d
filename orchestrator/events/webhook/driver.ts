/**
 * A webhook: each event is a POST, a CloudEvent in binary mode
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md), signed. An answer of 2xx takes it;
 * no redirect is followed.
 */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { createHttp } from '@tidemill/kit/create-http';
import { stringifyExact } from '@tidemill/kit/json';
import { reach } from '@tidemill/kit/reach';
import type { EventSink, EventsOptions, OpenEvents } from '../contract.ts';
import type { PublishedEvent } from '../published/envelope.ts';
import { type Endpoint, endpointOf } from './location.ts';
import { keysIn, signed } from './signature.ts';

/** Whoever sends waits ten seconds for a sign of life. */
const LIMITS = { retries: 2, maxWaitMs: 3_000, timeouts: { connectMs: 4_000, headersMs: 8_000, totalMs: 9_000 } };

export default (({ location, env, clock, random }: Omit<EventsOptions, 'bucket'>): EventSink => {
  const endpoint = endpointOf(location);
  const keys = keysIn(env['EVENTS_WEBHOOK_SECRET'] ?? '');
  const { origin, pathname, search } = endpoint.url;
  const path = `${pathname}${search}`;
  const http = createHttp({ baseUrl: origin, clock, random, secrets: [location, path], ...LIMITS });

  const post = async (event: PublishedEvent): Promise<void> => {
    const body = stringifyExact(event.data);
    const { headers: attributes, type } = attributesOf(event);
    const proof = signed(keys, { id: event.id, at: clock.now(), body });
    const headers = { ...attributes, ...proof, 'content-type': type };
    const answer = await http.bytes(path, { method: 'POST', json: event.data, headers, retry: 'always', shown: '/' });
    await readOut(answer.body, clock);
  };

  return {
    url: endpoint.shown,
    check: () => look(endpoint),
    async send(events, { taken, signal }) {
      for (const event of events) {
        signal.throwIfAborted();
        await post(event).catch((thrown: unknown) => {
          throw refusedBy(endpoint, asTidemillError(thrown));
        });
        taken(1);
      }
    },
    close: () => http.close(),
  };
}) satisfies OpenEvents;

/** What an answer may say, and how long, for its connection to be used again. */
const [MOST_ANSWER_BYTES, ANSWER_MS] = [64 * 1024, 1_000];

/** The answer has taken the event by its status: whatever becomes of its body, that is so. Never throws. */
async function readOut(body: AsyncIterable<Uint8Array>, clock: EventsOptions['clock']): Promise<void> {
  const over = new AbortController();
  const reading = async (): Promise<void> => {
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (over.signal.aborted || size > MOST_ANSWER_BYTES) return;
    }
  };
  await Promise.race([reading(), clock.sleep(ANSWER_MS, over.signal)]).catch(() => undefined);
  over.abort();
}

/** The attributes of the event as headers, but its type of contents, which has one of its own. */
function attributesOf({ data: _, datacontenttype: type, ...attributes }: PublishedEvent) {
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encoded(value)]);
  return { headers: Object.fromEntries(named) as Record<string, string>, type };
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values */
const encoded = (value: string): string =>
  value.replaceAll(/[^\x21\x23\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));

/** Of the answer no more than its status is told: what stands in it is nobody's to know. */
function refusedBy({ shown }: Endpoint, { kind, code, request, cause }: TidemillError): TidemillError {
  const said = request?.status === undefined ? code : `it answers ${request.status}`;
  if (kind === 'transient') {
    return new TidemillError(
      'transient',
      'webhook-unavailable',
      `The webhook at ${shown} cannot be reached (${said})`,
      {
        hint: 'If it lasts, ask whoever runs it.',
        cause,
      },
    );
  }
  if (kind === 'quota') {
    return new TidemillError('quota', 'webhook-rate', `The webhook at ${shown} asks to slow down (${said})`);
  }
  if (kind === 'auth') {
    return new TidemillError(
      'auth',
      'webhook-forbidden',
      `The webhook at ${shown} does not believe who sends (${said})`,
      {
        hint: 'Whoever receives must know the same EVENTS_WEBHOOK_SECRET as this environment.',
        cause,
      },
    );
  }
  return new TidemillError('config', 'webhook-refused', `The webhook at ${shown} does not take events (${said})`, {
    hint: 'Correct its address in `events`, or look at it with whoever runs it: some answer so where they do not know EVENTS_WEBHOOK_SECRET. No redirect is followed.',
    cause,
  });
}

/** Whether somebody listens there and is who they say; nothing is sent. */
const look = ({ url, shown }: Endpoint): Promise<void> =>
  reach(url).catch((cause: NodeJS.ErrnoException) => {
    const { code = 'unknown' } = cause;
    throw new TidemillError('config', 'webhook-unreached', `Nobody answers at ${shown} (${code})`, {
      hint: 'Check the address in `events`, and the network of this machine.',
      cause,
    });
  });
