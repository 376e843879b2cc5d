import {
  type Driver,
  defaultLocation,
  locationByVariables,
  locationText,
  schemeOf,
  shorthandsIn,
  variablesFor,
} from '../drivers/manifest.ts';
import type { FaultList } from './faults.ts';
import type { ServicesOfJobs } from './groups.ts';
import type { Environment } from './job.ts';
import { listenersOf } from './listeners.ts';
import type { MainFile } from './schema.ts';
import { located, refuseTwins, warehousesOf } from './warehouses.ts';
import type { YamlSource } from './yaml-source.ts';

/** What the environments are made of. */
interface Written {
  readonly main: MainFile;
  readonly source: YamlSource;
  readonly drivers: readonly Driver[];
  /** Variables of the process: what they say holds for environments other than local, where the file says nothing. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The environments a job may name, with their places. `folder` is what relative paths start from; `jobs` is undefined where none is sound. */
export function environmentsOf(
  written: Written,
  folder: string,
  jobs: ServicesOfJobs | undefined,
  faults: FaultList,
): Map<string, Environment> {
  const { main, source, drivers, env } = written;
  const buckets = bucketsBesides(written);
  const names = new Set([...buckets.keys(), ...(source.keysAt(['environments']) ?? [])]);
  const environments = [...names].map((name): [string, Environment] => {
    const entry = main.environments?.[name];
    const given = (kind: 'bucket' | 'warehouse'): string | undefined =>
      name === 'local' ? undefined : locationByVariables(drivers, kind, env);
    const said = entry?.bucket ?? buckets.get(name);
    const isSilent =
      said === undefined && source.at(['environments', name, 'bucket']) === undefined && !buckets.has(name);
    const bucket = isSilent ? given('bucket') : said;
    if (isSilent && bucket === undefined) refuseWithout(name, written, faults);
    const warehouse = entry?.warehouse ?? given('warehouse') ?? defaultLocation(drivers, 'warehouse', name);
    const warehouses = warehousesOf(warehouse, folder, drivers);
    refuseTwins(name, warehouses, source, faults);
    const events = listenersOf(name, entry?.events, { ...written, folder, jobs }, faults);
    return [name, { name, bucket: located(folder, bucket ?? ''), warehouses, events }];
  });
  return new Map(environments);
}

/** Buckets that stand elsewhere than under `environments`; undefined for one that is written wrongly. */
function bucketsBesides({ main, source, drivers }: Written): Map<string, string | undefined> {
  const global: Readonly<Record<string, unknown>> = { ...main.global };
  const buckets = new Map<string, string | undefined>([['local', defaultLocation(drivers, 'bucket', 'local')]]);
  for (const { key, environment, scheme } of shorthandsIn(drivers)) {
    if (source.at(['global', key]) === undefined) continue;
    const bucket = global[key];
    const url = typeof bucket === 'string' && schemeOf(bucket) === undefined ? `${scheme}://${bucket}` : bucket;
    buckets.set(environment, typeof url === 'string' ? url : undefined);
  }
  return buckets;
}

/** No default but for local: a folder on a machine that is gone after the run would lose everything. */
function refuseWithout(name: string, { source, drivers }: Written, faults: FaultList): void {
  const message = `environments.${name}: "bucket" is missing: expected ${locationText(drivers, 'bucket')}${orVariables(drivers)}`;
  faults.add(source.placeOf(['environments', name], 'key'), message);
}

/** `; or the variable MEMO_NAME`. */
const orVariables = (drivers: readonly Driver[]): string =>
  variablesFor(drivers, 'bucket')
    .map((names) => `; or the variable ${names.join(' and ')}`)
    .join('');
