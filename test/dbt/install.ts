/** Installs dbt for the projects of all tests, once for each set of packages that a driver asks for: `node install.ts FOLDER`. */
import { installedDrivers } from '../../orchestrator/drivers/find.ts';
import { driverOf } from '../../orchestrator/drivers/manifest.ts';
import { dbtWith } from '../../orchestrator/transform/environment.ts';

const LOCATIONS = ['warehouse.duckdb', 'lake', 'postgres://localhost/warehouse'];

const [, , folder = ''] = process.argv;
const world = {
  env: process.env,
  signal: new AbortController().signal,
  said: (line: string) => void process.stderr.write(`${line}\n`),
};
for (const location of LOCATIONS) {
  const requirements = driverOf(installedDrivers.own(), 'warehouse', location)?.dbt;
  if (requirements === undefined) throw new Error(`dbt has no way into ${location}`);
  // What is there already is not installed again.
  await dbtWith(requirements, folder, world);
}
