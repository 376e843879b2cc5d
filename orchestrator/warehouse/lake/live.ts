/** The living rows of a version of a table, as relations over copies of its files. */
import { sideBySide } from '../../storage/side-by-side.ts';
import { duckDb } from '../engine/dialect.ts';
import type { Desk } from './desk.ts';
import { bound, compareBound } from './format/bounds.ts';
import type { Within } from './parquet/chunks.ts';
import { columnOf, filesSql, type KeyRange, type LocalFile } from './parquet/sql.ts';
import type { TableField, TableFile } from './table.ts';

/** Positions of rows that are deleted: `file`, `pos`, and whether it is this merge that deletes them (`is_new`). */
export const DEAD = 'temp.main.dead';

/** A file, by its place among all of the table. */
export interface OpenFile {
  readonly number: number;
  readonly file: TableFile;
}

export interface Asked {
  /** What fields are called. */
  readonly nameOf?: (field: TableField) => string;
  /** Rows whose value of the field does not lie in it are not asked for, and may be left out. */
  readonly within?: KeyRange | undefined;
}

/** Of types whose least and greatest values files tell in full: then DuckDB skips the very groups that are not fetched. */
const TOLD_IN_FULL = new Set(['int', 'long', 'date', 'timestamptz']);

function groupsOf({ field: { id, format }, least, greatest }: KeyRange): Within | undefined {
  if (!TOLD_IN_FULL.has(format)) return undefined;
  const isWanted: Within['isWanted'] = (chunk) => {
    const [low, high] = [chunk.least, chunk.greatest].map((text) => text && bound(format, text, 'lower'));
    const isAbove = low instanceof Buffer && compareBound(format, low, greatest) === 1;
    const isBelow = high instanceof Buffer && compareBound(format, high, least) === -1;
    return !isAbove && !isBelow;
  };
  return { field: id, isWanted };
}

export class LiveRows {
  readonly #desk: Desk;
  readonly #fields: readonly TableField[];
  readonly #dead: string;
  readonly #opened = new Set<number>();

  private constructor(desk: Desk, fields: readonly TableField[], dead: string) {
    this.#desk = desk;
    this.#fields = fields;
    this.#dead = dead;
  }

  /** Begins anew: what is known of an earlier version is forgotten. `dead` is a table that there is not, for them alone. */
  static async of(desk: Desk, fields: readonly TableField[], dead?: string): Promise<LiveRows> {
    const create = dead === undefined ? `CREATE OR REPLACE TEMP TABLE ${DEAD}` : `CREATE TABLE ${dead}`;
    await desk.session.run(`${create} (file BIGINT, pos BIGINT, is_new BOOLEAN)`);
    return new LiveRows(desk, fields, dead ?? DEAD);
  }

  /** Learns which rows of the files are deleted. */
  async open(files: readonly OpenFile[]): Promise<void> {
    for (const { number, file } of files) {
      if (this.#opened.has(number)) continue;
      this.#opened.add(number);
      if (file.deletes.length === 0) continue;
      const paths = await Promise.all(file.deletes.map((deletes) => this.#desk.mirror.local(deletes, 'all')));
      const positions = `SELECT DISTINCT ${number}, pos, false FROM read_parquet([${paths.map(duckDb.literal).join(', ')}])`;
      await this.#desk.session.run(`INSERT INTO ${this.#dead} ${positions}`);
    }
  }

  /** The living rows of these files: `file`, `pos` and the fields. Undefined where there is no file. */
  async sql(
    files: readonly OpenFile[],
    fields: readonly TableField[],
    { nameOf = columnOf, within }: Asked = {},
  ): Promise<string | undefined> {
    if (files.length === 0) return undefined;
    await this.open(files);
    const ids = fields.map(({ id }) => id);
    const groups = within && groupsOf(within);
    const copies: LocalFile[] = [];
    await sideBySide(files, async ({ file, number }) => {
      copies.push({ number, rows: file.rows, path: await this.#desk.mirror.local(file, ids, groups) });
    });
    // Of all fields, so that a file needs to have none of those that are asked for.
    const all = filesSql(copies, this.#fields, { nameOf, within: groups && within });
    return `(SELECT r.* FROM ${all} r ANTI JOIN ${this.#dead} d ON d.file = r.file AND d.pos = r.pos)`;
  }
}
