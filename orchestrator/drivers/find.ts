/** Which drivers there are: our own by their folders, those from elsewhere by the names of their packages. */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemillError } from '@tidemill/kit/errors';
import { z } from 'zod';
import { type Driver, DriverManifest, type DriverSource, PackageName } from './manifest.ts';

/** Folders of drivers, one below each for each driver. */
const HOMES = ['storage', 'warehouse', 'events'];
const ORCHESTRATOR = fileURLToPath(new URL('..', import.meta.url));

const Package = z.object({ name: PackageName, description: z.string().default(''), tidemill: z.unknown().optional() });

/**
 * The drivers whose folders lie below that of an orchestrator, read from their package.json files: a machine that plans has
 * the folders, and installs few of the packages. Throws kind `config` for one that describes itself wrongly.
 */
export const driversBelow = (orchestrator: string): Driver[] =>
  HOMES.flatMap((home) => foldersIn(join(orchestrator, home)))
    .map(driverIn)
    .filter((driver) => driver !== undefined);

let own: readonly Driver[] | undefined;

/** Those of this project. */
export function ownDrivers(): readonly Driver[] {
  own ??= driversBelow(ORCHESTRATOR);
  return own;
}

/** The driver that a package from elsewhere brings. Throws kind `config` when it is not installed, or no driver. */
export function driverNamed(name: string): Driver {
  const file = installed(name);
  if (file === undefined) {
    throw new TidemillError('config', 'driver-not-installed', `The driver ${name} is not installed`, {
      hint: `Run: npm install ${name}`,
    });
  }
  const driver = driverIn(dirname(realpathSync(file)));
  if (driver !== undefined) return driver;
  throw new TidemillError(
    'config',
    'driver-invalid',
    `The package ${name} is no driver: its package.json does not say so`,
  );
}

/** Where a configuration finds its drivers. */
export const installedDrivers: DriverSource = { own: ownDrivers, named: driverNamed };

/** Undefined for a folder without a package, or with one that is no driver. */
function driverIn(folder: string): Driver | undefined {
  const file = join(folder, 'package.json');
  const text = textOf(file);
  if (text === undefined) return undefined;
  const { name, description, tidemill } = Package.parse(JSON.parse(text));
  if (tidemill === undefined) return undefined;
  const { success, data, error } = DriverManifest.safeParse(tidemill);
  if (success) return { ...data, package: name, description, folder };
  const [issue] = error.issues;
  const where = ['tidemill', ...(issue?.path ?? [])].join('.');
  throw new TidemillError('config', 'driver-invalid', `${file} describes no driver: ${where}: ${issue?.message}`, {
    hint: 'CONTRIBUTING.md says what a driver declares.',
  });
}

function foldersIn(home: string): string[] {
  return readdirSync(home, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(home, name));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function installed(name: string): string | undefined {
  try {
    return findPackageJSON(name, import.meta.url);
  } catch {
    return undefined;
  }
}
