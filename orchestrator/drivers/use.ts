/** What an environment uses of the drivers, and what that takes. Pure. */
import { readCredentials } from '@tidemill/kit/credentials';
import { type Driver, type DriverKind, driverOf } from './manifest.ts';

/** Where the data of an environment goes. */
export interface Locations {
  readonly bucket: string;
  /** By their names. */
  readonly warehouses: ReadonlyMap<string, string>;
  readonly events: readonly { readonly to: string }[];
}

/** The drivers of an environment, each once; those that are not known are left out. */
export function driversUsed(drivers: readonly Driver[], { bucket, warehouses, events }: Locations): Driver[] {
  const used: [DriverKind, string][] = [
    ['bucket', bucket],
    ...[...warehouses.values()].map((location): [DriverKind, string] => ['warehouse', location]),
    ...events.map(({ to }): [DriverKind, string] => ['events', to]),
  ];
  const found = used.map(([kind, location]) => driverOf(drivers, kind, location));
  return [...new Set(found.filter((driver) => driver !== undefined))];
}

/** Names of the warehouses that are a file of the machine that runs. */
export const filesAmong = (drivers: readonly Driver[], warehouses: Locations['warehouses']): string[] =>
  [...warehouses].flatMap(([name, location]) => (driverOf(drivers, 'warehouse', location)?.file ? [name] : []));

/** Whether what lies there is a file or a folder of the machine that runs. */
export const isOfTheMachine = ({ kind, schemes, file }: Driver): boolean =>
  file === true || (kind === 'bucket' && schemes.length === 0);

export const isOurs = (packageName: string): boolean =>
  packageName === 'tidemill' || packageName.startsWith('@tidemill/');

/**
 * npm packages that a machine must install to use some of the drivers. Of `all`, those from elsewhere must be there even so:
 * without their manifests the configuration cannot be read.
 */
export function packagesFor(used: readonly Driver[], all: readonly Driver[]): string[] {
  const foreign = all.map((driver) => driver.package).filter((name) => !isOurs(name));
  return [...new Set([...foreign, ...used.flatMap((driver) => driver.install ?? [driver.package])])];
}

/** Arguments of `npm ci`. What comes from elsewhere is a dependency of the root package, where npm looks for no workspace. */
export function installArguments(packages: readonly string[]): string {
  const own = packages.filter(isOurs);
  const root = own.length < packages.length ? ['--include-workspace-root'] : [];
  return [...root, ...own.map((name) => `-w ${name}`)].join(' ');
}

/** What the packages resolve to that come from elsewhere, and so the workspace that npm is told: without one it installs all. */
const KIT = '@tidemill/kit';

/** The same for a machine with a bundle that has some of ours: empty where it has all. */
export function argumentsOutside(packages: readonly string[], bundled: readonly string[]): string {
  const outside = packages.filter((name) => !bundled.includes(name));
  return outside.length === 0 ? '' : installArguments(outside.some(isOurs) ? outside : [KIT, ...outside]);
}

/** Which of a driver's secrets are there, by their names; undefined for one that has none. */
export function credentialsText({ credentials }: Driver, env: Readonly<Record<string, string | undefined>>) {
  const { missing } = readCredentials(credentials, env);
  const isSet = ({ name }: { readonly name: string }): boolean => (env[name] ?? '') !== '';
  const told = [
    ['set', credentials.filter(isSet)],
    ['not set, and needed', credentials.filter((one) => !isSet(one) && missing.includes(one.name))],
    ['not set, and not needed', credentials.filter((one) => !isSet(one) && !missing.includes(one.name))],
  ] as const;
  const texts = told.flatMap(([word, some]) =>
    some.length === 0 ? [] : [`${word}: ${some.map(({ name }) => name).join(', ')}`],
  );
  return texts.length === 0 ? undefined : texts.join('; ');
}

/** The values of everything secret that drivers may read, so that no text shows them. */
export const secretsOf = (drivers: readonly Driver[], env: Readonly<Record<string, string | undefined>>): string[] =>
  drivers.flatMap(({ credentials }) => credentials.flatMap(({ name }) => env[name] ?? []));
