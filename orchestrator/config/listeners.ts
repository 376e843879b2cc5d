/** Who is told of events: what a person writes of them → their names, places, and what each is told. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Driver, defaultListeners, driverOf, isName, schemeOf } from '../drivers/manifest.ts';
import { type FaultList, quoted } from './faults.ts';
import { Resolver, type ServicesOfJobs } from './groups.ts';
import type { Listener } from './job.ts';
import type { MainFile } from './schema.ts';
import { located } from './warehouses.ts';
import type { YamlSource } from './yaml-source.ts';

type Written = NonNullable<NonNullable<NonNullable<MainFile['environments']>[string]>['events']>;

interface Around {
  readonly source: YamlSource;
  readonly drivers: readonly Driver[];
  /** What relative paths start from. */
  readonly folder: string;
  /** Without sound jobs every selector would be a fault, and none of them the cause. */
  readonly jobs: ServicesOfJobs | undefined;
}

/** Those of an environment. Names that two have, and selectors without a job, go to `faults`. */
export function listenersOf(
  environment: string,
  written: Written | undefined,
  { source, drivers, folder, jobs }: Around,
  faults: FaultList,
): Listener[] {
  const resolver = jobs && new Resolver(jobs, faults);
  const names = new Set<string>();
  return (written ?? defaultListeners(drivers, environment)).map((entry, index) => {
    const path = ['environments', environment, 'events', index];
    const {
      to,
      name = nameOf(to, drivers),
      kinds = [],
      jobs: selectors,
    } = typeof entry === 'string' ? { to: entry } : entry;
    if (names.has(name)) {
      const message = `environments.${environment}.events[${index}]: ${quoted(name)} is there already: expected another place, or another name`;
      faults.add(source.placeOf(path), message);
    }
    names.add(name);
    const ids = selectors && resolver?.resolve(selectors, [...path, 'jobs'], source);
    return { name, to: placeOf(to, folder, drivers), kinds, jobs: ids };
  });
}

/** As it is written, a location may hold a secret, and an absolute path is another on each machine: its name has neither. */
function nameOf(location: string, drivers: readonly Driver[]): string {
  if (isName(drivers, 'events', location)) return location;
  const scheme = (schemeOf(location) ?? 'path').replaceAll(/[^a-z0-9]/g, '-');
  return `${scheme}-${createHash('sha256').update(location).digest('hex').slice(0, 10)}`;
}

/** A file's URL may have a relative path, too. */
function placeOf(location: string, folder: string, drivers: readonly Driver[]): string {
  if (isName(drivers, 'events', location)) return location;
  const scheme = schemeOf(location);
  const isFile = driverOf(drivers, 'events', location)?.file === true;
  if (scheme === undefined || !isFile) return located(folder, location);
  const path = location.slice(scheme.length + 1);
  return path.startsWith('//') ? location : `${scheme}://${pathToFileURL(resolve(folder, path)).pathname}`;
}
