/** What a driver says in its `setup.yaml`: how the place of an environment is made with the programs of its cloud. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Driver } from './manifest.ts';

/** A program and its arguments, with places such as `{host}`. No secret is ever among them. */
const Command = z.array(z.string()).min(2);

/** Learns a value: what the command prints. */
const Get = z.strictObject({ get: z.string(), run: Command, hint: z.string() });

/**
 * Makes something. Without `look`, which prints nothing or fails where it is missing, it must be harmless to repeat. `is`: what it prints
 * of one that can be used.
 */
const Make = z.strictObject({
  what: z.string(),
  look: Command.exactOptional(),
  is: z.string().exactOptional(),
  make: Command,
});

/** Makes secrets, which are the words that it prints: they go to GitHub and nowhere else, or are taken back. */
const Keep = z.strictObject({ what: z.string(), keep: z.array(z.string()).min(1), make: Command, undo: Command });

const PlaceSetup = z.strictObject({
  /** Variables that say the place is another's, which these programs cannot make. */
  unless: z.array(z.string()).default([]),
  /** Variables of the programs: so that they ask nothing. */
  env: z.record(z.string(), z.string()).default({}),
  /** What the programs say of something that was made just now, and that not every machine of the cloud knows yet. */
  unseen: z.array(z.string()).default([]),
  /** Names for texts with places, filled in where they are used. */
  names: z.record(z.string(), z.string()).default({}),
  steps: z.array(z.union([Get, Make, Keep])).min(1),
  /** Variables of the GitHub environment, at the end. */
  variables: z.record(z.string(), z.string()).default({}),
  /** Secrets that do as well: where GitHub has one of these, somebody chose another way. */
  instead: z.array(z.string()).default([]),
});

export type PlaceSetup = Readonly<z.output<typeof PlaceSetup>>;
export type PlaceStep = PlaceSetup['steps'][number];

/** Undefined for a driver whose place nobody can make from here. Throws kind `config` for a file that cannot be read. */
export function placeSetupOf({ folder, package: name }: Pick<Driver, 'folder' | 'package'>): PlaceSetup | undefined {
  try {
    return PlaceSetup.parse(parse(readFileSync(join(folder, 'setup.yaml'), 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TidemillError('config', 'driver-setup', `The setup.yaml of ${name} cannot be read`, {
      hint: 'Whoever maintains the driver must mend it; its setup.md says how to do the same by hand.',
      cause,
    });
  }
}

/** Names at GitHub that show that it was done. */
export const storedBy = ({ steps, variables }: PlaceSetup): string[] => [
  ...Object.keys(variables),
  ...steps.flatMap((step) => ('keep' in step ? step.keep : [])),
];

/** Programs that it takes, each once. */
export function programsOf({ steps }: PlaceSetup): string[] {
  const commands = steps.flatMap((step) => ['run' in step ? step.run : step.make, 'look' in step ? step.look : []]);
  return [...new Set(commands.flatMap((words) => words?.slice(0, 1) ?? []))];
}

/** With the values in their places; a name stands for a text that may have places, too. Throws for a place without a value. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Nothing takes the place of {${name}}`);
    return filledIn(value, values);
  });
}

/** Names in a location: `{folder}` is its path up to the last `/`, and `{last}` what stands behind that. */
export function namesIn(location: string): { host: string; path: string; folder: string; last: string } {
  const { host = '', pathname = '' } = URL.parse(location) ?? {};
  const path = pathname.replaceAll(/^\/|\/$/g, '');
  const at = path.lastIndexOf('/');
  return { host, path, folder: path.slice(0, Math.max(0, at)), last: path.slice(at + 1) };
}
