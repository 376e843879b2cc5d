/** A warehouse and a bucket that are thrown away: those that are the default at home, in a folder for temporary files. */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { temporaryFolder } from '@tidemill/kit/temporary';
import { defaultLocation, isName } from '../drivers/manifest.ts';
import type { Scratch } from '../run/rehearse.ts';
import { openBucket } from '../storage/open.ts';
import { openWarehouse } from '../warehouse/open.ts';
import type { Session } from './session.ts';

/** Opens them for the action, and removes all of it after. */
export async function inScratch<T>({ host, config }: Session, action: (scratch: Scratch) => Promise<T>): Promise<T> {
  const { clock, random } = host;
  const { drivers } = config;
  const folder = await temporaryFolder('scratch');
  const locationOf = (kind: 'bucket' | 'warehouse'): string => {
    const location = defaultLocation(drivers, kind, 'local');
    return isName(drivers, kind, location) ? location : join(folder, basename(location));
  };
  const world = { env: {}, clock, random, drivers };
  try {
    const bucket = await openBucket(locationOf('bucket'), world);
    const warehouse = await openWarehouse(locationOf('warehouse'), { ...world, bucket });
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) await warehouse.close();
      isOpen = false;
    };
    try {
      return await action({ warehouse, bucket, folder, close });
    } finally {
      await close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
