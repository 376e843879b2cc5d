/** What a silver table is on any warehouse, of files too, and the loads that each refuses before it reads a row. */
import { type Column, columnNameFault, type SqlType, TidemillError, takenColumnNames } from '@tidemill/kit';
import type { Capabilities, Load, Table, TableName } from './contract.ts';

const own = (name: string, type: SqlType, description: string): Column => ({
  name,
  type,
  nullable: false,
  description,
});

/** What every silver row says about itself. */
export const provenance: readonly Column[] = [
  own('checksum_sha256', 'text', 'SHA-256 over the columns above'),
  own('bronze_object_path', 'text', 'The bronze object this row was made from'),
  own('bronze_line', 'bigint', 'The line in that object, from 1'),
  own('source_url', 'text', 'Where the record was read, without secrets'),
  own('ingested_at', 'timestamptz', 'When the row came or last changed'),
];

/** Where a warehouse keeps what it must remember. */
export const OWN_SCHEMA = 'staging';

/** Where the models of dbt are made, and beside it `gold_staging`, unless a warehouse has its own names for schemas. */
export const GOLD_SCHEMA = 'gold';

/** Throws kind `config` when the table cannot be made, or the warehouse cannot do what the load asks of it. */
export function checkLoad(load: Pick<Load, 'table' | 'scope' | 'packages'>, { deletes }: Capabilities): void {
  const { table, scope, packages } = load;
  checkColumns(table);
  // A connector that was made for another contract, and was not checked by the compiler.
  if (!['upsert', 'append'].includes(table.write)) throw unfit(table, `nobody knows how to write "${table.write}"`);
  if (table.key.length === 0 && table.write !== 'append') throw unfit(table, `${table.write} needs a key`);
  if (scope === 'everything' && table.write !== 'upsert') {
    throw unfit(table, `everything needs upsert, not ${table.write}`);
  }
  if (scope === 'everything' && packages.length > 1) throw new TypeError('A package of everything is applied alone');
  if (table.schema === OWN_SCHEMA) throw unfit(table, `schema "${OWN_SCHEMA}" is Tidemill's own`);
  if (deletes) return;
  if (scope === 'everything') throw cannotDelete(table, 'a package of everything would delete what it does not name');
  if (packages.some(({ replaces = [] }) => replaces.length > 0))
    throw cannotDelete(table, 'a package that is loaded again would take its rows away first');
}

function checkColumns(table: Table): void {
  for (const { name } of table.columns) {
    const fault = columnNameFault(name);
    if (fault !== undefined) throw unfit(table, `no column can be called "${name}": ${fault}`);
  }
  const names = table.columns.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw unfit(table, `column "${twice}" is there twice`);
  const keys = table.key.map((name) => ({ name, column: table.columns.find((column) => column.name === name) }));
  const loose = keys.find(({ column }) => column === undefined || column.nullable);
  if (loose !== undefined) throw unfit(table, `key column "${loose.name}" must be a column that is never null`);
  const astray = table.indexes.find((name) => !table.columns.some((column) => column.name === name));
  if (astray !== undefined) throw unfit(table, `index column "${astray}" is not a column`);
}

const unfit = (table: Table, what: string): TidemillError =>
  new TidemillError('config', 'table-unfit', `Table ${table.schema}.${table.name} cannot be made: ${what}`, {
    hint: 'Correct the columns or the key where the data type is declared.',
  });

/** Also for a row that is a deletion: a driver only meets it when it reads the rows. */
export const cannotDelete = ({ schema, name }: TableName, what: string): TidemillError =>
  new TidemillError('config', 'warehouse-cannot-delete', `${schema}.${name}: ${what}, and this warehouse keeps rows`, {
    hint: 'Load the job into a warehouse that can delete rows.',
  });

/** For warehouses whose tables stay as they were made. */
export const cannotChange = ({ schema, name }: TableName, column: string): TidemillError =>
  new TidemillError(
    'config',
    'warehouse-cannot-change',
    `${schema}.${name}: the column ${column} is declared otherwise than it was, and this warehouse changes no table`,
    { hint: 'Rename the table in the warehouse, then load it from bronze with `npx tidemill replay JOB`.' },
  );

export const typeChanged = ({ schema, name }: TableName, column: string, was: string, is: SqlType): TidemillError =>
  new TidemillError(
    'config',
    'column-type-changed',
    `Column ${schema}.${name}.${column} is ${was} in the warehouse and declared as ${is} now`,
    {
      hint: `Give the column another name; or drop the table in the warehouse, or rename it (ALTER TABLE ${schema}.${name} RENAME TO …), then load it from bronze with \`npx tidemill replay JOB\`.`,
    },
  );

/** An older version made it: statements that mean the engine's own column would reach this one. */
export const nameTaken = ({ schema, name }: TableName, column: string): TidemillError =>
  new TidemillError(
    'config',
    'column-name-taken',
    `Column ${schema}.${name}.${column} has a name that no column can have: ${takenColumnNames.get(column)}`,
    {
      hint: `Give it another name in the warehouse (ALTER TABLE ${schema}.${name} RENAME COLUMN ${column} TO …), and in the columns of the job.`,
    },
  );
