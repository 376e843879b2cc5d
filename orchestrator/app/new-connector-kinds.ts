/** What each kind of connector begins with: files that work as they are, and lines for the configuration. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { nearest } from '../config/nearest.ts';
import type { PlannedFile } from './write-all.ts';

/** A folder of files for each, by their places in the repository: in a package beside the code, in the sources among the tools. */
const HOMES = ['../init/connector-kinds', '../../scripts/connector-kinds'].map((path) =>
  join(import.meta.dirname, path),
);

export const kinds = ['api', 'browser', 'file', 'command', 'singer'] as const;
export type Kind = (typeof kinds)[number];

/** Whether it is a package in `connectors/`; the others are services of what is there already. */
export const isPackage = (kind: Kind): boolean => kind === 'api' || kind === 'browser';

/** Throws `new-connector-kind`. */
export function kindNamed(name: string): Kind {
  const known = kinds.find((kind) => kind === name);
  if (known !== undefined) return known;
  const near = nearest(name, kinds);
  throw new TidemillError('config', 'new-connector-kind', `There is no kind of connector "${name}"`, {
    hint: `${near === undefined ? '' : `Did you mean "${near}"? `}There are: ${kinds.join(', ')}.`,
  });
}

/** The name that they are written with, in each of the ways it is written there. */
const WRITTEN = {
  acme_crm: (name) => name,
  ACME_CRM: (name) => name.toUpperCase(),
  'acme-crm': (name) => name.replaceAll('_', '-'),
  'Acme CRM': (name) =>
    name
      .split('_')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(' '),
} as const satisfies Record<string, (name: string) => string>;

/** The lines for the configuration, which is no file of the repository. */
const CONFIG = 'config.yaml';

export interface Beginning {
  /** `services` and `jobs`, as YAML. */
  readonly config: string;
  /** The npm package that reads in its place, where those lines name one. */
  readonly reader: string | undefined;
  /** By their places in the repository. */
  readonly files: readonly PlannedFile[];
  /** Its staging model in a project of dbt, likewise. */
  readonly models: readonly PlannedFile[];
}

/** Of a kind, under a name. */
export function beginningOf(kind: Kind, name: string): Beginning {
  const home = HOMES.find((folder) => existsSync(folder));
  if (home === undefined) throw new Error(`What connectors begin with is in none of ${HOMES.join(', ')}`);
  const folder = join(home, kind);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries
    .map(({ parentPath, name: file }) => join(parentPath, file))
    .map((file) => ({
      path: renamed(relative(folder, file).replaceAll('\\', '/'), name),
      text: renamed(readFileSync(file, 'utf8'), name),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const config = files.find(({ path }) => path === CONFIG)?.text ?? '';
  return {
    config,
    reader: /^ +package: "(.*)"/m.exec(config)?.[1],
    files: files.filter(({ path }) => path !== CONFIG && !isModel(path)),
    // Without the line that says that it is generated: who has the copy answers for it.
    models: files
      .filter(({ path }) => isModel(path))
      .map(({ path, text }) => ({ path, text: text.replace(/^.*\n/, '') })),
  };
}

const isModel = (path: string): boolean => path.startsWith('dbt/');

function renamed(text: string, name: string): string {
  return Object.entries(WRITTEN).reduce((all, [written, write]) => all.replaceAll(written, write(name)), text);
}
