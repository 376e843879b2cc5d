/** The configuration of a tap: JSON or YAML, in which `${NAME}` stands for a variable of the environment. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { parse } from 'yaml';
import type { World } from './world.ts';

export interface Settings {
  readonly value: Readonly<Record<string, unknown>>;
  /** What the variables hold: no text for people has them. */
  readonly secrets: readonly string[];
}

const REFERENCE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
/** What the orchestrator says of the run is no secret, as `TIDEMILL_INTERVAL_START`. */
const OF_THE_RUN = /^TIDEMILL_/;

/** Throws `tap-config` of kind `config`, without a value of the file; without a file there are no settings. */
export async function settingsOf(file: string | undefined, world: Pick<World, 'cwd' | 'env'>): Promise<Settings> {
  if (file === undefined) return { value: {}, secrets: [] };
  const secrets: string[] = [];
  const value = filled(await documentIn(file, world), (name) => {
    const found = world.env[name];
    if (found === undefined || found === '') throw missing(file, name);
    if (!OF_THE_RUN.test(name)) secrets.push(found);
    return found;
  });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken(file, 'is no mapping');
  return { value: value as Settings['value'], secrets };

  function filled(part: unknown, variable: (name: string) => string): unknown {
    if (Array.isArray(part)) return part.map((one) => filled(one, variable));
    if (typeof part === 'object' && part !== null) {
      return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, filled(one, variable)]));
    }
    if (typeof part !== 'string' || !part.includes('${')) return part;
    const [, name] = REFERENCE.exec(part) ?? [];
    if (name !== undefined) return variable(name);
    if (/\$\{[A-Za-z_]/.test(part)) throw broken(file as string, 'has a value of which a variable is only a part');
    return part;
  }
}

/** A file of JSON or YAML, which JSON is, too. Throws `tap-config`. */
export async function documentIn(file: string, { cwd }: Pick<World, 'cwd'>): Promise<unknown> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw broken(file, `cannot be read (${cause.code})`);
  });
  try {
    return file.endsWith('.json') ? JSON.parse(text) : parse(text);
  } catch {
    // What a parser says quotes the text, which may hold a password.
    throw broken(file, file.endsWith('.json') ? 'is no JSON' : 'is no YAML');
  }
}

const broken = (file: string, what: string): TidemillError =>
  new TidemillError('config', 'tap-config', `${file} ${what}`, {
    hint: `Correct the file. A variable takes the place of a whole value: "token": "\${NAME}".`,
  });

const missing = (file: string, name: string): TidemillError =>
  new TidemillError('config', 'tap-config', `${file} needs the variable ${name}, which is not set here`, {
    hint: `Name it under dependencies of the job, then set it: at home in the environment, on GitHub as a secret or variable.`,
  });
