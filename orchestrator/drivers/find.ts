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

const Package = z.object({ name: PackageName, description: z.string().default(''), tidemill: z.unknown().optional() });

/**
 * The drivers of a project whose orchestrator lies there. Our own are read from their folders: a machine that plans has those,
 * and installs few of the packages. One that describes itself wrongly is an error of kind `config`.
 */
export function driversAt(orchestrator: string): DriverSource {
  let own: readonly Driver[] | undefined;
  return {
    own: () => {
      own ??= HOMES.flatMap((home) => foldersIn(join(orchestrator, home))).flatMap((folder) => driverIn(folder) ?? []);
      return own;
    },
    named: (name) => driverNamed(name, join(orchestrator, 'package.json')),
  };
}

/** Those of this project. */
export const installedDrivers = driversAt(fileURLToPath(new URL('..', import.meta.url)));

function driverNamed(name: string, from: string): Driver {
  const file = installed(name, from);
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

function installed(name: string, from: string): string | undefined {
  try {
    return findPackageJSON(name, from);
  } catch {
    return undefined;
  }
}
