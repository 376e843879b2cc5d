/** A script that a person gives to DuckDB once: then the tables of the lake have their names there. Pure. */
import { duckDb } from '../engine/dialect.ts';
import type { LakeTable } from './table.ts';

const INTRODUCTION = `-- Tidemill writes this file when a table is new. It gives the tables of the lake their names in DuckDB:
--   duckdb -init views.sql
-- Views read the newest version of a table, whenever they are asked. For a bucket at Google or Amazon, DuckDB needs a secret
-- with a key that may read it: https://duckdb.org/docs/stable/configuration/secrets_manager
INSTALL iceberg;
LOAD iceberg;
`;

export function viewsScript(tables: readonly Pick<LakeTable, 'name' | 'url'>[]): string {
  const statements = tables.map(({ name, url }) => {
    const schema = duckDb.identifier(name.schema);
    const view = `${schema}.${duckDb.identifier(name.name)}`;
    return `
CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE OR REPLACE VIEW ${view} AS SELECT * FROM iceberg_scan(${duckDb.literal(url)});
`;
  });
  return [INTRODUCTION, ...statements].join('');
}
