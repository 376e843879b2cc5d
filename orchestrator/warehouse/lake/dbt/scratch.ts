/**
 * A DuckDB file in which dbt works: the silver tables as views over copies of their files, and what earlier runs have made as tables.
 * Any DuckDB of this version reads it, with no extension and no credential.
 */
import { sideBySide } from '../../../storage/side-by-side.ts';
import { duckDb } from '../../engine/dialect.ts';
import type { FoundTable } from '../catalogue.ts';
import type { Desk } from '../desk.ts';
import { columnOf, filesSql, type LocalFile } from '../parquet/sql.ts';
import type { TableField } from '../table.ts';

/** No service can be called so. */
const OWN = '_tidemill';

/** `view`: its rows stay in the copies. `table`: they are put into the file, so that whoever adds to it can. */
export type Form = 'view' | 'table';

export async function fill(desk: Desk, found: readonly FoundTable[], form: Form): Promise<void> {
  await desk.session.run(`CREATE SCHEMA IF NOT EXISTS ${OWN}`);
  for (const [number, one] of found.entries()) {
    const { schema, name } = one.table.name;
    await desk.session.run(duckDb.createSchema(schema));
    const rows = await rowsOf(desk, one, `${OWN}.${form}_${number}_dead`);
    await desk.session.run(`CREATE ${form.toUpperCase()} ${duckDb.table(schema, name)} AS ${rows}`);
  }
}

/** A query of the living rows, by the names of their columns. Whole files are fetched: who reads which column is dbt's affair. */
async function rowsOf(desk: Desk, { version }: FoundTable, dead: string): Promise<string> {
  const { fields } = version;
  const files = await version.files();
  if (files.length === 0) return `SELECT ${fields.map((field) => columnValue(field, 'NULL')).join(', ')} WHERE false`;
  const copies: LocalFile[] = [];
  await sideBySide([...files.entries()], async ([number, file]) => {
    copies.push({ number, rows: file.rows, path: await desk.mirror.local(file, 'all') });
  });
  const columns = fields.map((field) => columnValue(field, `r.${columnOf(field)}`)).join(', ');
  const rows = `SELECT ${columns} FROM ${filesSql(copies, fields)} r`;
  const worn = [...files.entries()].filter(([, file]) => file.deletes.length > 0);
  if (worn.length === 0) return rows;
  await desk.session.run(`CREATE TABLE ${dead} (file BIGINT, pos BIGINT)`);
  for (const [number, { deletes }] of worn) {
    const paths = await Promise.all(deletes.map((one) => desk.mirror.local(one, 'all')));
    const positions = `SELECT DISTINCT ${number}, pos FROM read_parquet([${paths.map(duckDb.literal).join(', ')}])`;
    await desk.session.run(`INSERT INTO ${dead} ${positions}`);
  }
  return `${rows} ANTI JOIN ${dead} d ON d.file = r.file AND d.pos = r.pos`;
}

const columnValue = (field: TableField, value: string): string => {
  const type = field.declared === 'jsonb' ? duckDb.types.jsonb : field.type;
  return `CAST(${value} AS ${type}) AS ${duckDb.identifier(field.name)}`;
};
