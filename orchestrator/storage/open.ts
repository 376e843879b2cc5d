import type { Driver } from '../drivers/manifest.ts';
import { openDriver } from '../drivers/open.ts';
import type { Bucket, BucketOptions, OpenBucket } from './contract.ts';

interface BucketWorld extends Omit<BucketOptions, 'location'> {
  /** Those to choose from; our own if not given. */
  readonly drivers?: readonly Driver[];
}

/** The bucket at a URL or an absolute path. Throws kinds `config` and `auth`; the network is not asked. */
export async function openBucket(location: string, world: BucketWorld): Promise<Bucket> {
  const { env, clock, drivers } = world;
  return openDriver<OpenBucket>('bucket', { location, env, clock, random: () => world.random() }, drivers);
}
