/** Where legs keep their things: a bucket and a warehouse of their own for every chain, filled as the scenario begins. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostAt } from '../../orchestrator/app/host.ts';
import { realHost } from '../../orchestrator/cli/host.ts';
import { main } from '../../orchestrator/cli/main.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openBucket } from '../../orchestrator/storage/open.ts';
import { startGcsServer } from '../fakes/gcs-server.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import type { Leg } from './bundled-leg.ts';
import type { DataType } from './dataset.ts';
import { SERVICE } from './source.ts';

export const drivers = ['local', 'gs', 's3'] as const;
export type DriverName = (typeof drivers)[number];

const here = realHost();

/** The name, and the location, of a warehouse in the bucket. */
export const LAKE = 'lake';

/** What a chain starts from, and what is loaded then. */
export interface Place {
  readonly folder: string;
  readonly config: string;
  readonly bucket: Bucket;
  /** Their locations, by name. */
  readonly warehouses: Readonly<Record<string, string>>;
  readonly leg: Leg;
  /** The environment of the legs. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Driver {
  readonly name: DriverName;
  /** On one machine a dead holder of a claim is seen; on a fleet only its lease tells. */
  readonly claims: 'holder' | 'lease';
  readonly env: Readonly<Record<string, string>>;
  readonly leg: Leg;
  /** Location of a new bucket for a place in that folder. */
  newBucket(folder: string): string;
}

/** The three drivers; the servers of two of them live in this process, so they outlive every leg. */
export async function startDrivers(leg: Leg): Promise<AsyncDisposable & Readonly<Record<DriverName, Driver>>> {
  const gcs = await startGcsServer();
  const s3 = await startS3Server();
  let buckets = 0;
  const on = (server: { createBucket(name: string): void }, scheme: string) => () => {
    const name = `kills-${buckets++}`;
    server.createBucket(name);
    return `${scheme}://${name}/below/a/prefix`;
  };
  const aws = { AWS_ENDPOINT_URL: s3.url, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  return {
    local: { leg, name: 'local', claims: 'holder', env: {}, newBucket: (folder) => join(folder, 'bucket') },
    gs: {
      leg,
      name: 'gs',
      claims: 'lease',
      env: { CI: 'true', STORAGE_EMULATOR_HOST: gcs.url },
      newBucket: on(gcs, 'gs'),
    },
    s3: { leg, name: 's3', claims: 'lease', env: { CI: 'true', ...aws }, newBucket: on(s3, 's3') },
    async [Symbol.asyncDispose]() {
      await gcs[Symbol.asyncDispose]();
      await s3[Symbol.asyncDispose]();
    },
  };
}

interface Contents {
  readonly type: DataType;
  /** Names. */
  readonly warehouses: readonly string[];
}

/** A new place in the folder: empty, or a copy of one on the local driver. */
export async function newPlace(driver: Driver, folder: string, what: Contents, copied?: Place): Promise<Place> {
  await mkdir(folder, { recursive: true });
  const location = driver.newBucket(folder);
  const locationOf = (name: string): string => (name === LAKE ? LAKE : join(folder, `${name}.duckdb`));
  const warehouses = Object.fromEntries(what.warehouses.map((name) => [name, locationOf(name)]));
  const config = join(folder, 'ingestion-config.yaml');
  const bucket = await openBucket(location, { ...here, env: driver.env });
  // JSON is YAML.
  await writeFile(config, JSON.stringify(configOf(what.type, { bucket: location, warehouse: warehouses })));
  if (copied !== undefined) {
    for (const [name, file] of Object.entries(warehouses).filter(([, location]) => location !== LAKE)) {
      const from = copied.warehouses[name] ?? '';
      await cp(from, file, { force: true }).catch(ignoreMissing);
      await cp(`${from}.wal`, `${file}.wal`).catch(ignoreMissing);
    }
    for await (const { key } of copied.bucket.list('')) {
      const object = await copied.bucket.read(key);
      if (object !== undefined) await bucket.write(key, object.body, { contentType: 'application/octet-stream' });
    }
  }
  return { folder, config, bucket, warehouses, env: driver.env, leg: driver.leg };
}

export const removePlace = ({ folder }: Place): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });

function configOf(type: DataType, environment: { readonly bucket: string; readonly warehouse: object }) {
  return {
    // Every death is an attempt; giving up is another story.
    global: { max_attempts: 100, breaker_failures: 1000, retry_attempts: 0, max_reject_ratio: 1 },
    environments: { local: environment },
    services: { [SERVICE]: {} },
    jobs: { [type]: { service: SERVICE, data_type: type, cron: '0 6 * * *', ...(type === 'lines' ? LINES : {}) } },
  };
}

/** What the connector says of the others, a command job says itself; its texts are as long as its number says. */
const LINES = {
  command: [process.execPath, fileURLToPath(new URL('program.ts', import.meta.url))],
  columns: { id: 'text', n: 'integer', chars: { type: 'integer', from: 'n' } },
};

export interface Spoken {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tidemill <args>` in this process, at that time. */
export async function tidemill(place: Place, now: string, args: readonly string[]): Promise<Spoken> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const output = (texts: string[]) => ({
    write: (text: string) => void texts.push(text),
    isLive: false,
    columns: 200,
  });
  const host = { ...hostAt(here, new Date(now)), env: place.env, cwd: place.folder };
  const outputs = { stdout: output(stdout), stderr: output(stderr) };
  const exit = await main([...args, '--config', place.config], { ...host, ...outputs });
  return { exit, stdout: stdout.join(''), stderr: stderr.join('') };
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
