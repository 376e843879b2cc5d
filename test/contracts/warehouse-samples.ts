/** Tables, packages and questions for the checks of `warehouse.ts`. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Column, type SqlType, TidemillError } from '@tidemill/kit';
import type {
  Load,
  MergeCounts,
  MergedPackage,
  PackageRows,
  SqlWarehouse,
  StagedRow,
  Table,
  TableName,
  Warehouse,
} from '../../orchestrator/warehouse/contract.ts';
import { withRows } from './mortal.ts';

/** A warehouse, and eyes that look into it without its help. */
export interface Tested extends Warehouse {
  /**
   * These columns of every row, as a query prints them, NULL as null; undefined when there is no such table, or it has no such
   * column.
   */
  read(table: TableName, ...columns: readonly string[]): Promise<(string | null)[][] | undefined>;
  /** Where packages become visible in portions: applies the load as a process does that dies between two of them. */
  readonly cutShort?: (load: Load) => Promise<unknown>;
}

export interface WarehouseCheck {
  readonly promise: string;
  /** Is given a fresh, empty warehouse. */
  readonly run: (warehouse: Tested) => Promise<void>;
}

/** Looks into a warehouse by asking it in SQL, where the tables have their own names. */
export function readable(warehouse: SqlWarehouse): SqlWarehouse & Tested {
  return {
    ...spreadable(warehouse),
    async read({ schema, name }, ...columns) {
      const asked = columns.map((column) => `"${column}"`).join(', ');
      const found = await warehouse.query(`SELECT ${asked} FROM "${schema}"."${name}"`).catch((error) => {
        if (error instanceof TidemillError && error.code === 'query-refused') return undefined;
        throw error;
      });
      return found?.rows.map((row) => [...row]);
    },
  };
}

/** The same, with the methods that a class gave it as its own. */
function spreadable<T extends object>(made: T): T {
  const names = new Set<string | symbol>();
  for (let at = made; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Reflect.ownKeys(at)) if (name !== 'constructor') names.add(name);
  }
  const fields = [...names].map((name) => {
    const field = Reflect.get(made, name);
    return [name, typeof field === 'function' ? field.bind(made) : field] as const;
  });
  return Object.fromEntries(fields) as T;
}

/** A row by column; what is left out is null. */
export type Values = Readonly<Record<string, string | null>>;

export const column = (name: string, type: SqlType, nullable = false): Column => ({
  name,
  type,
  nullable,
  description: `The ${name}`,
});

export const people: Table = {
  schema: 'contract',
  name: 'people',
  description: "People's names",
  columns: [column('id', 'integer'), column('name', 'text', true), column('town', 'text', true)],
  key: ['id'],
  indexes: ['town'],
  write: 'upsert',
};

/** The same with so many columns more. */
export const ofColumns = (more: number): Table => ({
  ...people,
  columns: [...people.columns, ...Array.from({ length: more }, (_, index) => column(`more_${index}`, 'text', true))],
});

export const ADA = { id: '1', name: 'Ada', town: 'London' };
export const BOB = { id: '2', name: 'Bob', town: 'Berlin' };
export const EVE = { id: '3', name: 'Eve', town: null };

export const NOON = new Date('2026-01-01T12:00:00Z');
export const LATER = new Date('2026-01-02T12:00:00.250Z');
export const NOON_TEXT = '2026-01-01T12:00:00Z';
export const LATER_TEXT = '2026-01-02T12:00:00.25Z';

export const objectOf = (packageId: string): string => `bronze/contract/${packageId}/part-00001.ndjson.gz`;

export function stagedRows(packageId: string, table: Table, rows: readonly Values[]): StagedRow[] {
  return rows.map((row, index) => ({
    values: table.columns.map(({ name }) => row[name] ?? null),
    bronzeObjectPath: objectOf(packageId),
    bronzeLine: index + 1,
    sourceUrl: 'https://example.org/people?page=1',
  }));
}

export async function* batches(rows: readonly StagedRow[], size: number): PackageRows['rows'] {
  for (let from = 0; from < rows.length; from += size) yield { rows: rows.slice(from, from + size), rejected: 0 };
}

/** What a load of one package may say otherwise. */
export type OfOne = Partial<Omit<Load, 'packages' | 'beforeCommit'>> &
  Partial<PackageRows> & { readonly beforeCommit?: (counts: MergeCounts) => void | Promise<void> };

/** A load of one package of these rows, in batches of two unless told otherwise. */
export function load(packageId: string, table: Table, rows: readonly Values[], more: OfOne = {}): Load {
  const { id = packageId, rows: own, replaces, beforeCommit, ...others } = more;
  const room = replaces === undefined ? {} : { replaces };
  return {
    packages: [{ id, rows: own ?? batches(stagedRows(packageId, table, rows), 2), ...room }],
    job: 'contract_people',
    table,
    scope: 'changes',
    now: NOON,
    unnamed: () => 'delete',
    beforeCommit: async (packages) => {
      for (const { counts } of packages) await beforeCommit?.(counts);
    },
    ...others,
  };
}

/** Loads of one package each as one, with what the first of them says of the table. */
export function together(first: Load, ...others: readonly Load[]): Load {
  return { ...first, packages: [first, ...others].flatMap(({ packages }) => packages) };
}

/** Applies a load of one package, and answers what became of that. */
export async function applied(warehouse: Warehouse, one: Load): Promise<Omit<MergedPackage, 'id'>> {
  const [merged, ...others] = (await warehouse.apply(one)).packages;
  assert(merged !== undefined && others.length === 0, 'the load is not of one package');
  const { id: _, ...what } = merged;
  return what;
}

/** Rows that end in an error. */
export async function* breaking(table: Table, rows: readonly Values[], error: Error): PackageRows['rows'] {
  yield* batches(stagedRows('broken', table, rows), 1);
  throw error;
}

export const NONE: MergeCounts = {
  rows: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  duplicates: 0,
  deleted: 0,
  deletions: 0,
};

/** Merges the load, and expects these counts; those left out are zero. */
export async function merges(warehouse: Warehouse, what: Load, counts: Partial<MergeCounts>): Promise<void> {
  assert.deepEqual(await applied(warehouse, what), { counts: { ...NONE, ...counts }, alreadyLoaded: false });
}

/** Expects that the load is refused before a row of it is read, and that nothing has changed. */
export async function refuses(warehouse: Tested, what: Load, code: string): Promise<void> {
  const look = () => warehouse.read(what.table, ...what.table.columns.map(({ name }) => name));
  const before = await look();
  const rows = breaking(what.table, [], new Error('rows were read'));
  await assert.rejects(warehouse.apply(withRows(what, () => rows)), { kind: 'config', code });
  assert.deepEqual(await look(), before);
}

/** Every value of these columns, ordered by the first one. */
export async function valuesIn(warehouse: Tested, table: Table, ...columns: string[]): Promise<(string | null)[][]> {
  const rows = await warehouse.read(table, ...columns);
  assert(rows !== undefined, `there is no table ${table.name} with ${columns.join(', ')}`);
  return rows.sort(([one], [other]) => Number(one) - Number(other) || (String(one) < String(other) ? -1 : 1));
}

/** `id name` of every row. */
export const names = async (warehouse: Tested, table = people): Promise<string[]> =>
  (await valuesIn(warehouse, table, 'id', 'name')).map((row) => row.join(' '));

/** The checksum as `checksum()` in orchestrator/warehouse/sql.ts describes it, made by other means. */
export function expectedChecksum(row: Values): string {
  const sized = (text: string): string => `${Buffer.byteLength(text)}:${text}`;
  const present = Object.entries(row).filter((entry): entry is [string, string] => entry[1] !== null);
  const input = present
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => sized(name) + sized(value))
    .join('');
  return createHash('sha256').update(input).digest('hex');
}
