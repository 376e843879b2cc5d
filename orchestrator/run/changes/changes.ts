/** The changes between two points of a chain, row by row. */
import type { Table } from '../../warehouse/contract.ts';
import type { Texts } from '../silver/encode.ts';
import { type Change, differing, keyOf, type Values, valuesOf } from './change.ts';
import type { History } from './history.ts';
import { rowAt } from './versions.ts';

/** In an order that is the same each time, and says nothing. May be asked again. */
export function* changesIn(history: History, table: Table): Generator<Change> {
  const { versions, renames, wholes, late, from } = history;
  const { write } = table;
  const renaming = new Renaming(history, table);
  for (const [key, said] of versions.keys()) {
    const then = late.size === 0 ? said : said.filter(({ age }) => !late.has(age));
    const before = rowAt(then, { age: from, write, wholes });
    const after = rowAt(said, { age: 0, write, wholes });
    if (renames.isFrom(key) && before !== undefined && after === undefined) renaming.gone.set(key, before);
    else if (renames.isTo(key) && before === undefined && after !== undefined) renaming.came.set(key, after);
    else yield* changeOf(table, key, before, after);
    if (renames.isTo(key) && after !== undefined) renaming.there.add(key);
  }
  yield* renaming.changes();
}

function* changeOf(table: Table, key: string, before: Texts | undefined, after: Texts | undefined): Generator<Change> {
  const row = after ?? before;
  if (row === undefined) return;
  const named = identityOf(table, key, row);
  if (before === undefined) yield { change: 'inserted', key: named, after: valuesOf(table, row) };
  else if (after === undefined) yield { change: 'deleted', key: named, before: valuesOf(table, row) };
  else {
    const values = differing(table, before, after);
    if (values !== undefined) yield { change: 'updated', key: named, ...values };
  }
}

function identityOf(table: Table, key: string, row: Texts): Values {
  if (table.key.length > 0) return keyOf(table, row);
  const [object, line] = JSON.parse(key) as [string, number];
  return { bronze_object_path: object, bronze_line: line };
}

/** Rows that went and came by names that the source says belong together: they are few, and wait until all others are told. */
class Renaming {
  readonly gone = new Map<string, Texts>();
  readonly came = new Map<string, Texts>();
  /** Keys that something was renamed to, and that have a row. */
  readonly there = new Set<string>();
  readonly #history: History;
  readonly #table: Table;

  constructor(history: History, table: Table) {
    this.#history = history;
    this.#table = table;
  }

  *changes(): Generator<Change> {
    const table = this.#table;
    const told = new Set<string>();
    for (const [key, row] of this.gone) {
      const said = this.#history.renames.endsOf(key, (end) => this.there.has(end));
      const ends = said.filter((end) => this.there.has(end.key));
      if (ends.length === 0) {
        yield* changeOf(table, key, row, undefined);
        continue;
      }
      // Two may have become one: it came once.
      const fresh = ends.filter((end) => !told.has(end.key));
      const came = fresh.map((end) => this.came.get(end.key)).filter((one) => one !== undefined);
      for (const end of ends) told.add(end.key);
      yield {
        change: said.length === 1 ? 'moved' : 'split',
        key: keyOf(table, row),
        to: ends.map((end) => keyOf(table, end.row)),
        before: valuesOf(table, row),
        came: came.map((one) => valuesOf(table, one)),
      };
    }
    for (const [key, row] of this.came) if (!told.has(key)) yield* changeOf(table, key, undefined, row);
  }
}
