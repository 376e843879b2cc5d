/** Staged rows as SQL: how they are kept until the table is made to agree with them. */
import type { Load, Table } from '../contract.ts';
import { ownIdentifier } from '../sql.ts';
import { duckDb } from './dialect.ts';
import type { FileSession } from './session.ts';
import { inPart, inRange, type KeyPart, type RowRange } from './slices.ts';
import { type Staged, stage } from './stage.ts';
import { stagedColumnsSql } from './staged-columns.ts';

export const STAGED = 'temp.main.staged';

/** What no column of a row is called. */
export const own = (name: string): string => ownIdentifier(duckDb, name);

export { CHECKSUM, IS_DELETION } from './staged-columns.ts';
/** The row's id, which is the order in which staged rows came in. */
export const PLACE = own('place');
/** The number of the package among those of its load, from 0. */
export const PACKAGE = own('package');
/** Tells keys apart. */
export const KEY = own('key');

export interface StagedSql {
  readonly create: string;
  /** What keys are called in relations that are to be joined. */
  readonly aliases: readonly string[];
  sameKey(one: string, other: string): string;
  /** Places and keys of staged rows, and what else is asked for. */
  staged(slice: KeyPart | RowRange, more?: string): string;
}

export function stagedSql(table: Table): StagedSql {
  // Typed, not as text: two spellings of one value are one key.
  const values = table.key.map((name) => duckDb.cast(duckDb.identifier(name), typeOf(table, name)));
  const aliases = values.map((_, index) => own(`key_${index}`));
  const aliased = values.map((value, index) => `${value} AS ${aliases[index]}`).join(', ');
  return {
    create: `CREATE TEMP TABLE staged (${stagedColumnsSql(table)})`,
    aliases,
    sameKey: (one, other) => aliases.map((alias) => `${one}.${alias} = ${other}.${alias}`).join(' AND '),
    staged(slice, more = '') {
      const where = 'first' in slice ? inRange(slice) : inPart(slice, values);
      return `(SELECT rowid AS ${PLACE}, ${aliased}${more} FROM ${STAGED} WHERE ${where})`;
    },
  };
}

function typeOf({ columns }: Table, name: string) {
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new TypeError(`${name} is not a column`);
  return column.type;
}

/** The packages of a load as they were staged, the rows of each behind those of the one before. */
export interface StagedPackages {
  readonly packages: readonly Staged[];
  /** Of all of them. */
  readonly rows: number;
}

/** `number`, and the place of the `first` row of each package that has one. */
const PACKAGES = 'temp.main.packages';

/** Stages the rows of each package. Only the first time in a session: what is staged stays. */
export async function stageAll(
  session: FileSession,
  { table, packages }: Pick<Load, 'table' | 'packages'>,
): Promise<StagedPackages> {
  const staged: Staged[] = [];
  const firsts: string[] = [];
  let rows = 0;
  for (const [number, one] of packages.entries()) {
    const taken = await stage(session, table, one.rows);
    staged.push(taken);
    if (taken.rows > 0) firsts.push(`(${number}, ${rows})`);
    rows += taken.rows;
  }
  if (packages.length > 1) {
    await session.run(`CREATE TEMP TABLE packages (number INTEGER, first BIGINT)`);
    if (firsts.length > 0) await session.run(`INSERT INTO ${PACKAGES} VALUES ${firsts.join(', ')}`);
  }
  return { packages: staged, rows };
}

/** A relation of staged rows by their places, with the package of each. */
export const withPackage = ({ packages }: StagedPackages, relation: string): string =>
  packages.length === 1
    ? `(SELECT *, 0 AS ${PACKAGE} FROM ${relation})`
    : `(SELECT r.*, p.number AS ${PACKAGE} FROM ${relation} r ASOF JOIN ${PACKAGES} p ON r.${PLACE} >= p.first)`;
