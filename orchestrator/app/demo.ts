/** A first result from nothing but npm: a small project in a folder of its own, with what it needs installed. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { driversUsed, packagesFor } from '../drivers/use.ts';
import { installersEnv, runProgram } from '../run/extract/program.ts';
import type { Host } from './host.ts';
import { environmentIn, openConfig } from './session.ts';
import { version } from './version.ts';

export interface Demo {
  /** Where it is to lie, as seen from where the person is. */
  readonly folder: string;
  /** The text of its ingestion-config.yaml. */
  readonly config: string;
  /** Told of each line that npm prints. */
  readonly said: (line: string) => void;
}

/** Of the package in the folder: by it a demo is known again. */
const NAME = 'tidemill-demo';

const INSTALL = 'npm install --no-audit --no-fund --loglevel=error';

/**
 * Makes and installs it; answers where it lies. Throws `demo-folder` where something else lies in the folder, and `demo-install` when npm
 * cannot install it. One that is there keeps its configuration, and has the version of this program afterwards.
 */
export async function makeDemo(host: Host, { folder, config, said }: Demo): Promise<string> {
  const place = resolve(host.cwd, folder);
  await checkFolder(place, relative(host.cwd, place) || place);
  const file = join(place, 'ingestion-config.yaml');
  await mkdir(place, { recursive: true });
  if (!existsSync(file)) await writeFile(file, config);
  const dependencies = Object.fromEntries(neededBy(host, file).map((name) => [name, version]));
  const manifest = { name: NAME, version: '0.0.0', private: true, type: 'module', dependencies };
  await writeFile(join(place, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const program = { command: INSTALL, cwd: place, env: installersEnv(host.env) };
  const { code, last } = await runProgram(program, { signal: host.interrupted, said });
  host.interrupted.throwIfAborted();
  if (code !== 0) throw notInstalled(last);
  return place;
}

/** The packages that a configuration needs in the environment of a laptop. */
function neededBy(host: Host, file: string): string[] {
  const config = openConfig(host, { config: file });
  const drivers = driversUsed(config.drivers, environmentIn(config, host, { environment: 'local' }));
  const connectors = [...config.services.values()].map((service) => service.package);
  return [...new Set(['tidemill', ...packagesFor(drivers, []), ...connectors])].sort();
}

async function checkFolder(place: string, shown: string): Promise<void> {
  const files = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw refused(shown, error);
  });
  if (files.length > 0 && nameIn(join(place, 'package.json')) !== NAME) throw refused(shown);
}

function nameIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).name;
  } catch {
    return undefined;
  }
}

const refused = (shown: string, cause?: unknown): TidemillError =>
  new TidemillError('config', 'demo-folder', `${shown} is there already, and is no demo`, {
    hint: 'Name a folder that is empty, or not there yet: `npx tidemill demo FOLDER`. Nothing was written.',
    ...(cause === undefined ? {} : { cause }),
  });

function notInstalled(last: string | undefined): TidemillError {
  const said = last === undefined ? '' : `; the last it said: ${last}`;
  return new TidemillError('transient', 'demo-install', `npm could not install what the demo needs${said}`, {
    hint: 'What it printed is above. Where it reaches its registry, the same command goes on from here.',
  });
}
