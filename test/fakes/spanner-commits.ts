/**
 * What a commit may have, and what its mutations do: https://cloud.google.com/spanner/quotas#limits-for and
 * https://cloud.google.com/spanner/docs/reference/rest/v1/Mutation. The emulator holds nobody to these limits.
 */

import { Refused } from './spanner-refused.ts';
import type { FakeColumn, FakeTable } from './spanner-schema.ts';

export type FakeRow = Readonly<Record<string, unknown>>;
/** By their keys. */
export type FakeRows = ReadonlyMap<string, FakeRow>;

interface Write {
  readonly table: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}
interface Delete {
  readonly table: string;
  readonly keySet: { readonly keys: readonly (readonly unknown[])[] };
}
export type FakeMutation =
  | { readonly insert: Write }
  | { readonly insertOrUpdate: Write }
  | { readonly delete: Delete };

const MOST_MUTATIONS = 80_000;
const MOST_BYTES = 100_000_000;
const KEY_BYTES = 8_192;
const CELL_BYTES = 10 * 1024 * 1024;
const CELL_CHARACTERS = 2_621_440;

/** As Spanner says it. */
const TOO_MANY =
  'The transaction contains too many mutations. Insert and update operations count with the multiplicity of the number of columns they affect. For example, inserting values into one key column and four non-key columns count as five mutations total for the insert. Delete and delete range operations count as one mutation regardless of the number of columns affected. The total mutation count includes any changes to indexes that the transaction generates. Please reduce the number of writes, or use fewer indexes. (Maximum number: 80000)';

/** How many mutations the commit is: entries of indexes that change are taken away and made. */
function countOf(mutations: readonly FakeMutation[], tableAt: (path: string) => FakeTable): number {
  let sum = 0;
  for (const mutation of mutations) {
    if ('delete' in mutation) {
      const { table, keySet } = mutation.delete;
      sum += keySet.keys.length * (1 + tableAt(table).indexes.size);
    } else {
      const { table, columns, values } = 'insert' in mutation ? mutation.insert : mutation.insertOrUpdate;
      const { indexes, key } = tableAt(table);
      const touched = [...indexes.values()].filter((of) => of.some((name) => columns.includes(name)));
      const entries = touched.reduce((all, of) => all + of.length + key.length + 1, 0);
      sum += values.length * (columns.length + entries);
    }
  }
  return sum;
}

export function checkSize(
  mutations: readonly FakeMutation[],
  bytes: number,
  tableAt: (path: string) => FakeTable,
): void {
  if (countOf(mutations, tableAt) > MOST_MUTATIONS) throw new Refused('INVALID_ARGUMENT', TOO_MANY);
  if (bytes > MOST_BYTES) throw new Refused('INVALID_ARGUMENT', 'The transaction exceeds the maximum commit size');
}

/** The rows of each table that the mutations change, as they are then. */
export function applied(
  mutations: readonly FakeMutation[],
  tableAt: (path: string) => FakeTable,
  rowsOf: (path: string) => FakeRows,
): Map<string, FakeRows> {
  const changed = new Map<string, Map<string, FakeRow>>();
  for (const mutation of mutations) {
    const { table: path } = Object.values(mutation)[0] as Write | Delete;
    const table = tableAt(path);
    const rows = changed.get(table.path) ?? new Map(rowsOf(table.path));
    changed.set(table.path, rows);
    if ('delete' in mutation) {
      for (const key of mutation.delete.keySet.keys) rows.delete(JSON.stringify(key));
    } else if ('insert' in mutation) write(mutation.insert, table, rows, 'insert');
    else if ('insertOrUpdate' in mutation) write(mutation.insertOrUpdate, table, rows, 'insertOrUpdate');
    else throw new Refused('INVALID_ARGUMENT', 'Invalid mutation');
  }
  return changed;
}

function write(
  { columns, values }: Write,
  table: FakeTable,
  rows: Map<string, FakeRow>,
  how: 'insert' | 'insertOrUpdate',
): void {
  if (new Set(columns).size < columns.length) throw new Refused('INVALID_ARGUMENT', 'Multiple values for a column');
  const found = columns.map((name) => {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined) throw new Refused('NOT_FOUND', `Column not found in table ${table.path}: ${name}`);
    return column;
  });
  for (const row of values) {
    if (row.length !== columns.length)
      throw new Refused('INVALID_ARGUMENT', 'Mutation has mismatched number of values');
    for (const [at, value] of row.entries()) checkCell(found[at] as FakeColumn, value);
    const own = Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null]));
    const id = JSON.stringify(table.key.map((name) => own[name]));
    if (Buffer.byteLength(id) > KEY_BYTES) throw new Refused('INVALID_ARGUMENT', 'Key is too large');
    const was = rows.get(id);
    if (how === 'insert' && was !== undefined) {
      throw new Refused('ALREADY_EXISTS', `Row ${id} in table ${table.path} already exists`);
    }
    const lacking = table.columns.find(({ name, nullable }) => !nullable && !(name in own));
    if (lacking !== undefined) throw new Refused('FAILED_PRECONDITION', `A value for ${lacking.name} must be given`);
    rows.set(id, { ...was, ...own });
  }
}

/** https://cloud.google.com/spanner/docs/reference/rest/v1/TypeCode, and what a value of each may be. */
const CELLS: Readonly<Record<string, (value: unknown) => boolean>> = {
  INT64: (value) =>
    typeof value === 'string' && /^-?\d{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value),
  FLOAT64: (value) => typeof value === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(String(value)),
  NUMERIC: (value) => typeof value === 'string' && /^-?\d{1,29}(\.\d{1,9})?$/.test(value),
  BOOL: (value) => typeof value === 'boolean',
  DATE: (value) =>
    typeof value === 'string' && /^(?!0000)\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  TIMESTAMP: (value) =>
    typeof value === 'string' &&
    /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
  STRING: (value) => typeof value === 'string' && value.isWellFormed(),
};

function checkCell({ name, type, nullable }: FakeColumn, value: unknown): void {
  if (value === null) {
    if (!nullable) throw new Refused('FAILED_PRECONDITION', `${name} must not be NULL`);
    return;
  }
  const [, kind = '', length] = /^(\w+)(?:\((\w+)\))?$/.exec(type) ?? [];
  if (CELLS[kind]?.(value) !== true) {
    throw new Refused('FAILED_PRECONDITION', `Invalid value for column ${name}: expected ${type}, got ${value}`);
  }
  if (typeof value !== 'string') return;
  const most = length === 'MAX' || length === undefined ? CELL_CHARACTERS : Number(length);
  const isLong = value.length > most && [...value].length > most;
  if (isLong || Buffer.byteLength(value) > CELL_BYTES) {
    throw new Refused('FAILED_PRECONDITION', `New value exceeds the maximum size limit for column ${name}: ${value}`);
  }
}
