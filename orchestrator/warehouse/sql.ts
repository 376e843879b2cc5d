/**
 * SQL that every warehouse needs, as pure functions: a table in, statements out. What engines say differently they
 * answer as a `Dialect`; the order of the merge's steps and its way of writing rows stay with each driver.
 */
import { type Column, type SqlType, takenColumnNames } from '@tidemill/kit';
import type { Load, MergeCounts, PackageCounts, Table } from './contract.ts';
import type { Recorded } from './packages.ts';
import { nameTaken, OWN_SCHEMA, provenance, typeChanged } from './table.ts';

/** What SQL engines say differently. A driver answers every question, or it does not compile. */
export interface Dialect {
  /** As the catalogue prints them, which is also how DDL may spell them. */
  readonly types: Readonly<Record<SqlType, string>>;
  /** Whether a silver table's key is a constraint, or unique because every row comes in by the driver's own merge. */
  readonly keptUniqueBy: 'constraint' | 'merge';
  /** The type of the staging column that tells the order rows came in; undefined where the engine knows it by itself. */
  readonly positionType: string | undefined;
  /** A name quoted, whatever it holds. */
  identifier(name: string): string;
  /** The full name of a table. */
  table(schema: string, name: string): string;
  /** A text quoted. */
  literal(text: string): string;
  /** The value a canonical text stands for; NULL stays NULL. */
  cast(text: string, type: SqlType): string;
  createSchema(schema: string): string;
  primaryKey(columns: readonly string[]): string;
  /** Creates the index unless it exists; undefined where an index does not pay. */
  index(table: Pick<Table, 'schema' | 'name'>, column: string): string | undefined;
  /** Describes the table, or one of its columns. An empty text takes the description away. */
  comment(table: Pick<Table, 'schema' | 'name'>, column: string | undefined, text: string): string;
  dropNotNull(table: string, column: string): string;
}

const STATE = { schema: OWN_SCHEMA, name: 'ingestion_state' } as const;

/** The types that a column is declared as where the warehouse calls its type so. */
export const declarable = (types: Dialect['types'], called: string): SqlType[] =>
  (Object.keys(types) as SqlType[]).filter((type) => types[type] === called);

/** A table as the warehouse has it; types as its catalogue prints them. */
export interface ExistingTable {
  readonly description: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly nullable: boolean;
    readonly description: string;
  }[];
}

/**
 * Statements that make the table what is declared, none when it is. A column that is new comes in nullable, whatever
 * it is declared as, because rows that are there have no value for it; one that is declared no more stays, nullable.
 * Throws kind `config` when a column's type changed, or an old one has a name that is the engine's own.
 */
export function schemaChanges(dialect: Dialect, table: Table, existing: ExistingTable | undefined): string[] {
  const full = dialect.table(table.schema, table.name);
  const columns = [...table.columns, ...provenance];
  const found = new Map(existing?.columns.map((column) => [column.name.toLowerCase(), column]));
  const changes: string[] = [];
  if (existing === undefined) changes.push(dialect.createSchema(table.schema), createTable(dialect, table, columns));
  for (const { name, type, nullable, description } of columns) {
    const now = found.get(name.toLowerCase());
    if (now !== undefined && now.type !== dialect.types[type]) throw typeChanged(table, name, now.type, type);
    if (now?.nullable === false && nullable) changes.push(dialect.dropNotNull(full, dialect.identifier(name)));
    if (existing !== undefined && now === undefined) {
      changes.push(`ALTER TABLE ${full} ADD COLUMN ${dialect.identifier(name)} ${dialect.types[type]}`);
    }
    if ((now?.description ?? '') !== description) changes.push(dialect.comment(table, name, description));
  }
  const declared = new Set(columns.map(({ name }) => name.toLowerCase()));
  const shadowed = [...found.keys()].find((name) => !declared.has(name) && takenColumnNames.has(name));
  if (shadowed !== undefined) throw nameTaken(table, shadowed);
  const gone = [...found.values()].filter(({ name, nullable }) => !nullable && !declared.has(name.toLowerCase()));
  changes.push(...gone.map(({ name }) => dialect.dropNotNull(full, dialect.identifier(name))));
  const isDescribed = (existing?.description ?? '') === table.description;
  if (!isDescribed) changes.push(dialect.comment(table, undefined, table.description));
  const indexes = table.indexes.map((column) => dialect.index(table, column));
  return [...changes, ...indexes.filter((statement) => statement !== undefined)];
}

function createTable(dialect: Dialect, table: Table, columns: readonly Column[]): string {
  const lines = columns.map(
    ({ name, type, nullable }) => `${dialect.identifier(name)} ${dialect.types[type]}${nullable ? '' : ' NOT NULL'}`,
  );
  if (table.key.length > 0 && dialect.keptUniqueBy === 'constraint') lines.push(dialect.primaryKey(table.key));
  return `CREATE TABLE ${dialect.table(table.schema, table.name)} (\n  ${lines.join(',\n  ')}\n)`;
}

/** A name for what a driver has beside the columns of a row: none of these can be called so (`columnNameFault`). Quoted. */
export const ownIdentifier = (dialect: Pick<Dialect, 'identifier'>, name: string): string =>
  dialect.identifier(`~${name}`);

/** Where a row comes from: in a staging table and in silver. */
const ORIGIN = ['bronze_object_path', 'bronze_line', 'source_url'] as const;

/** Of a staged row, made before it is (`checksum.ts`). */
const CHECKSUM = 'checksum';

/** Columns of the staging table, with their types: every value as text, where the row comes from, and its checksum. */
export function stagingColumns(dialect: Dialect, table: Table): string {
  const { text, bigint } = dialect.types;
  const values = [...table.columns.map(({ name }) => name), ...ORIGIN];
  const columns = values.map((name) => `${dialect.identifier(name)} ${name === 'bronze_line' ? bigint : text}`);
  // 'true', or NULL for a row that is to stay.
  columns.push(`${ownIdentifier(dialect, 'is_deletion')} ${text}`);
  if (dialect.positionType !== undefined) columns.push(`${ownIdentifier(dialect, 'position')} ${dialect.positionType}`);
  columns.push(`${ownIdentifier(dialect, CHECKSUM)} ${text}`);
  return columns.join(', ');
}

/** The columns of a silver row, each with its value from the staging table. */
export function silverValues(dialect: Dialect, table: Table, now: Date): { name: string; value: string }[] {
  const values = [
    ...table.columns.map(({ name, type }) => dialect.cast(dialect.identifier(name), type)),
    ownIdentifier(dialect, CHECKSUM),
    ...ORIGIN.map((name) => dialect.identifier(name)),
    dialect.cast(dialect.literal(now.toISOString()), 'timestamptz'),
  ];
  return [...table.columns, ...provenance].map(({ name }, index) => ({ name, value: values[index] ?? 'NULL' }));
}

/** Names and values of a silver row, for an INSERT from the staging table. */
export function silverRow(dialect: Dialect, table: Table, now: Date): { names: string; values: string } {
  const row = silverValues(dialect, table, now);
  const names = row.map(({ name }) => dialect.identifier(name));
  return { names: names.join(', '), values: row.map(({ value }) => value).join(', ') };
}

/** Statements that make the record of loaded packages, unless it is there. */
export function createIngestionState(dialect: Dialect): string[] {
  const { text, timestamptz, jsonb } = dialect.types;
  const columns = [
    `package_id ${text}`,
    `job ${text}`,
    `table_name ${text}`,
    `loaded_at ${timestamptz}`,
    `counts ${jsonb}`,
    dialect.primaryKey(['package_id']),
  ];
  return [
    dialect.createSchema(STATE.schema),
    `CREATE TABLE IF NOT EXISTS ${dialect.table(STATE.schema, STATE.name)} (${columns.join(', ')})`,
  ];
}

/** What is asked of a dialect by whoever only reads and writes the record of loaded packages. */
type Recording = Pick<Dialect, 'table' | 'literal' | 'cast'>;

/** Id and counts, as JSON, of those of the packages that are recorded. */
export const recordedCounts = (dialect: Recording, ids: readonly string[]): string =>
  `SELECT package_id, counts FROM ${dialect.table(STATE.schema, STATE.name)} WHERE package_id IN (${ids.map((id) => dialect.literal(id)).join(', ')})`;

/** What such an answer says. What an older version recorded knows of no deletions. */
export const recordedIn = (rows: readonly (readonly unknown[])[]): Recorded =>
  new Map(rows.map(([id, counts]) => [String(id), { deletions: 0, ...JSON.parse(String(counts)) } as MergeCounts]));

/** The jobs that a package was recorded for. */
export const recordedJobs = (dialect: Recording): string =>
  `SELECT DISTINCT job FROM ${dialect.table(STATE.schema, STATE.name)}`;

/** The package that was recorded last for a job; no row when none was. `collation`: by which texts are ordered as their bytes are. */
export const recordedLast = (dialect: Recording, job: string, collation = ''): string =>
  `SELECT package_id FROM ${dialect.table(STATE.schema, STATE.name)} WHERE job = ${dialect.literal(job)} ORDER BY loaded_at DESC, package_id ${collation} DESC LIMIT 1`;

/** Whose packages they are, and when they were loaded. */
export type RecordedLoad = Pick<Load, 'job' | 'table' | 'now'>;

/** Records the packages. */
export function recordPackages(
  dialect: Recording,
  { job, table, now }: RecordedLoad,
  packages: readonly PackageCounts[],
): string {
  const rows = packages.map(({ id, counts }) =>
    [
      dialect.literal(id),
      dialect.literal(job),
      dialect.literal(`${table.schema}.${table.name}`),
      dialect.cast(dialect.literal(now.toISOString()), 'timestamptz'),
      dialect.cast(dialect.literal(JSON.stringify(counts)), 'jsonb'),
    ].join(', '),
  );
  return `INSERT INTO ${dialect.table(STATE.schema, STATE.name)} VALUES ${rows.map((row) => `(${row})`).join(', ')}`;
}
