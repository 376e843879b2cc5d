import type { Driver } from '../drivers/manifest.ts';
import { openDriver } from '../drivers/open.ts';
import type { OpenWarehouse, Warehouse, WarehouseOptions } from './contract.ts';

interface WarehouseWorld extends Omit<WarehouseOptions, 'location'> {
  /** Those to choose from; our own if not given. */
  readonly drivers?: readonly Driver[];
}

/** The warehouse at a location. Throws kinds `config` and `auth`. */
export async function openWarehouse(location: string, { drivers, ...world }: WarehouseWorld): Promise<Warehouse> {
  return openDriver<OpenWarehouse>('warehouse', { location, ...world }, drivers);
}
