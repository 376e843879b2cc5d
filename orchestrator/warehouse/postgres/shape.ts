/** What must change so that a table is as it is declared. Indexes, comments and grants of people stay as they are. Pure. */
import { createHash } from 'node:crypto';
import { TidemillError } from '@tidemill/kit';
import type { Table } from '../contract.ts';
import { schemaChanges } from '../sql.ts';
import type { FoundIndex, FoundTable } from './catalogue.ts';
import { postgres } from './dialect.ts';

/** PostgreSQL cuts off what is longer: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
const NAME_BYTES = 63;

/** Throws kind `config` when the table would not have the name it is declared with. */
export function checkNames({ schema, name }: Table): void {
  const long = [schema, name].find((one) => Buffer.byteLength(one) > NAME_BYTES);
  if (long === undefined) return;
  throw new TidemillError('config', 'table-unfit', `Table ${schema}.${name} cannot be made: "${long}" is too long`, {
    hint: `A name in PostgreSQL has at most ${NAME_BYTES} bytes: shorten that of the service or the data type.`,
  });
}

/** Statements that make the table what is declared, none when it is. Throws kind `config` when that cannot be. */
export function shapeChanges(table: Table, found: FoundTable | undefined): string[] {
  if (found?.isTable === false) {
    throw new TidemillError('config', 'table-unfit', `${table.schema}.${table.name} is there, and is no table`, {
      hint: 'It may be a view: give it another name, or the data type.',
    });
  }
  const changes = schemaChanges(postgres, table, found === undefined ? undefined : asDeclared(table, found));
  const keys = found === undefined ? [] : keyChanges(table, found.indexes);
  return [...changes, ...keys, ...indexChanges(table, found)];
}

/**
 * A comment that is there stays, whoever wrote it: people describe tables too. And what people added stays as they made it: a
 * column that fills itself may refuse NULL.
 */
function asDeclared(table: Table, found: FoundTable): FoundTable {
  const declared = new Map(table.columns.map((column) => [column.name.toLowerCase(), column]));
  return {
    ...found,
    description: found.description === '' ? '' : table.description,
    columns: found.columns.map((column) => {
      const is = declared.get(column.name.toLowerCase());
      const description = column.description === '' ? '' : (is?.description ?? column.description);
      return { ...column, description, nullable: column.nullable || (is === undefined && column.filled !== 'null') };
    }),
  };
}

/** The name of an index of ours that takes the place of the primary key where a column has joined the key or left it. */
function keyName({ schema, name }: Table): string {
  const short = `${name}~key`;
  if (Buffer.byteLength(short) <= NAME_BYTES) return short;
  return `${createHash('sha256').update(`${schema}.${name}`).digest('hex').slice(0, 32)}~key`;
}

/** A key has an index that is about its very columns; one of ours about others would refuse rows that the key takes. */
function keyChanges(table: Table, indexes: readonly FoundIndex[]): string[] {
  const { schema, name, key } = table;
  const isExact = ({ keeps, columns }: FoundIndex): boolean =>
    keeps !== 'nothing' && columns.length === key.length && key.every((column) => columns.includes(column));
  const own = keyName(table);
  const outdated = indexes.filter((index) => (index.keeps === 'primary' || index.name === own) && !isExact(index));
  const full = postgres.table(schema, name);
  const dropped = outdated.map((index) =>
    index.keeps === 'primary'
      ? `ALTER TABLE ${full} DROP CONSTRAINT ${postgres.identifier(index.name)}`
      : `DROP INDEX ${postgres.table(schema, index.name)}`,
  );
  if (key.length === 0 || indexes.some(isExact)) return dropped;
  const columns = key.map(postgres.identifier).join(', ');
  return [...dropped, `CREATE UNIQUE INDEX ${postgres.identifier(own)} ON ${full} (${columns})`];
}

/**
 * PostgreSQL gives each a name. None where an index begins with the column already, whoever made it. Of texts it is a hash: a
 * tree takes no text of more than 2,704 bytes, and no row is refused for an index's sake.
 */
function indexChanges({ schema, name, columns, indexes }: Table, found: FoundTable | undefined): string[] {
  const there = new Set(found?.indexes.map((index) => index.columns[0]));
  return indexes
    .filter((column) => !there.has(column))
    .flatMap((column) => {
      const type = columns.find((one) => one.name === column)?.type;
      if (type === 'jsonb') return [];
      const method = type === 'text' ? 'hash' : 'btree';
      return [`CREATE INDEX ON ${postgres.table(schema, name)} USING ${method} (${postgres.identifier(column)})`];
    });
}
