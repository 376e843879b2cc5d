/** A store that is so many milliseconds away, in front of one that is here: prints its address. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const [target = '', milliseconds = '0'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const server = createServer(async (incoming, outgoing) => {
  await setTimeout(Number(milliseconds));
  const { method, headers, url = '/' } = incoming;
  const upstream = request(new URL(url, target), { method, headers, agent }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(upstream);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
