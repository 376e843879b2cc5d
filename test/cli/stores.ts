/** The three kinds of buckets, as the command line is told of them. */
import { createHash } from 'node:crypto';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openBucket } from '../../orchestrator/storage/open.ts';
import { fakeClock } from '../fakes/clock.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { startGcsServer } from '../fakes/gcs-server.ts';
import { startS3Server } from '../fakes/s3-server.ts';

type Env = Readonly<Record<string, string>>;

/** A bucket at some address of its store. */
export interface Place {
  readonly location: string;
  /** How the command line finds the store, and who it says it is. */
  readonly env: Env;
}

/** A store on the loopback interface. */
export interface Store extends AsyncDisposable {
  readonly url: string;
  /** A new bucket, as it is found through any address of the store. */
  create(): (url: string) => Place;
  /** A bucket that is not there. */
  missing(): Place;
  /** From now on every request is answered as to somebody without permission. */
  forbid(): void;
  /** From now on they are answered as they were before. */
  permit(): void;
}

/** What the fakes do not look at; a test looks that nobody prints it. */
export const SECRET_KEY = 'wJalrXUtnFEMI-not-a-real-key';

export const gcsEnv = (url: string): Env => ({ STORAGE_EMULATOR_HOST: url });

export const s3Env = (url: string): Env => ({
  AWS_ENDPOINT_URL_S3: url,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
});

let buckets = 0;

async function startGcs(): Promise<Store> {
  const server = await startGcsServer();
  return {
    url: server.url,
    create: () => {
      const name = `bucket-${buckets++}`;
      server.createBucket(name);
      return (url) => ({ location: `gs://${name}`, env: gcsEnv(url) });
    },
    missing: () => ({ location: 'gs://no-such-bucket', env: gcsEnv(server.url) }),
    forbid: () => server.refuse(403),
    permit: () => server.refuse(undefined),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startS3(): Promise<Store> {
  const server = await startS3Server();
  return {
    url: server.url,
    create: () => {
      const name = `bucket-${buckets++}`;
      server.createBucket(name);
      return (url) => ({ location: `s3://${name}`, env: s3Env(url) });
    },
    missing: () => ({ location: 's3://no-such-bucket', env: s3Env(server.url) }),
    forbid: () => server.refuse(403, 'AccessDenied'),
    permit: () => server.refuse(undefined),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The stores that are reached over a network. */
export const stores = { 'gs://': startGcs, 's3://': startS3 } as const;

/** A store and a proxy in front of it, which end with the test that `onEnd` belongs to. */
export async function startFaulty(start: () => Promise<Store>, onEnd: (end: () => Promise<void>) => void) {
  const store = await start();
  const proxy = await startFaultProxy(store.url);
  onEnd(async () => {
    await proxy[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });
  return { store, proxy };
}

/** The bucket itself, for a look past the command line. */
export const openPlace = ({ location, env }: Place): Promise<Bucket> =>
  openBucket(location, { env, clock: fakeClock(), random: () => 0 });

/** Every object by its key, with its version and the SHA-256 of its bytes: equal only where nothing was written. */
export async function contentsOf(bucket: Bucket): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for await (const { key } of bucket.list('')) {
    const object = await bucket.read(key);
    const hash = createHash('sha256');
    for await (const chunk of object?.body ?? []) hash.update(chunk);
    contents.set(key, `${object?.version} ${hash.digest('hex')}`);
  }
  return contents;
}
