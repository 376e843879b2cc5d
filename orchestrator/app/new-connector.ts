/** Makes a connector of the template, which works, under another name: in a repository of one's own, and in the sources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { ServiceName } from '../config/fields.ts';
import { knownConnectors } from '../init/catalog.ts';
import { withWorkspaces } from '../init/package-text.ts';
import { hasSources } from './generate.ts';
import type { Host } from './host.ts';
import { configFile } from './session.ts';
import { version } from './version.ts';
import { type PlannedFile, writeAll } from './write-all.ts';

/** Where the template lies: in a package beside the code, in the sources among the tools. */
const TEMPLATES = ['../init/connector-kinds', '../../scripts/connector-kinds'].map((path) =>
  join(import.meta.dirname, path, 'api/connectors/acme_crm'),
);

/** The template's own name, in each of the ways it is written there. */
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

const MAX_LETTERS = 40;

/**
 * Packages of ours, of which npm would take the connector for one; what DuckDB and Postgres keep for themselves: `temp.contacts` would be
 * somebody else's; and what no repository keeps.
 */
const RESERVED = new Set([
  ...['kit', 'orchestrator', 'github', 'google', 'server', 'site', 'testing', 'bundle'],
  ...['main', 'public', 'temp', 'system', 'warehouse', 'node_modules'],
]);

export interface NewConnector {
  readonly service: string;
  /** Relative to the working directory. */
  readonly folder: string;
  /** What was written, likewise. */
  readonly files: readonly string[];
  /** Whether the repository has Tidemill as packages, or is that of its sources. */
  readonly repository: 'own' | 'sources';
}

/** Writes the connector into a folder that must not be there yet. Throws kind `config` when that cannot be; then nothing was written. */
export function newConnector(host: Host, name: string): NewConnector {
  checkName(name);
  const file = configFile(host, {});
  if (!host.isFile(file)) {
    throw new TidemillError('config', 'new-connector-nowhere', `There is no repository of Tidemill at ${host.cwd}`, {
      hint: 'Go to the folder with ingestion-config.yaml; `npx tidemill init` begins one.',
    });
  }
  const root = dirname(file);
  const folder = join(root, 'connectors', name);
  if (existsSync(folder)) {
    throw new TidemillError('config', 'new-connector-there', `${folder} is there already; nothing was changed`, {
      hint: 'Choose another name, or change that one.',
    });
  }
  const repository = hasSources(root) ? 'sources' : 'own';
  if (repository === 'own') checkUnknown(name);
  const files = templateFiles(name).map(({ path, text }) => ({
    path: `connectors/${name}/${path}`,
    text: repository === 'own' && path === 'package.json' ? withRanges(text) : text,
  }));
  const all = repository === 'own' ? [...files, ...packageOf(root)] : files;
  writeAll(host, root, all);
  const shown = (path: string): string => relative(host.cwd, join(root, path));
  return { service: name, folder: shown(`connectors/${name}`), files: all.map(({ path }) => shown(path)), repository };
}

function checkName(name: string): void {
  const { success, error } = ServiceName.safeParse(name);
  const fault = success ? undefined : error.issues[0]?.message;
  if (fault !== undefined) throw noName(name, fault);
  if (name.length > MAX_LETTERS) throw noName(name, `at most ${MAX_LETTERS} letters`);
  if (RESERVED.has(name)) throw noName(name, 'it means something else already', `${name}_api`);
}

/** In the place of one of ours, npm would link the new one to whoever wants it. */
function checkUnknown(name: string): void {
  const known = knownConnectors().find(({ service }) => service === name);
  if (known === undefined) return;
  throw new TidemillError('config', 'new-connector-known', `There is a connector for ${name}: ${known.package}`, {
    hint: `npm install ${known.package}, then a job with \`service: ${name}\`. One that is to do otherwise needs another name, such as ${name}_api.`,
  });
}

const noName = (name: string, why: string, example = 'acme_crm'): TidemillError =>
  new TidemillError('config', 'new-connector-name', `"${name}" cannot name a connector: ${why}`, {
    hint: `A name is that of the service, such as ${example}.`,
  });

/** By their names in the folder of the connector. */
function templateFiles(name: string): PlannedFile[] {
  const template = TEMPLATES.find((folder) => existsSync(folder));
  if (template === undefined) throw new Error(`The template of connectors is in none of ${TEMPLATES.join(', ')}`);
  return readdirSync(template)
    .sort()
    .map((file) => ({ path: renamed(file, name), text: renamed(readFileSync(join(template, file), 'utf8'), name) }));
}

function renamed(text: string, name: string): string {
  return Object.entries(WRITTEN).reduce((all, [written, write]) => all.replaceAll(written, write(name)), text);
}

/** The sources want their workspaces in one version; a repository of one's own, which is upgraded, wants what fits it. */
const withRanges = (text: string): string =>
  text.replaceAll(/("@tidemill\/(?:kit|testing)": ")[^"]*/g, `$1^${version}`);

/** That npm links the connectors of the repository, and tests them. */
function packageOf(root: string): PlannedFile[] {
  const path = 'package.json';
  if (!existsSync(join(root, path))) {
    throw new TidemillError('config', 'new-connector-package', `There is no package.json in ${root}`, {
      hint: 'npx tidemill init adds it, and whatever else is missing.',
    });
  }
  const before = readFileSync(join(root, path), 'utf8');
  const text = withWorkspaces(before);
  return text === before ? [] : [{ path, text, mayChange: true }];
}
