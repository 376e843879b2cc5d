/** The warehouses of an environment: one, or several by name. */
import { resolve } from 'node:path';
import { type Driver, isName, schemeOf } from '../drivers/manifest.ts';
import type { FaultList } from './faults.ts';
import type { Environment } from './job.ts';
import type { YamlSource } from './yaml-source.ts';

/** The name of an environment's only warehouse, and the one that every state of version 1 is about. */
const MAIN_WAREHOUSE = 'main';

/** By environment, whether or not what the names stand for is sound. */
export const writtenWarehouses = (
  environments: ReadonlyMap<string, Environment>,
  source: YamlSource,
): Map<string, readonly string[]> =>
  new Map(
    [...environments].map(([name, { warehouses }]) => [
      name,
      source.keysAt(['environments', name, 'warehouse']) ?? [...warehouses.keys()],
    ]),
  );

export function warehousesOf(
  written: string | Readonly<Record<string, string>>,
  folder: string,
  drivers: readonly Driver[],
): Map<string, string> {
  const named = typeof written === 'string' ? { [MAIN_WAREHOUSE]: written } : written;
  const whole = (location: string): string =>
    isName(drivers, 'warehouse', location) ? location : located(folder, location);
  return new Map(Object.entries(named).map(([name, location]) => [name, whole(location)]));
}

/** Under two names each package would be loaded into it twice. */
export function refuseTwins(
  environment: string,
  warehouses: ReadonlyMap<string, string>,
  source: YamlSource,
  faults: FaultList,
): void {
  const names = new Map<string, string>();
  for (const [name, location] of warehouses) {
    const other = names.get(location);
    names.set(location, name);
    if (other === undefined) continue;
    const path = ['environments', environment, 'warehouse', name];
    faults.add(source.placeOf(path), `${path.join('.')}: that is ${other} already: expected another warehouse`);
  }
}

/** A location as the drivers take it: relative paths start from the folder. */
export const located = (folder: string, location: string): string =>
  schemeOf(location) === undefined ? resolve(folder, location) : location;
