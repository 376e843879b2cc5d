import { TidemillError } from '@tidemill/kit';
import type { Warehouse } from './contract.ts';

/** What a driver may need of the world. */
export interface WarehouseWorld {
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
}

/** The warehouse at a URL or an absolute file. A driver is only loaded when it is used. */
export async function openWarehouse(location: string, world: WarehouseWorld): Promise<Warehouse> {
  const scheme = /^([a-z][a-z0-9]+):\/\//.exec(location)?.[1];
  if (scheme === undefined && location.endsWith('.duckdb')) {
    const { openDuckDb } = await import('@tidemill/warehouse-duckdb');
    return openDuckDb({ file: location, clock: world });
  }
  throw new TidemillError('config', 'warehouse-scheme', `No driver for the warehouse ${location}`, {
    hint: 'A warehouse is a file that ends in .duckdb.',
  });
}
