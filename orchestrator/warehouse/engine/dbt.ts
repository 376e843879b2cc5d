/** How dbt opens a database of this engine. */
import { join } from 'node:path';
import type { DbtTarget } from '../contract.ts';
import { GOLD_SCHEMA } from '../table.ts';
import { CATALOG } from './dialect.ts';

/** Attached by the name that it has here, because its own may be that of a service in it. What does not fit into memory goes to the folder. */
export const profileOf = (file: string, folder: string): DbtTarget['profile'] => ({
  type: 'duckdb',
  schema: GOLD_SCHEMA,
  path: ':memory:',
  attach: [{ path: file, alias: CATALOG }],
  database: CATALOG,
  settings: { temp_directory: join(folder, 'spilled') },
  threads: 2,
});
