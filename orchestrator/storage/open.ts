import { TidemillError } from '@tidemill/kit';
import type { Bucket } from './contract.ts';
import type { BucketWorld } from './remote/options.ts';

const SCHEME = /^([a-z][a-z0-9]+):\/\//;
const PACKAGES: Readonly<Record<string, string>> = { gs: '@tidemill/storage-gcs', s3: '@tidemill/storage-s3' };

/** npm workspace of the driver that opens a location: what a machine must install to use it. */
export const driverPackage = (location: string): string | undefined => PACKAGES[SCHEME.exec(location)?.[1] ?? ''];

/**
 * The bucket at a URL or an absolute folder. A driver is only loaded when it is used; Google's and Amazon's libraries
 * cost some 150 ms each. Throws TidemillErrors of kind `config`; the network is not asked.
 */
export async function openBucket(location: string, world: BucketWorld): Promise<Bucket> {
  const scheme = SCHEME.exec(location)?.[1];
  const options = { location, env: world.env, clock: world.clock, random: () => world.random() };
  switch (scheme) {
    case undefined:
      return (await import('./local/driver.ts')).openLocalBucket(location);
    case 'gs':
      return (await load(location, () => import('@tidemill/storage-gcs'))).openGcsBucket(options);
    case 's3':
      return (await load(location, () => import('@tidemill/storage-s3'))).openS3Bucket(options);
    default:
      throw new TidemillError('config', 'bucket-scheme', `No driver for the bucket ${location}`, {
        hint: 'A bucket is a folder, gs://NAME or s3://NAME, each with a path if you like.',
      });
  }
}

async function load<T>(location: string, driver: () => Promise<T>): Promise<T> {
  try {
    return await driver();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const name = driverPackage(location);
    throw new TidemillError('config', 'bucket-driver-missing', `The driver for ${location} is not installed`, {
      hint: `Run: npm install --workspace ${name}`,
      cause,
    });
  }
}
