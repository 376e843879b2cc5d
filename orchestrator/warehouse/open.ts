import { TidemillError } from '@tidemill/kit';
import type { Warehouse } from './contract.ts';

/** What a driver may need of the world. */
export interface WarehouseWorld {
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
}

/** npm workspace of the driver that opens a location: what a machine must install to use it. */
export const driverPackage = (location: string): string | undefined =>
  isDuckDb(location) ? '@tidemill/warehouse-duckdb' : undefined;

/** The warehouse at a URL or an absolute file. A driver is only loaded when it is used. */
export async function openWarehouse(location: string, world: WarehouseWorld): Promise<Warehouse> {
  if (isDuckDb(location)) {
    const { openDuckDb } = await import('@tidemill/warehouse-duckdb');
    return openDuckDb({ file: location, clock: world });
  }
  throw new TidemillError('config', 'warehouse-scheme', `No driver for the warehouse ${location}`, {
    hint: 'A warehouse is a file that ends in .duckdb.',
  });
}

const isDuckDb = (location: string): boolean => !/^[a-z][a-z0-9]+:\/\//.test(location) && location.endsWith('.duckdb');
