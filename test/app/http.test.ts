import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { asTidemillError, type ErrorKind } from '@tidemill/kit';
import { expect, it } from 'vitest';
import type { Host } from '../../orchestrator/app/host.ts';
import { type OperateRequest, operate } from '../../orchestrator/app/operate.ts';
import { openSession } from '../../orchestrator/app/session.ts';
import { status } from '../../orchestrator/app/status.ts';
import { hostWith, NOW } from './host.ts';

const statusOf: Partial<Record<ErrorKind, number>> = { config: 400, auth: 403, transient: 503 };

/** An HTTP handle on the use cases: `GET /jobs`, and `POST /jobs` with an operation. */
function server(host: Host): Server {
  return createServer(async (request, response) => {
    try {
      const session = await openSession(host, { environment: 'local' });
      const answer =
        request.method === 'POST'
          ? await operate(session, (await json(request)) as OperateRequest)
          : await status(session);
      response.end(JSON.stringify(answer));
    } catch (thrown) {
      const { kind, code, message } = asTidemillError(thrown);
      response.writeHead(statusOf[kind] ?? 500).end(JSON.stringify({ code, message }));
    }
  });
}

// biome-ignore lint/suspicious/noExplicitAny: documents of several shapes.
type Answer = any;

async function ask(host: Host, order?: OperateRequest) {
  const here = server(host);
  await new Promise<void>((resolve) => here.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(here.address() as AddressInfo).port}/jobs`;
    const response = await fetch(url, order === undefined ? {} : { method: 'POST', body: JSON.stringify(order) });
    return { status: response.status, body: (await response.json()) as Answer };
  } finally {
    await new Promise((resolve) => here.close(resolve));
  }
}

const shop = (): Host =>
  hostWith({
    services: { shop: {} },
    jobs: { shop_orders: { service: 'shop', data_type: 'orders', command: ['true'], cron: '0 * * * *' } },
  });

it('an HTTP endpoint pauses a job, and tells where it stands', async () => {
  const host = shop();
  const paused = await ask(host, { operation: 'pause', jobs: ['shop_*'], reason: 'a console said so' });
  expect(paused).toEqual({
    status: 200,
    body: [{ job: 'shop_orders', changed: true, says: 'paused: a console said so' }],
  });
  const { body } = await ask(host);
  expect(body.jobs).toMatchObject([
    {
      job: 'shop_orders',
      decision: 'paused',
      paused: { at: new Date(NOW).toISOString(), reason: 'a console said so' },
      history: [{ who: 'a server', operation: 'pause' }],
    },
  ]);
});

it('hands back what a person must be asked first, and refuses without their yes', async () => {
  const host = shop();
  const order = { operation: 'reset', jobs: ['shop_orders'] } as const;
  const refused = await ask(host, order);
  expect(refused).toMatchObject({ status: 400, body: { code: 'confirmation-needed' } });
  expect(refused.body.message).toContain('Forget the cursor of shop_orders?');
  expect(await ask(host, { ...order, confirmed: true })).toMatchObject({ status: 200, body: [{ changed: true }] });
});

it('an unknown job is the caller’s fault', async () => {
  expect(await ask(shop(), { operation: 'pause', jobs: ['shop_order'] })).toMatchObject({
    status: 400,
    body: { code: 'unknown-job' },
  });
});
