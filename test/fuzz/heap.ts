/** In a server that is tried: says how much it holds on to, when it is asked by a signal. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '../fixtures/crawled-module.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', () => {
  collect();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ event: 'heap', bytes: heapUsed + arrayBuffers + external })}\n`);
});
