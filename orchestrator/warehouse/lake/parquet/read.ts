/** What the footer of a Parquet file says. */
import type { FileSession } from '../../engine/session.ts';
import type { Chunk } from './chunks.ts';
import { chunksSql } from './sql.ts';

/** Where the columns of the file lie; `path` is local. */
export async function chunksOf(session: FileSession, path: string): Promise<Chunk[]> {
  const rows = await session.rows(chunksSql(path));
  return rows.flatMap((row) => {
    const [field, from, length, bloom, bloomLength, group] = row.map(numberOf);
    const [least, greatest] = row.slice(6).map(textOf);
    if (field === undefined || from === undefined || length === undefined || group === undefined) return [];
    const chunk = { field, group, least, greatest, from, to: from + length };
    if (bloom === undefined || bloomLength === undefined) return [chunk];
    return [chunk, { ...chunk, from: bloom, to: bloom + bloomLength }];
  });
}

const numberOf = (value: unknown): number | undefined => (value === null ? undefined : Number(value));
const textOf = (value: unknown): string | undefined => (value === null ? undefined : String(value));
