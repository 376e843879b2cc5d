/** One row that is another at one point in time than at an earlier one. Pure. */
import { type Column, Decimal, parseDecimals } from '@tidemill/kit';
import type { Table } from '../../warehouse/contract.ts';
import type { Texts } from '../silver/encode.ts';

/**
 * - `inserted`: `after` is the row.
 * - `updated`: `before` and `after` have the columns that differ, and no other.
 * - `deleted`: `before` is the row.
 * - `moved`, `split`: the source says that what was `key` is now `to`, one or several; `before` is the row, and `came` are
 *   those that came with it, which are told nowhere else.
 *
 * A name has values of one type in all lines of all files: readers that make columns of them, as DuckDB and BigQuery do, take no others.
 */
export type ChangeKind = 'inserted' | 'updated' | 'deleted' | 'moved' | 'split';

/** Columns by name. Numbers have all their digits, JSON is JSON, the rest is text as it is canonical. */
export type Values = Readonly<Record<string, unknown>>;

export interface Change {
  readonly change: ChangeKind;
  /** Of a table without a key: object and line of bronze. */
  readonly key: Values;
  readonly to?: readonly Values[];
  readonly before?: Values;
  readonly after?: Values;
  readonly came?: readonly Values[];
}

/** How many rows there are of each kind, and how often a column was changed by an update. */
export interface ChangeTotals extends Readonly<Record<ChangeKind, number>> {
  readonly columns: Readonly<Record<string, number>>;
}

export function totalsOf(changes: Iterable<Change>): ChangeTotals {
  const tally = new Tally();
  for (const change of changes) tally.add(change);
  return tally.totals();
}

/** Counts changes one by one. */
export class Tally {
  readonly #kinds = { inserted: 0, updated: 0, deleted: 0, moved: 0, split: 0 };
  readonly #columns = new Map<string, number>();

  /** Only what is counted is asked for: a line of a file of changes will do. */
  add({ change, after }: Pick<Change, 'change' | 'after'>): void {
    this.#kinds[change] += 1;
    if (change !== 'updated') return;
    for (const name of Object.keys(after ?? {})) this.#columns.set(name, (this.#columns.get(name) ?? 0) + 1);
  }

  totals(): ChangeTotals {
    const byFrequency = [...this.#columns].sort(([one, more], [other, most]) => most - more || (one < other ? -1 : 1));
    return { ...this.#kinds, columns: Object.fromEntries(byFrequency) };
  }
}

export const rowsIn = ({ inserted, updated, deleted, moved, split }: ChangeTotals): number =>
  inserted + updated + deleted + moved + split;

type Of = Pick<Table, 'columns' | 'key'>;

/** All columns of a row. */
export const valuesOf = ({ columns }: Of, row: Texts): Values =>
  Object.fromEntries(columns.map((column, at) => [column.name, typedValue(column, row[at] ?? null)]));

/** Those of its key. */
export const keyOf = ({ columns, key }: Of, row: Texts): Values =>
  Object.fromEntries(
    columns.flatMap((column, at) =>
      key.includes(column.name) ? [[column.name, typedValue(column, row[at] ?? null)]] : [],
    ),
  );

/** The columns that differ, as they were and as they are; undefined where none does. */
export function differing({ columns }: Of, before: Texts, after: Texts): Pick<Change, 'before' | 'after'> | undefined {
  const at = columns.flatMap((_, index) => ((before[index] ?? null) === (after[index] ?? null) ? [] : index));
  if (at.length === 0) return undefined;
  const some = (row: Texts): Values =>
    Object.fromEntries(
      at.map((index) => [columns[index]?.name, typedValue(columns[index] as Column, row[index] ?? null)]),
    );
  return { before: some(before), after: some(after) };
}

function typedValue({ type }: Column, text: string | null): unknown {
  if (text === null) return null;
  switch (type) {
    case 'text':
    case 'date':
    case 'timestamptz':
      return text;
    case 'boolean':
      return text === 'true';
    case 'integer':
    case 'double':
      return Number(text);
    case 'bigint':
    case 'numeric':
      return new Decimal(text);
    case 'jsonb':
      return LARGE.test(text) ? printable(parseDecimals(text)) : parseDecimals(text);
    default:
      return type satisfies never;
  }
}

/** As many digits as an integer beyond 2^53 has. */
const LARGE = /\d{16}/;

/** JSON has no other form for integers that are bigints here; whoever prints changes need not know of them. */
function printable(value: unknown): unknown {
  if (typeof value === 'bigint') return new Decimal(String(value));
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== 'object' || value === null || value instanceof Decimal) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, printable(one)]));
}
