/** How a connector may be called: as no package of ours, no schema of a warehouse, and nothing that the repository has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { ServiceName } from '../config/fields.ts';
import type { Config } from '../config/job.ts';
import { knownConnectors } from '../init/catalog.ts';
import { isPackage, type Kind } from './new-connector-kinds.ts';

const MAX_LETTERS = 40;

/**
 * Packages of ours, of which npm would take the connector for one; what DuckDB and Postgres keep for themselves: `temp.contacts` would be
 * somebody else's; and what no repository keeps.
 */
const RESERVED = new Set([
  ...['kit', 'orchestrator', 'github', 'google', 'server', 'site', 'testing', 'bundle', 'files', 'taps'],
  ...['main', 'public', 'temp', 'system', 'warehouse', 'node_modules'],
]);

/** Throws `new-connector-name`. */
export function checkName(name: string): void {
  const { success, error } = ServiceName.safeParse(name);
  const fault = success ? undefined : error.issues[0]?.message;
  if (fault !== undefined) throw noName(name, fault);
  if (name.length > MAX_LETTERS) throw noName(name, `at most ${MAX_LETTERS} letters`);
  if (RESERVED.has(name)) throw noName(name, 'it means something else already', `${name}_api`);
}

const noName = (name: string, why: string, example = 'acme_crm'): TidemillError =>
  new TidemillError('config', 'new-connector-name', `"${name}" cannot name a connector: ${why}`, {
    hint: `A name is that of the service, such as ${example}.`,
  });

/** In the place of one of ours, npm would link the new one to whoever wants it. Throws `new-connector-known`. */
export function checkUnknown(name: string): void {
  const known = knownConnectors().find(({ service }) => service === name);
  if (known === undefined) return;
  throw new TidemillError('config', 'new-connector-known', `There is a connector for ${name}: ${known.package}`, {
    hint: `npm install ${known.package}, then a job with \`service: ${name}\`. One that is to do otherwise needs another name, such as ${name}_api.`,
  });
}

/** Throws `new-connector-there` where one of these files, or a connector of the name, is there. */
export function checkFree(root: string, name: string, paths: readonly string[]): void {
  const taken = [`connectors/${name}`, ...paths].map((path) => join(root, path)).find((path) => existsSync(path));
  if (taken === undefined) return;
  throw new TidemillError('config', 'new-connector-there', `${taken} is there already; nothing was changed`, {
    hint: 'Choose another name, or change that one.',
  });
}

/**
 * Throws `new-connector-configured` where the configuration has a service or a job of the name. It may have a service that has been waiting
 * for this very connector.
 */
export function checkConfigured({ file, services, jobs }: Config, kind: Kind, name: string, job: string): void {
  const service = services.get(name);
  const own = jobs.filter((one) => one.service === name);
  const isAwaited =
    isPackage(kind) &&
    service?.package === `@tidemill/${name}` &&
    service.command === undefined &&
    own.every(({ command }) => command === undefined);
  const isTaken = jobs.some(({ id, service: other }) => id.toLowerCase() === job && other !== name);
  if (isTaken) throw configured(`a job ${job}`, file);
  if (service !== undefined && !isAwaited) throw configured(`a service ${name}`, file);
}

const configured = (what: string, file: string): TidemillError =>
  new TidemillError('config', 'new-connector-configured', `There is ${what} in ${file} already; nothing was changed`, {
    hint: 'Choose another name, or change what is there.',
  });
