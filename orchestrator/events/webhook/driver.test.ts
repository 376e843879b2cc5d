import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsContract } from '../../../test/contracts/events.ts';
import { eventsOf } from '../../../test/contracts/events-check.ts';
import type { Reply } from '../../../test/fakes/http-server.ts';
import { type FakeWebhook, startWebhook, WEBHOOK_SECRET } from '../../../test/fakes/webhook.ts';
import type { EventSink } from '../contract.ts';
import openWebhook from './driver.ts';

/** As the receiver's, whose library looks at the time; nobody waits. */
const clock = { now: () => new Date(), sleep: async () => undefined };

const open = (location: string, secret = WEBHOOK_SECRET): EventSink =>
  openWebhook({ location, env: { EVENTS_WEBHOOK_SECRET: secret }, clock, random: () => 0 });

eventsContract('a webhook', async () => {
  const webhook = await startWebhook();
  return {
    open: () => open(webhook.url),
    async let(mood) {
      webhook.mood = mood;
    },
    received: async () => webhook.events,
    secrets: ['t0ken', WEBHOOK_SECRET, WEBHOOK_SECRET.slice('whsec_'.length)],
    [Symbol.asyncDispose]: () => webhook.http.close(),
  };
});

describe('a webhook', () => {
  let webhook: FakeWebhook;

  beforeEach(async () => {
    webhook = await startWebhook();
  });
  afterEach(() => webhook.http.close());

  async function send(count = 1, secret = WEBHOOK_SECRET): Promise<unknown> {
    const sink = open(webhook.url, secret);
    try {
      await sink.send(eventsOf(count), { taken: () => undefined, signal: new AbortController().signal });
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await sink.close();
    }
  }

  it.each<[Reply, string, string, number]>([
    [{ status: 301, headers: { location: 'http://127.0.0.1:1/' } }, 'config', 'webhook-refused', 1],
    [{ status: 308, headers: { location: '/elsewhere' } }, 'config', 'webhook-refused', 1],
    [{ status: 400 }, 'config', 'webhook-refused', 1],
    [{ status: 404 }, 'config', 'webhook-refused', 1],
    [{ status: 410 }, 'config', 'webhook-refused', 1],
    [{ status: 401 }, 'auth', 'webhook-forbidden', 1],
    [{ status: 403 }, 'auth', 'webhook-forbidden', 1],
    [{ status: 429, headers: { 'retry-after': '3600' } }, 'quota', 'webhook-rate', 1],
    [{ status: 500 }, 'transient', 'webhook-unavailable', 3],
    [{ status: 503 }, 'transient', 'webhook-unavailable', 3],
    [{ fault: 'reset' }, 'transient', 'webhook-unavailable', 3],
  ])('that answers %j', async (reply, kind, code, requests) => {
    webhook.answer = () => reply;
    expect(await send()).toMatchObject({ kind, code });
    expect(webhook.http.requests).toHaveLength(requests);
    expect(new Set(webhook.http.requests.map(({ path }) => path)), 'no redirect is followed').toEqual(
      new Set(['/hooks/t0ken']),
    );
  });

  it('is asked again where that may help', async () => {
    let asked = 0;
    webhook.answer = () => (++asked < 3 ? { status: 503 } : undefined);
    expect(await send()).toBeUndefined();
    expect(webhook.events).toEqual(eventsOf(1));
  });

  it.each<[string, Reply]>([
    ['is cut off', { status: 200, body: 'thank you', fault: 'truncate' }],
    ['is no gzip', { status: 200, body: 'thank you', headers: { 'content-encoding': 'gzip' } }],
    ['is coded as nobody asked for', { status: 202, body: 'thank you', headers: { 'content-encoding': 'br' } }],
    ['says much', { status: 200, body: 'thank you '.repeat(100_000) }],
  ])('has the event where it answers 2xx, though its answer %s', async (_, reply) => {
    webhook.answer = () => reply;
    expect(await send(3)).toBeUndefined();
    expect(webhook.http.requests).toHaveLength(3);
  });

  it('has the event where its answer never ends, and is not read for ever', async () => {
    const ended = Promise.withResolvers<void>();
    const endless = createServer((request, response) => {
      request.resume();
      response.on('close', () => ended.resolve());
      response.writeHead(200);
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
        response.once('drain', more);
      };
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const sink = open(`http://127.0.0.1:${(endless.address() as AddressInfo).port}/hook`);
    const taken: number[] = [];
    const sending = { taken: (count: number) => void taken.push(count), signal: new AbortController().signal };
    await sink.send(eventsOf(2), sending);
    expect(taken).toEqual([1, 1]);
    await sink.close();
    await ended.promise;
    endless.closeAllConnections();
    endless.close();
  });

  it('is told nothing that it says', async () => {
    webhook.answer = () => ({ status: 422, body: 'a person called Jane' });
    expect(JSON.stringify(await send())).not.toContain('Jane');
  });

  it('is signed with both keys while one takes the place of the other', async () => {
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect(await send(1, `${other} ${WEBHOOK_SECRET}`)).toBeUndefined();
    const { headers = {}, body = '' } = webhook.http.requests[0] ?? {};
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(text).digest('base64');
    expect(headers['webhook-signature']?.split(' ')).toEqual([`v1,${mac}`, expect.stringMatching(/^v1,.{44}$/)]);
    expect(await send(1, other)).toMatchObject({ code: 'webhook-refused' });
  });

  it('is reached, or not, without a request', async () => {
    await open(webhook.url).check([]);
    expect(webhook.http.requests).toEqual([]);
    await expect(open('http://127.0.0.1:1/t0ken').check([])).rejects.toMatchObject({
      code: 'webhook-unreached',
      message: 'Nobody answers at http://127.0.0.1:1/… (ECONNREFUSED)',
    });
  });
});

it.each([
  'http://example.org/hook',
  'http://10.0.0.1/hook',
  'https://me:sesame@example.org/hook',
  'https://example.org/hook#here',
  'https://',
])('refuses to send to %s', (location) => {
  expect(() => open(location)).toThrow(expect.objectContaining({ kind: 'config', code: 'webhook-location' }));
});

it.each(['', 'sesame', 'whsec_?', 'whsec_c2hvcnQ=', `whsec_${'a'.repeat(200)}`, `${WEBHOOK_SECRET} x`])(
  'refuses the secret %j, and does not show it',
  (secret) => {
    const opening = () => open('https://example.org/hook', secret);
    expect(opening).toThrow(expect.objectContaining({ kind: 'config', code: 'webhook-secret' }));
    if (secret !== '') expect(opening).not.toThrow(secret);
  },
);

it('shows of its address the host alone', () => {
  expect(open('https://example.org/hooks/t0ken?key=t0ken').url).toBe('https://example.org/…');
});
