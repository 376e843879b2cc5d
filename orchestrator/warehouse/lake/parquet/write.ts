/** Parquet files: written by DuckDB, and put into the bucket. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Desk } from '../desk.ts';
import { WrittenFile } from '../format/written-file.ts';
import type { NewFile, TableField } from '../table.ts';
import { bodyOf } from './mirror.ts';
import { copySql, type Layout } from './sql.ts';

/** As many rows as DuckDB takes by itself. Fewer need less memory, and make the file longer. */
const ROW_GROUP = 122_880;

interface Writing {
  readonly fields: readonly Pick<TableField, 'id' | 'name'>[];
  /** Of the table. */
  readonly folder: string;
  /** For people who look into the bucket. */
  readonly name: string;
  readonly layout: Layout;
}

/**
 * The rows of a query as files below `data/` of the table's folder, none where there are none. The query gives the fields in their
 * order, by their names.
 */
export async function writeFiles(
  desk: Desk,
  query: string,
  { fields, folder, name, layout }: Writing,
): Promise<NewFile[]> {
  const out = join(desk.folder, randomUUID());
  try {
    const told = await desk.session.objects(copySql(query, out, fields, { layout, rowGroup: ROW_GROUP }));
    const written: NewFile[] = [];
    for (const file of told.map((one) => WrittenFile.parse(one)).filter(({ count }) => count > 0)) {
      const key = `${folder}/data/${name}-${randomUUID()}.parquet`;
      await desk.bucket.write(key, bodyOf(file.filename), { contentType: 'application/vnd.apache.parquet' });
      await desk.mirror.adopt(key, file.filename);
      written.push({ ...file, key });
    }
    return written;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
