/** Makes a connector of the one in `connector-template`, which works, under another name. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceName } from '../orchestrator/config/fields.ts';

const TEMPLATE = join(import.meta.dirname, 'connector-template');
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

/** Packages of ours, and what DuckDB and Postgres keep for themselves: `temp.contacts` would be somebody else's. */
const RESERVED = new Set(['kit', 'orchestrator', 'main', 'public', 'temp', 'system', 'warehouse']);

/** What a person asked for that cannot be done. The message says what can. */
export class Refusal extends Error {}

/** Throws a Refusal unless a connector can have this name. */
function checkName(name: string): void {
  const { success, error } = ServiceName.safeParse(name);
  const fault = success ? undefined : error.issues[0]?.message;
  if (fault !== undefined) throw new Refusal(`"${name}" cannot name a connector: ${fault}.`);
  if (name.length > MAX_LETTERS)
    throw new Refusal(`"${name}" cannot name a connector: at most ${MAX_LETTERS} letters.`);
  if (RESERVED.has(name)) throw new Refusal(`"${name}" cannot name a connector: it means something else already.`);
}

/**
 * Writes the connector into a folder that must not be there yet, and answers the paths of its files. Throws a Refusal
 * when the name cannot be used; then nothing was written.
 */
export async function createConnector(name: string, connectors: string): Promise<string[]> {
  checkName(name);
  const folder = join(connectors, name);
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new Refusal(`${folder} is there already; nothing was changed.`) : error;
  });
  const files = await readdir(TEMPLATE);
  return Promise.all(
    files.sort().map(async (file) => {
      const path = join(folder, renamed(file, name));
      const text = await readFile(join(TEMPLATE, file), 'utf8');
      await writeFile(path, renamed(text, name), { flag: 'wx' });
      return path;
    }),
  );
}

function renamed(text: string, name: string): string {
  return Object.entries(WRITTEN).reduce((all, [written, write]) => all.replaceAll(written, write(name)), text);
}
