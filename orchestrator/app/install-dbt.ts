/** Which dbt an environment needs, and its installation. */
import { dirname, join } from 'node:path';
import type { Config, Environment } from '../config/job.ts';
import { driverOf } from '../drivers/manifest.ts';
import { dbtWith } from '../transform/environment.ts';
import type { Host } from './host.ts';
import { environmentIn, openConfig, type SessionOptions } from './session.ts';

/** Where installations of dbt lie. */
export const installationsOf = ({ file }: Config): string => join(dirname(file), '.tidemill', 'dbt', 'installed');

/** What the driver of a warehouse asks for; undefined where it lets no dbt in. */
export const requirementsOf = ({ drivers }: Config, location: string): readonly string[] | undefined =>
  driverOf(drivers, 'warehouse', location)?.dbt;

/**
 * Installs dbt with the adapters of an environment's warehouses, as the workflow does before anybody is logged in: neither a bucket nor a
 * warehouse is opened. Answers how many installations are there.
 */
export async function installDbt(host: Host, options: SessionOptions, said: (line: string) => void): Promise<number> {
  const config = openConfig(host, options);
  const environment: Environment = environmentIn(config, host, options);
  const all = [...environment.warehouses.values()].flatMap((location) => {
    const requirements = requirementsOf(config, location);
    return requirements === undefined ? [] : [requirements];
  });
  const world = { env: host.env, signal: host.interrupted, said };
  for (const requirements of all) await dbtWith(requirements, installationsOf(config), world);
  return all.length;
}
