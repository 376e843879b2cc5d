/** What a package makes of one version of a table: counts, files in the bucket, and the change that is to be published. */
import type { Load, PackageCounts, PackageRows } from '../contract.ts';
import { duckDb } from '../engine/dialect.ts';
import { toWrite } from '../engine/match.ts';
import type { Slices } from '../engine/slices.ts';
import { allNew, type Tally } from '../packages.ts';
import type { Desk } from './desk.ts';
import { type Folded, fold, type Limits, type Worn } from './fold.ts';
import { deleteFields } from './format/written-file.ts';
import { DEAD, LiveRows, type OpenFile } from './live.ts';
import { count, type Matching, makeRoom, matchKeys, type StagedRows } from './match.ts';
import { columnOf } from './parquet/sql.ts';
import { writeFiles } from './parquet/write.ts';
import { freshRows } from './rows.ts';
import type { NewFile, NextVersion, TableChange } from './table.ts';

export interface Settled {
  readonly applied: readonly PackageCounts[];
  readonly change: Omit<TableChange, 'loaded'>;
}

export interface Settling {
  readonly load: Load;
  /** Those that are not loaded yet. */
  readonly packages: readonly PackageRows[];
  readonly staged: StagedRows;
  readonly next: NextVersion;
  /** Of the table. */
  readonly folder: string;
  readonly slices: Slices;
  readonly limits: Limits;
}

/** Nothing of it can be seen before the change is published. The staged rows stay as they are. */
export async function settle(desk: Desk, settling: Settling): Promise<Settled> {
  const { load, packages, staged, next, slices, limits } = settling;
  const { fields } = next;
  const files = (await next.files()).map((file, number) => ({ file, number }));
  const live = await LiveRows.of(desk, fields);
  const matching: Matching = { desk, load, packages, staged, fields, files, live, slices };
  const tallies = staged.tallies.map((tally) => ({ ...tally }));
  await makeRoom(matching, tallies);
  const left = load.table.key.length === 0 ? allNew(staged.packages, tallies) : await matchKeys(matching, tallies);
  const writes = (await count(desk, toWrite(load.table))) > 0;
  const folded = fold(files, await wornIn(desk), { writes, limits });
  const added = await write(desk, settling, { live, folded, writes });
  const deletes = await mark(desk, settling, folded.marked);
  const removed = [...folded.dropped, ...folded.rewritten].map(({ file }) => file);
  const applied = packages.map(({ id }, index): PackageCounts => {
    return { id, counts: { rows: staged.packages[index]?.rows ?? 0, ...(tallies[index] as Tally), ...left } };
  });
  return { applied, change: { added, removed, deletes } };
}

async function wornIn({ session }: Desk): Promise<(file: OpenFile) => Worn> {
  const rows = await session.rows(`SELECT file, count(*), count(*) FILTER (is_new) FROM ${DEAD} GROUP BY file`);
  const worn = new Map(
    rows.map((row) => row.map(Number)).map(([file, dead = 0, fresh = 0]) => [file, { dead, fresh }]),
  );
  return ({ number }) => worn.get(number) ?? { dead: 0, fresh: 0 };
}

/** The rows that are new, and the living ones of files that are written anew. */
async function write(
  desk: Desk,
  { load, packages, next, folder }: Settling,
  { live, folded, writes }: { readonly live: LiveRows; readonly folded: Folded; readonly writes: boolean },
): Promise<NewFile[]> {
  const { fields } = next;
  const old = await live.sql(folded.rewritten, fields);
  const named = fields.map((field) => `${columnOf(field)} AS ${duckDb.identifier(field.name)}`).join(', ');
  const queries = [
    ...(old === undefined ? [] : [`SELECT ${named} FROM ${old}`]),
    ...(writes ? [freshRows(load.table, fields, load.now)] : []),
  ];
  if (queries.length === 0) return [];
  return writeFiles(desk, queries.join(' UNION ALL '), { fields, folder, name: wordOf(packages), layout: 'split' });
}

/** One file of deletes for each that gets any, with all of its deleted positions. */
async function mark(
  desk: Desk,
  { packages, folder }: Settling,
  marked: readonly OpenFile[],
): Promise<TableChange['deletes']> {
  const deletes: { of: OpenFile['file']; file: NewFile }[] = [];
  for (const { number, file: of } of marked) {
    const positions = `SELECT ${duckDb.literal(of.path)} AS file_path, pos FROM ${DEAD} WHERE file = ${number} ORDER BY pos`;
    // In order: readers may merge them with the rows as they go.
    const written = await writeFiles(desk, positions, {
      fields: deleteFields,
      folder,
      name: `${wordOf(packages)}-deletes`,
      layout: 'ordered',
    });
    deletes.push(...written.map((file) => ({ of, file })));
  }
  return deletes;
}

/** The last package's id as a part of a file's name. */
const wordOf = (packages: readonly PackageRows[]): string =>
  (packages.at(-1)?.id ?? '').replaceAll(/[^\w.-]+/g, '_').slice(0, 60);
