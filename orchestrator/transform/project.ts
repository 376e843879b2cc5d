/** The dbt project in a folder: the silver tables that its generated part reads, and whether it has changed. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import type { TableName } from '../warehouse/contract.ts';

export interface DbtProject {
  readonly folder: string;
  /** Silver tables that it has a staging view of. */
  readonly sources: readonly TableName[];
  /** SHA-256 of everything in it. */
  readonly digest: string;
}

/** Made by dbt itself, or by people who run it by hand. */
const NOT_OURS = new Set(['target', 'logs', 'dbt_packages']);

/** Throws `dbt-no-project` where there is none. */
export async function readProject(folder: string): Promise<DbtProject> {
  const paths = await filesIn(folder);
  if (!paths.includes('dbt_project.yml')) {
    throw new TidemillError('config', 'dbt-no-project', `There is no dbt project in ${folder}`, {
      hint: '`cp -r node_modules/tidemill/dbt dbt` brings that of Tidemill; transform.project of ingestion-config.yaml names another.',
    });
  }
  const hash = createHash('sha256');
  for (const path of paths) hash.update(`${path}\n`).update(await readFile(join(folder, path)));
  return { folder, sources: paths.flatMap(sourceOf), digest: hash.digest('hex') };
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !NOT_OURS.has(path.split('/')[0] ?? ''))
    .sort();
}

/** `npm run generate` names a view by what it reads: `models/staging/shop/stg_shop__orders.sql`. */
function sourceOf(path: string): TableName[] {
  const [, schema, name] = /^models\/staging\/(\w+)\/stg_\1__(\w+)\.sql$/.exec(path) ?? [];
  return schema === undefined || name === undefined ? [] : [{ schema, name }];
}
