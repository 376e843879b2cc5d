/** Opens a location by the driver it belongs to. */
import { readCredentials, valuesOf } from '@tidemill/kit/credentials';
import { defaultExport } from '@tidemill/kit/default-export';
import { TidemillError } from '@tidemill/kit/errors';
import { installedDrivers } from './find.ts';
import { type Driver, type DriverKind, driverOf, locationText, schemeOf } from './manifest.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What every driver is opened with; those of a kind are given more. */
interface Options {
  readonly location: string;
  readonly env: Env;
}

/**
 * What the driver of a location answers; of the environment it is given what its manifest names. Its code is loaded only
 * now: the libraries of stores cost some 150 ms each. Throws kind `config` when there is no such driver or it is not
 * installed, and `auth` when something is not set that it needs.
 */
export async function openDriver<Open extends (options: never) => unknown = (options: Options) => unknown>(
  kind: DriverKind,
  options: Parameters<Open>[0] & Options,
  drivers: readonly Driver[] = installedDrivers.own(),
): Promise<ReturnType<Open>> {
  const { location, env } = options;
  const driver = driverOf(drivers, kind, location);
  if (driver === undefined) throw unknown(kind, location, drivers);
  const open = defaultExport(await importPackage(driver)) as ((given: Options) => ReturnType<Open>) | undefined;
  if (typeof open === 'function') return open({ ...(options as Options), env: variablesOf(driver, env) });
  throw new TidemillError('config', 'driver-invalid', `The package ${driver.package} is no driver`, {
    hint: 'Its default export must be a function that opens a location.',
  });
}

async function importPackage({ package: name, kind }: Driver): Promise<unknown> {
  try {
    return await import(name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw missing(kind, name, cause);
  }
}

/** What a driver may read, with the defaults it declares. */
function variablesOf({ package: name, credentials, settings }: Driver, env: Env): Env {
  const { values, missing: unset } = readCredentials(credentials, env);
  if (unset.length === 0) return { ...values, ...valuesOf(settings, env) };
  throw new TidemillError('auth', 'driver-credentials', `${name} needs ${unset.join(', ')} in the environment`, {
    hint: 'Set them as secrets of the GitHub environment, or export them in this shell.',
  });
}

function unknown(kind: DriverKind, location: string, drivers: readonly Driver[]): TidemillError {
  // Behind the scheme there may be a password, or an address that is itself a secret.
  const scheme = schemeOf(location);
  const told = scheme === undefined ? location : `${scheme}:…`;
  const refused = (code: string, message: string): TidemillError =>
    new TidemillError('config', code, message, {
      hint: `Write ${locationText(drivers, kind)}; or name the package of its driver in the configuration.`,
    });
  switch (kind) {
    case 'bucket':
      return refused('bucket-scheme', `No driver for the bucket ${told}`);
    case 'warehouse':
      return refused('warehouse-scheme', `No driver for the warehouse ${told}`);
    case 'events':
      return refused('events-scheme', `No driver for events to ${told}`);
    default:
      return kind satisfies never;
  }
}

function missing(kind: DriverKind, name: string, cause: unknown): TidemillError {
  const absent = (code: string, message: string): TidemillError =>
    new TidemillError('config', code, message, { hint: `Run: npm install ${name}`, cause });
  switch (kind) {
    case 'bucket':
      return absent('bucket-driver-missing', `The driver of the bucket, ${name}, is not installed`);
    case 'warehouse':
      return absent('warehouse-driver-missing', `The driver of the warehouse, ${name}, is not installed`);
    case 'events':
      return absent('events-driver-missing', `The driver of the events, ${name}, is not installed`);
    default:
      return kind satisfies never;
  }
}
