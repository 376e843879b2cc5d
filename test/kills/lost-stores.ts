/** Buckets of every driver, each behind its own weather: a fresh one for every trial. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@tidemill/kit/retry';
import type { OpenBucket } from '../../orchestrator/storage/contract.ts';
import { openGcsBucket } from '../../orchestrator/storage/gcs/driver.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import type { RemoteOptions } from '../../orchestrator/storage/remote/options.ts';
import { openS3Bucket } from '../../orchestrator/storage/s3/driver.ts';
import { standingClock } from '../contracts/standing-clock.ts';
import { startFaultProxy } from '../fakes/fault-proxy.ts';
import { startGcsServer } from '../fakes/gcs-server.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import type { DriverName } from './places.ts';
import { type Store, Weather } from './weather.ts';

/** Tries of one request, one after the other, before a remote driver gives up. */
const TRIES = 3;

interface Remote {
  readonly server: AsyncDisposable & { readonly url: string; createBucket(name: string): void };
  readonly scheme: string;
  readonly open: (options: RemoteOptions) => ReturnType<OpenBucket>;
  /** What tells the driver where its server is. */
  env(url: string): Readonly<Record<string, string>>;
}

type Stores = Readonly<Record<DriverName, () => Promise<Store>>>;

/** Local ones lie in the folder, and the servers of the others live in this process. On the local driver a lost answer costs no retries: nothing is lost there but here. */
export async function startStores(folder: string): Promise<AsyncDisposable & Stores> {
  const ended = new AsyncDisposableStack();
  const aws = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  const gs: Remote = {
    server: ended.use(await startGcsServer()),
    scheme: 'gs',
    open: openGcsBucket,
    env: (url) => ({ STORAGE_EMULATOR_HOST: url }),
  };
  const s3: Remote = {
    server: ended.use(await startS3Server()),
    scheme: 's3',
    open: openS3Bucket,
    env: (url) => ({ AWS_ENDPOINT_URL: url, ...aws }),
  };
  return {
    local: async () => {
      const truth = openLocalBucket(await mkdtemp(join(folder, 'lost-')));
      const weather = new Weather();
      return { truth, weather, open: () => weather.over(truth) };
    },
    gs: await behindProxy(gs, ended),
    s3: await behindProxy(s3, ended),
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  };
}

async function behindProxy({ server, scheme, open, env }: Remote, ended: AsyncDisposableStack) {
  const proxy = ended.use(await startFaultProxy(server.url));
  let buckets = 0;
  return async (): Promise<Store> => {
    const name = `lost-${buckets++}`;
    const location = `${scheme}://${name}`;
    server.createBucket(name);
    const weather = new Weather(TRIES);
    proxy.use(({ method }) => {
      const fortune = weather.next(method === 'GET' || method === 'HEAD' ? 'reads' : 'writes');
      if (fortune === 'fine') return undefined;
      return fortune === 'lost' ? 'lose-answer' : '503';
    });
    const at = (url: string, clock: Clock) =>
      open({ location, env: env(url), clock, random: () => 0.5, limits: { retries: TRIES - 1 } });
    const truth = at(server.url, standingClock('2026-11-21T06:00:00Z'));
    return { weather, truth, open: (clock) => at(proxy.url, clock) };
  };
}
