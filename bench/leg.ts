/** Legs of which most are the start: one that finds no news, and the way of one to its first request. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startNpmRegistry } from '../test/fakes/npm-registry.ts';
import { LEG_FLAGS, withFleet } from './fleet.ts';
import { bareNode, type Child, CLI, cpu, mb, middle, ms, type Row, runNode, times } from './measure.ts';

const CONFIG = 'services: { web_features: {} }\njobs: { first: { service: web_features, data_type: groups } }\n';
const DATA_SET = resolve(import.meta.dirname, '../node_modules/web-features');
const MOST_CPU_SECONDS = 0.5;
const MOST_BYTES = 110e6;

/** A job whose source says that nothing has changed since its last run, asked as npm asks a registry. */
export const quietLegRows = (): Promise<Row[]> =>
  withFleet(async (env) => {
    const registry = await startNpmRegistry();
    await registry.publish({ name: 'web-features', version: '1.0.0', files: DATA_SET });
    const system = await registry.system();
    const { folder, run } = await legIn({ ...env, ...system.env });
    await run();
    const legs: Child[] = [];
    for (let round = 0; round < 7; round += 1) legs.push(await run());
    await registry[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
    if (legs.some(({ stdout }) => !stdout.includes('unchanged'))) throw new Error('a leg without news has read some');
    return quietRows(
      middle(legs, (leg) => leg.cpuSeconds),
      await bareNode(),
    );
  });

function quietRows({ cpuSeconds, milliseconds, peakBytes }: Child, bare: Child): Row[] {
  const what = 'leg without news, fresh machine';
  return [
    {
      what,
      measured: `${cpu(cpuSeconds)} in ${ms(milliseconds)}`,
      limit: `${cpu(bare.cpuSeconds)} bare node`,
      ratio: times(cpuSeconds / bare.cpuSeconds),
      budget: `≤ ${MOST_CPU_SECONDS} CPU s`,
      isMet: cpuSeconds <= MOST_CPU_SECONDS,
      judgedBy: 'work',
    },
    {
      what,
      measured: mb(peakBytes),
      limit: mb(MOST_BYTES),
      ratio: times(peakBytes / MOST_BYTES),
      budget: '≤ 110 MB',
      isMet: peakBytes <= MOST_BYTES,
      judgedBy: 'work',
    },
  ];
}

/** A project with that job, and its leg as a process. */
async function legIn(env: Record<string, string>, exits: readonly number[] = [0]) {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-bench-'));
  const config = join(folder, 'ingestion-config.yaml');
  await writeFile(config, CONFIG);
  return { folder, run: () => runNode([...LEG_FLAGS, CLI, 'run', 'first', '--config', config], env, exits) };
}

/** The registry knows no package, so the leg ends red, as a mistake of the configuration: only the way to its request counts. */
const RED = [2];

export const firstRequestRow = (): Promise<Row> =>
  withFleet(async (env) => {
    let requestedAt = 0;
    const registry = createServer((_, response) => {
      requestedAt ||= performance.now();
      response.writeHead(404).end('{}');
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    const npm = {
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: join(tmpdir(), 'tidemill-bench-npm'),
    };
    const { folder, run } = await legIn({ ...env, ...npm }, RED);
    const legs: (Child & { readonly way: number })[] = [];
    for (let round = 0; round < 5; round += 1) {
      requestedAt = 0;
      const started = performance.now();
      const leg = await run();
      legs.push({ ...leg, way: requestedAt - started });
    }
    registry.close();
    await rm(folder, { recursive: true });
    const { way, cpuSeconds, peakBytes } = middle(legs, (leg) => leg.way);
    const bare = await bareNode();
    return {
      what: 'leg, process start → first source request',
      measured: `${ms(way)}; ${cpu(cpuSeconds)}, ${mb(peakBytes)}`,
      limit: `${ms(bare.milliseconds)} bare node`,
      ratio: times(way / bare.milliseconds),
      budget: '≤ 350 ms',
      isMet: way > 0 && way <= 350,
    };
  });
