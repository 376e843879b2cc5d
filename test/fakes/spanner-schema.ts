/**
 * The schema of the fake of Spanner: the statements that the driver sends, and those of people who make indexes. Anything else is no
 * statement. https://cloud.google.com/spanner/docs/reference/standard-sql/data-definition-language
 */
import { Refused } from './spanner-refused.ts';

export interface FakeColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

export interface FakeTable {
  /** `schema.name`, as it was written first. */
  readonly path: string;
  readonly columns: readonly FakeColumn[];
  readonly key: readonly string[];
  /** Columns of each index, by its name. */
  readonly indexes: ReadonlyMap<string, readonly string[]>;
}

export interface FakeSchema {
  readonly schemas: Set<string>;
  /** By their paths in lower case: names differ by more than case. */
  readonly tables: Map<string, FakeTable>;
}

/** In backticks, or one that needs none. Names are letters, digits and `_`, and begin with a letter. */
const NAME = '(?:`[A-Za-z]\\w{0,127}`|[A-Za-z]\\w{0,127})';
const PATH = `(${NAME}\\.${NAME})`;
const TYPE = '(INT64|FLOAT64|NUMERIC|BOOL|DATE|TIMESTAMP|STRING\\((?:MAX|\\d+)\\))';

const SHAPES: readonly (readonly [RegExp, (schema: FakeSchema, parts: readonly string[]) => void])[] = [
  [new RegExp(`^CREATE SCHEMA IF NOT EXISTS (${NAME})$`), ({ schemas }, [name = '']) => void schemas.add(plain(name))],
  [new RegExp(`^CREATE TABLE IF NOT EXISTS ${PATH} \\((.+)\\) PRIMARY KEY \\(([^()]+)\\)$`), createTable],
  [new RegExp(`^ALTER TABLE ${PATH} ADD COLUMN IF NOT EXISTS (.+)$`), addColumn],
  [new RegExp(`^ALTER TABLE ${PATH} ALTER COLUMN (.+)$`), alterColumn],
  [new RegExp(`^DROP TABLE ${PATH}$`), ({ tables }, [path = '']) => void tables.delete(plain(path).toLowerCase())],
  [new RegExp(`^CREATE INDEX ${PATH} ON ${PATH} ?\\(([^()]+)\\)$`), createIndex],
];

export function change(schema: FakeSchema, statement: string): void {
  for (const [shape, apply] of SHAPES) {
    const found = shape.exec(statement);
    if (found === null) continue;
    apply(schema, found.slice(1));
    return;
  }
  throw new Refused('INVALID_ARGUMENT', `Error parsing Spanner DDL statement: ${statement}`);
}

const plain = (name: string): string => name.replaceAll('`', '');

export function tableAt({ tables }: FakeSchema, path: string): FakeTable {
  const table = tables.get(plain(path).toLowerCase());
  if (table === undefined) throw new Refused('NOT_FOUND', `Table not found: ${plain(path)}`);
  return table;
}

function createTable({ schemas, tables }: FakeSchema, [path = '', lines = '', key = '']: readonly string[]): void {
  const [schema = ''] = plain(path).split('.');
  if (!schemas.has(schema)) throw new Refused('NOT_FOUND', `Schema not found: ${schema}`);
  if (tables.has(plain(path).toLowerCase())) return;
  const columns = lines.split(/, (?=`|\w+ [A-Z])/).map(columnIn);
  const names = columns.map(({ name }) => name.toLowerCase());
  if (new Set(names).size < names.length) throw new Refused('FAILED_PRECONDITION', 'Duplicate column name');
  const keys = key.split(', ').map(plain);
  if (keys.some((name) => !names.includes(name.toLowerCase())))
    throw new Refused('INVALID_ARGUMENT', 'No such key column');
  tables.set(plain(path).toLowerCase(), { path: plain(path), columns, key: keys, indexes: new Map() });
}

function columnIn(line: string): FakeColumn {
  const [, name = '', type = '', not] = new RegExp(`^(${NAME}) ${TYPE}( NOT NULL)?$`).exec(line) ?? [];
  if (name === '') throw new Refused('INVALID_ARGUMENT', `Error parsing Spanner DDL statement: ${line}`);
  return { name: plain(name), type, nullable: not === undefined };
}

function addColumn(schema: FakeSchema, [path = '', line = '']: readonly string[]): void {
  const table = tableAt(schema, path);
  const column = columnIn(line);
  if (table.columns.some(({ name }) => name.toLowerCase() === column.name.toLowerCase())) return;
  if (!column.nullable) throw new Refused('FAILED_PRECONDITION', `Cannot add NOT NULL column ${column.name}`);
  schema.tables.set(table.path.toLowerCase(), { ...table, columns: [...table.columns, column] });
}

function alterColumn(schema: FakeSchema, [path = '', line = '']: readonly string[]): void {
  const table = tableAt(schema, path);
  const column = columnIn(line);
  const was = table.columns.find(({ name }) => name.toLowerCase() === column.name.toLowerCase());
  if (was === undefined) throw new Refused('NOT_FOUND', `Column not found: ${column.name}`);
  if (was.type !== column.type) throw new Refused('FAILED_PRECONDITION', `Cannot change type of column ${column.name}`);
  if (table.key.includes(was.name)) throw new Refused('FAILED_PRECONDITION', `Cannot change key column ${was.name}`);
  const columns = table.columns.map((one) => (one === was ? { ...column, name: was.name } : one));
  schema.tables.set(table.path.toLowerCase(), { ...table, columns });
}

function createIndex(schema: FakeSchema, [index = '', path = '', columns = '']: readonly string[]): void {
  const table = tableAt(schema, path);
  const indexes = new Map([...table.indexes, [plain(index), columns.split(', ').map(plain)]]);
  schema.tables.set(table.path.toLowerCase(), { ...table, indexes });
}
