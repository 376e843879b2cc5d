import { TidemillError } from '@tidemill/kit';
import type { Bucket } from './contract.ts';

/** The bucket at a URL or an absolute folder. A driver is only loaded when it is used. */
export async function openBucket(location: string): Promise<Bucket> {
  const scheme = /^([a-z][a-z0-9]+):\/\//.exec(location)?.[1];
  switch (scheme) {
    case undefined:
      return (await import('./local/driver.ts')).openLocalBucket(location);
    default:
      throw new TidemillError('config', 'bucket-scheme', `No driver for the bucket ${location}`, {
        hint: 'A bucket is a folder.',
      });
  }
}
