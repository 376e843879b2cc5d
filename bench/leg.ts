/** From the start of a leg's process to its first request to the source. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, median, ms, type Row, runNode, times } from './measure.ts';

export async function firstRequestRow(): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  let requestedAt = 0;
  const registry = createServer((_, response) => {
    requestedAt ||= performance.now();
    response.writeHead(404).end('{}');
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const { port } = registry.address() as AddressInfo;
  await writeFile(join(folder, '.npmrc'), `registry=http://127.0.0.1:${port}/\ncache=${join(folder, 'cache')}\n`);
  await writeFile(
    join(folder, 'ingestion-config.yaml'),
    'services: { web_features: {} }\njobs: { first: { service: web_features, data_type: groups } }\n',
  );
  const env = { npm_config_userconfig: join(folder, '.npmrc'), npm_config_registry: '' };
  const args = [CLI, 'run', 'first', '--config', join(folder, 'ingestion-config.yaml')];
  const ours = await median(5, async () => {
    requestedAt = 0;
    const started = performance.now();
    // The registry knows no package, so the leg ends red: only the way to its request counts.
    await runNode(args, env).catch(() => undefined);
    return requestedAt - started;
  });
  const bare = await median(7, async () => (await runNode(['-e', '0'])).milliseconds);
  registry.close();
  await rm(folder, { recursive: true });
  return {
    what: 'leg, process start → first source request',
    measured: ms(ours),
    limit: `${ms(bare)} bare node`,
    ratio: times(ours / bare),
    budget: '≤ 350 ms',
    isMet: ours > 0 && ours <= 350,
  };
}
