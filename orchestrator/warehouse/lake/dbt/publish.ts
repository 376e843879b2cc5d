/** What dbt has made becomes tables of the lake, each by one commit that takes the place of all rows it had. */
import { createHash } from 'node:crypto';
import { TidemillError } from '@tidemill/kit';
import type { BuiltRelation } from '../../contract.ts';
import { CATALOG, duckDb } from '../../engine/dialect.ts';
import { GOLD_SCHEMA } from '../../table.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Desk } from '../desk.ts';
import { modelValue, tableBusy } from '../errors.ts';
import { writeFiles } from '../parquet/write.ts';
import type { LoadedPackage, NewFile, TableVersion } from '../table.ts';
import { keptRows, type ModelColumn, remadeColumn } from './columns.ts';

/** Who loads such tables, in the records of the lake. No job can be called so. */
export const TRANSFORM = 'transform:lake';

/** Another transform may come between. */
const ATTEMPTS = 10;

/** A table or view of the scratch file. */
interface Relation extends BuiltRelation {
  readonly columns: readonly ModelColumn[];
  readonly description: string;
  readonly rows: number;
  /** Tells its rows and columns apart from any others. */
  readonly content: string;
}

/**
 * Views are kept as tables where they lie in the schema of the models; those beside it, the staging views, are not: silver has their
 * rows. One that fails keeps no other back; the first error is thrown at the end.
 */
export async function publish(
  desk: Desk,
  catalogue: Catalogue,
  built: readonly BuiltRelation[],
  now: () => Date,
): Promise<void> {
  let isNew = false;
  const failures: unknown[] = [];
  for (const one of built) {
    try {
      const found = await relationOf(desk, one);
      if (found === undefined) continue;
      if ((await catalogue.begin(catalogue.table(one), TRANSFORM)) === 'new') isNew = true;
      await replace(desk, catalogue, found, now());
    } catch (error) {
      failures.push(error);
    }
  }
  if (isNew) await catalogue.writeViews();
  if (failures.length > 0) throw failures[0];
}

/** Nothing is written where the table has these very rows. */
async function replace(desk: Desk, catalogue: Catalogue, relation: Relation, now: Date): Promise<void> {
  const table = catalogue.table(relation);
  let written: readonly NewFile[] | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const base = await table.current();
    if (base?.packages.at(-1)?.id === relation.content) break;
    const next = table.remade(base, { ...relation, columns: relation.columns.map(remadeColumn) }, now);
    // The ids of the fields are those of the version that was there: another one may have others.
    if (written !== undefined) await discard(desk, written);
    written = await writeFiles(desk, keptRows(nameOf(relation), relation.columns), {
      fields: next.fields,
      folder: table.folder,
      name: relation.name,
      layout: 'split',
    });
    const removed = (await base?.files()) ?? [];
    const loaded = [packageOf(relation, await rowsIn(base), now)];
    if ((await next.publish({ added: written, removed, deletes: [], loaded })) === 'published') return;
  }
  if (written === undefined) return;
  await discard(desk, written);
  throw tableBusy(table.url, ATTEMPTS);
}

const rowsIn = async (version: TableVersion | undefined): Promise<number> => (await version?.size())?.rows ?? 0;

const packageOf = ({ content, rows }: Relation, deleted: number, now: Date): LoadedPackage => ({
  id: content,
  job: TRANSFORM,
  at: now.toISOString(),
  counts: { rows, inserted: rows, updated: 0, unchanged: 0, duplicates: 0, deleted, deletions: 0 },
});

/** Nothing names them. */
async function discard({ bucket, mirror }: Desk, files: readonly NewFile[]): Promise<void> {
  const keys = files.map(({ key }) => key);
  mirror.forget(keys);
  for (const key of keys) await bucket.remove(key).catch(() => undefined);
}

/** Undefined for what is not kept. */
async function relationOf(desk: Desk, one: BuiltRelation): Promise<Relation | undefined> {
  const here = `database_name = '${CATALOG}' AND schema_name = ${duckDb.literal(one.schema)}`;
  const isOne = (column: string): string => `${here} AND ${column} = ${duckDb.literal(one.name)}`;
  const [found] = await desk.session.rows(`
    SELECT 'table', comment FROM duckdb_tables() WHERE ${isOne('table_name')}
    UNION ALL SELECT 'view', comment FROM duckdb_views() WHERE ${isOne('view_name')}`);
  if (found === undefined || (found[0] === 'view' && one.schema !== GOLD_SCHEMA)) return undefined;
  const columns = (
    await desk.session.rows(
      `SELECT column_name, data_type, comment FROM duckdb_columns() WHERE ${isOne('table_name')} ORDER BY column_index`,
    )
  ).map(([name, type, comment]) => ({ name: String(name), type: String(type), description: textOf(comment) }));
  const counted = await counts(desk, one, columns);
  const description = textOf(found[1]);
  const content = createHash('sha256')
    .update(JSON.stringify([description, columns, counted.map(String)]))
    .digest('hex');
  return { schema: one.schema, name: one.name, columns, description, rows: Number(counted[0]), content };
}

/** How many rows, and a sum of what each of them hashes to, which is the same in whatever order they come. */
async function counts(desk: Desk, one: BuiltRelation, columns: readonly ModelColumn[]): Promise<readonly unknown[]> {
  const query = `SELECT count(*), CAST(sum(CAST(hash(r) AS HUGEINT)) AS VARCHAR) FROM (${keptRows(nameOf(one), columns)}) r`;
  try {
    const [row = []] = await desk.session.rows(query);
    return row;
  } catch (error) {
    if (!(error instanceof TidemillError) || error.code !== 'warehouse-value') throw error;
    throw modelValue(
      one,
      columns.filter(({ type }) => /^U?HUGEINT$/.test(type)).map(({ name }) => name),
    );
  }
}

const textOf = (comment: unknown): string => (typeof comment === 'string' ? comment : '');

const nameOf = ({ schema, name }: BuiltRelation): string => duckDb.table(schema, name);
