/**
 * A shop's API with as many orders as it is told, as a process of its own: pages by key, what came after an order's number.
 * It prints its address, and for each line it is sent, how many orders it has given out since the last one.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { sampleOrder } from '../orders.ts';

const count = Number(process.argv[2]);
let given = 0;

const server = createServer((request, response) => {
  const query = new URL(request.url ?? '/', 'http://shop').searchParams;
  const from = Number(query.get('after') ?? -1) + 1;
  const to = Math.min(count, from + Number(query.get('limit') ?? 1000));
  const orders = Array.from({ length: Math.max(0, to - from) }, (_, index) => sampleOrder(from + index));
  given += orders.length;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ orders, next_after: to < count ? to - 1 : null }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(given);
  given = 0;
}
server.close();
