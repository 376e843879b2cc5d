import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { type HandClock, handClock } from '../../test/fakes/hand-clock.ts';
import { guarded } from './connections.ts';

/** More than the buffers of two sockets hold. */
const MUCH = 64 * 1024 * 1024;

const ask = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

const answerMs = 30_000;
let clock: HandClock;

beforeEach(() => {
  clock = handClock('2026-11-21T06:30:00Z');
});

/** The port of a server that answers each request so. */
async function port(answering: (response: ServerResponse) => Promise<void>): Promise<number> {
  const server = createServer(guarded((_, response) => answering(response), { answerMs, clock }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

it('closes a connection whose answer is not taken', async () => {
  let written: ServerResponse | undefined;
  const here = await port(async (response) => {
    written = response;
    response.end(Buffer.alloc(MUCH));
  });
  const socket = connect(here, '127.0.0.1');
  socket.pause();
  socket.write(ask);
  await expect.poll(() => clock.sleepers).toBe(1);
  await clock.pass(answerMs);
  await expect.poll(() => written?.destroyed).toBe(true);
  expect(written?.writableFinished, 'it was never taken').toBe(false);
  socket.destroy();
});

it('waits as long as it takes for an answer to be made, and for those that come after it on the connection', async () => {
  const slow = Promise.withResolvers<void>();
  let asked = 0;
  const second = Promise.withResolvers<void>();
  const here = await port(async (response) => {
    asked += 1;
    const mine = asked;
    if (mine === 1) await slow.promise;
    response.end(`answer ${mine}`);
    if (mine === 2) second.resolve();
  });
  const socket = connect(here, '127.0.0.1');
  const said = buffer(socket);
  socket.write(ask.replace('close', 'keep-alive'));
  socket.write(ask);
  await second.promise;
  await expect.poll(() => clock.sleepers).toBe(1);
  await clock.pass(10 * answerMs);
  slow.resolve();
  expect((await said).toString()).toMatch(/answer 1.*answer 2/s);
});
