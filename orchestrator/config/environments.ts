import { resolve } from 'node:path';
import type { FaultList } from './faults.ts';
import { hasScheme } from './fields.ts';
import type { Environment } from './job.ts';
import type { MainFile } from './schema.ts';
import type { YamlSource } from './yaml-source.ts';

/** The environments a job may name, with their places. `folder` is what relative paths start from. */
export function environmentsOf(
  main: MainFile,
  source: YamlSource,
  folder: string,
  faults: FaultList,
): Map<string, Environment> {
  const buckets = new Map<string, string | undefined>([['local', '.tidemill/local/bucket']]);
  for (const name of ['dev', 'prd'] as const) {
    const key = `gcs_bucket_${name}` as const;
    const bucket = main.global?.[key];
    if (source.at(['global', key]) !== undefined) buckets.set(name, bucket && gcsUrl(bucket));
  }
  const names = new Set([...buckets.keys(), ...(source.keysAt(['environments']) ?? [])]);
  const environments = [...names].map((name): [string, Environment] => {
    const entry = main.environments?.[name];
    const bucket = entry?.bucket ?? buckets.get(name);
    if (bucket === undefined && source.at(['environments', name, 'bucket']) === undefined && !buckets.has(name)) {
      refuseWithout(name, source, faults);
    }
    const warehouses = warehousesOf(entry?.warehouse ?? `.tidemill/${name}/warehouse.duckdb`, folder);
    refuseTwins(name, warehouses, source, faults);
    return [name, { name, bucket: located(folder, bucket ?? ''), warehouses }];
  });
  return new Map(environments);
}

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

function warehousesOf(written: string | Readonly<Record<string, string>>, folder: string): Map<string, string> {
  const named = typeof written === 'string' ? { [MAIN_WAREHOUSE]: written } : written;
  return new Map(Object.entries(named).map(([name, location]) => [name, located(folder, location)]));
}

/** Under two names each package would be loaded into it twice. */
function refuseTwins(
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

/** No default but for local: a folder on a machine that is gone after the run would lose everything. */
function refuseWithout(name: string, source: YamlSource, faults: FaultList): void {
  const message = `environments.${name}: "bucket" is missing: expected a folder, or a gs:// or s3:// URL`;
  faults.add(source.placeOf(['environments', name], 'key'), message);
}

const gcsUrl = (bucket: string): string => (bucket.startsWith('gs://') ? bucket : `gs://${bucket}`);

const located = (folder: string, location: string): string =>
  hasScheme(location) ? location : resolve(folder, location);
