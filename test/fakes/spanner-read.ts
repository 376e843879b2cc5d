/** What the fake of Spanner answers to questions, as of one moment: in SQL, and for rows by their keys. */
import type { FakeRow, FakeRows } from './spanner-commits.ts';
import { Refused } from './spanner-refused.ts';
import { type FakeSchema, type FakeTable, tableAt } from './spanner-schema.ts';
import { type Asked, answer, type FakeAnswer } from './spanner-sql.ts';

/** All rows of all tables as of one moment. */
export interface Version {
  readonly at: string;
  readonly tables: ReadonlyMap<string, FakeRows>;
}

/** All that there is, and was. */
export interface Held {
  readonly schema: FakeSchema;
  versions: Version[];
}

export interface Question {
  readonly sql: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly paramTypes?: Readonly<Record<string, object>>;
  readonly transaction: {
    readonly singleUse?: {
      readonly readOnly: {
        readonly strong?: true;
        readonly readTimestamp?: string;
        readonly returnReadTimestamp?: true;
      };
    };
    readonly begin?: { readonly readWrite: object };
  };
}

export const newestOf = ({ versions }: Held): Version => versions.at(-1) as Version;

/** Columns of information_schema that are asked for. */
const CATALOGUE =
  'table_schema table_name table_type column_name spanner_type is_nullable ordinal_position index_name index_type'
    .split(' ')
    .map((name) => ({ name, type: 'STRING(MAX)', nullable: true }));

export function fromOf({ schema }: Held, { tables }: Version): Asked['from'] {
  return (path) => {
    const [, catalogue] = /^information_schema\.(\w+)$/.exec(path) ?? [];
    if (catalogue !== undefined)
      return { columns: CATALOGUE, rows: [...schema.tables.values()].flatMap((table) => catalogued(catalogue, table)) };
    const table = tableAt(schema, path);
    return { columns: table.columns, rows: tables.get(table.path)?.values() ?? [] };
  };
}

function catalogued(what: string, { path, columns, key, indexes }: FakeTable): FakeRow[] {
  const [schema, name] = path.split('.');
  const own = { table_schema: schema, table_name: name };
  if (what === 'tables') return [{ ...own, table_type: 'BASE TABLE' }];
  if (what === 'columns') {
    return columns.map(({ name: called, type, nullable }, at) => ({
      ...own,
      column_name: called,
      spanner_type: type,
      is_nullable: nullable ? 'YES' : 'NO',
      ordinal_position: String(at + 1),
    }));
  }
  if (what !== 'index_columns') throw new Refused('INVALID_ARGUMENT', `Table not found: information_schema.${what}`);
  const all = [...indexes].map(([index, of]) => ({ index, of, type: 'INDEX' }));
  const entries = [{ index: 'PRIMARY_KEY', of: key, type: 'PRIMARY_KEY' }, ...all];
  return entries.flatMap(({ index, of, type }) =>
    of.map((column) => ({ ...own, index_name: index, index_type: type, column_name: column })),
  );
}

export function read(
  { sql, params = {}, paramTypes = {}, transaction }: Question,
  state: Held,
): FakeAnswer & { readonly at: string } {
  const { version, at } = versionOf(transaction, state);
  if (Object.keys(params).some((name) => paramTypes[name] === undefined))
    throw new Refused('INVALID_ARGUMENT', 'Untyped parameter');
  if (/^(INSERT|UPDATE|DELETE) /i.test(sql)) {
    throw new Refused(
      'INVALID_ARGUMENT',
      'DML statements may not be performed in single-use transactions, to avoid replay.',
    );
  }
  return { ...answer({ sql, params, from: fromOf(state, version) }), at };
}

/** What is read, and the moment that is told. */
function versionOf(transaction: Question['transaction'], state: Held): { version: Version; at: string } {
  const { readOnly } = transaction.singleUse ?? {};
  if (readOnly === undefined || (readOnly.strong === true) === (readOnly.readTimestamp !== undefined)) {
    throw new Refused('INVALID_ARGUMENT', 'Invalid transaction options');
  }
  const { readTimestamp } = readOnly;
  const newest = newestOf(state);
  const version = readTimestamp === undefined ? newest : state.versions.findLast(({ at }) => at <= readTimestamp);
  if (version === undefined) throw new Refused('FAILED_PRECONDITION', 'Read timestamp is too old');
  return { version, at: readTimestamp ?? newest.at };
}

export interface Lookup extends Pick<Question, 'transaction'> {
  readonly table: string;
  readonly columns: readonly string[];
  readonly keySet: { readonly keys: readonly (readonly unknown[])[] };
}

/** https://cloud.google.com/spanner/docs/reference/rest/v1/projects.instances.databases.sessions/streamingRead */
export function lookedUp({ table: path, columns, keySet, transaction }: Lookup, state: Held) {
  const { version, at } = versionOf(transaction, state);
  const table = tableAt(state.schema, path);
  const rows = version.tables.get(table.path) ?? new Map<string, FakeRow>();
  const fields = columns.map((name) => {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined) throw new Refused('NOT_FOUND', `Column not found in table ${path}: ${name}`);
    return { name, type: { code: column.type.replace(/\(.*/, '') } };
  });
  const found = keySet.keys.map((key) => rows.get(JSON.stringify(key))).filter((row) => row !== undefined);
  return { fields, rows: found.map((row) => columns.map((name) => row[name] ?? null)), at };
}
