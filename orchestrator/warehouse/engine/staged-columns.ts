/** The columns of the staging table: what they are called, what they hold, and how they are written. */
import { BIGINT, BOOLEAN, type DuckDBAppender, DuckDBDataChunk, type DuckDBType, VARCHAR } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { checksumOf } from '../checksum.ts';
import type { StagedRow, Table } from '../contract.ts';
import { ownIdentifier } from '../sql.ts';
import { duckDb } from './dialect.ts';
import { stagedTypes } from './staged-types.ts';
import { type Cells, Int64Cells, NumberCells, ROWS, TextCells } from './vectors.ts';

const own = (name: string): string => ownIdentifier(duckDb, name);

/** NULL of a row that is to stay. */
export const IS_DELETION = own('is_deletion');
export const CHECKSUM = own('checksum');

type Columns = Pick<Table, 'columns'>;

interface StagedColumn {
  /** Quoted. */
  readonly name: string;
  readonly type: DuckDBType;
  readonly cells: Pick<Cells<never>, 'begin' | 'end'>;
  /** Of the rows `from` … `to`, the first of them at `at`. */
  readonly put: (at: number, rows: readonly StagedRow[], from: number, to: number) => void;
}

function stagedColumns({ columns }: Columns): StagedColumn[] {
  const checksum = checksumOf(columns);
  const deletions = new NumberCells(new Uint8Array(ROWS), Number);
  return [
    ...columns.map(({ name, type: sqlType }, index) => {
      const { type, cells } = stagedTypes[sqlType];
      return columnOf(duckDb.identifier(name), type, cells(), ({ values }) => values[index] ?? null);
    }),
    columnOf('bronze_object_path', VARCHAR, new TextCells(), ({ bronzeObjectPath }) => bronzeObjectPath),
    columnOf('bronze_line', BIGINT, new Int64Cells<number>(Number), ({ bronzeLine }) => bronzeLine),
    columnOf('source_url', VARCHAR, new TextCells(), ({ sourceUrl }) => sourceUrl),
    columnOf(IS_DELETION, BOOLEAN, deletions, ({ isDeletion = null }) => isDeletion),
    columnOf(CHECKSUM, VARCHAR, new TextCells(), ({ values }) => checksum(values)),
  ];
}

const columnOf = <T>(
  name: string,
  type: DuckDBType,
  cells: Cells<T>,
  of: (row: StagedRow) => T | null,
): StagedColumn => ({
  name,
  type,
  cells,
  put(at, rows, from, to) {
    for (let index = from; index < to; index += 1) cells.put(at + index - from, of(rows[index] as StagedRow));
  },
});

/** For `CREATE TABLE`. */
export const stagedColumnsSql = (table: Columns): string =>
  stagedColumns(table)
    .map(({ name, type }) => `${name} ${type}`)
    .join(', ');

/** Rows that are appended to the staging table together. */
export class StagedChunk {
  readonly #columns: readonly StagedColumn[];
  readonly #chunk: DuckDBDataChunk;
  #rows = 0;

  constructor(table: Columns) {
    this.#columns = stagedColumns(table);
    this.#chunk = DuckDBDataChunk.create(this.#columns.map(({ type }) => type));
    this.#begin();
  }

  /** So many more rows go into it. */
  get room(): number {
    return ROWS - this.#rows;
  }

  /** Throws for a text that is no value of its column. */
  add(rows: readonly StagedRow[], from: number, to: number): void {
    for (const { put } of this.#columns) put(this.#rows, rows, from, to);
    this.#rows += to - from;
  }

  append(appender: DuckDBAppender): void {
    if (this.#rows === 0) return;
    this.#chunk.rowCount = this.#rows;
    for (const { cells } of this.#columns) cells.end(this.#rows);
    appender.appendDataChunk(this.#chunk);
    this.#begin();
  }

  #begin(): void {
    this.#chunk.reset();
    this.#rows = 0;
    for (const [index, { cells }] of this.#columns.entries())
      cells.begin(duckdb.data_chunk_get_vector(this.#chunk.chunk, index));
  }
}
