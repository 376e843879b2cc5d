/** What DuckDB tells of a Parquet file that it has written (`COPY … (FORMAT parquet, RETURN_STATS)`), as manifests keep it. */
import { z } from 'zod';
import { bound, type Side } from './bounds.ts';
import { type ByField, type DataFile, DELETE_PATH_ID, DELETE_POSITION_ID } from './data-file.ts';

/** The columns of a position-delete file. Its rows are sorted by them. */
export const deleteFields = [
  { id: DELETE_PATH_ID, name: 'file_path', type: 'string' },
  { id: DELETE_POSITION_ID, name: 'pos', type: 'long' },
] as const;

/** Counts come as texts, and maps as lists of pairs: `getRowObjectsJson()`. */
const Count = z.coerce.number().pipe(z.int().min(0));
const pairs = <T>(value: z.ZodType<T>) =>
  z
    .array(z.object({ key: z.string(), value }))
    .transform((list) => new Map(list.map((pair) => [pair.key, pair.value] as const)));

export const WrittenFile = z.object({
  /** Where DuckDB wrote it. */
  filename: z.string(),
  count: Count,
  file_size_bytes: Count,
  column_statistics: pairs(pairs(z.string().nullable())),
});
export type WrittenFile = z.infer<typeof WrittenFile>;

interface StatField {
  readonly id: number;
  readonly name: string;
  /** Iceberg's. */
  readonly type: unknown;
}

/** A file of rows that lies at `path`, a URL; its columns are those fields. */
export function dataFileOf(written: WrittenFile, path: string, fields: readonly StatField[]): DataFile {
  return { ...describe(written, fields), content: 'data', path, sortOrderId: 0, referencedDataFile: undefined };
}

/**
 * A file of positions in the data file `of`, that lies at `path`. Its bounds name that file in full, by which older readers see
 * that it is of one.
 */
export function deleteFileOf(written: WrittenFile, path: string, of: string): DataFile {
  const described = describe(written, deleteFields);
  const named = [DELETE_PATH_ID, Buffer.from(of)] as const;
  return {
    ...described,
    content: 'position-deletes',
    path,
    lowerBounds: new Map([...described.lowerBounds, named]),
    upperBounds: new Map([...described.upperBounds, named]),
    // Positions are always sorted by file and position: no order of the table's.
    sortOrderId: undefined,
    referencedDataFile: of,
  };
}

function describe(
  written: WrittenFile,
  fields: readonly StatField[],
): Omit<DataFile, 'content' | 'path' | 'sortOrderId' | 'referencedDataFile'> {
  const statistics = new Map([...written.column_statistics].map(([quoted, column]) => [plain(quoted), column]));
  const of = <T>(pick: (column: ReadonlyMap<string, string | null>, type: string) => T | undefined): ByField<T> =>
    new Map(
      fields.flatMap(({ id, name, type }) => {
        const column = statistics.get(name);
        const picked = column === undefined ? undefined : pick(column, String(type));
        return picked === undefined ? [] : [[id, picked] as const];
      }),
    );
  const count = (name: string) => of((column) => (column.has(name) ? Number(column.get(name)) : undefined));
  const bounds = (side: Side) =>
    of((column, type) => {
      const text = column.get(side === 'lower' ? 'min' : 'max');
      return typeof text === 'string' ? bound(type, text, side) : undefined;
    });
  return {
    rows: written.count,
    bytes: written.file_size_bytes,
    columnSizes: count('column_size_bytes'),
    valueCounts: count('num_values'),
    nullCounts: count('null_count'),
    // It only tells whether there are any; of columns that hold none, nobody asks.
    nanCounts: new Map(),
    lowerBounds: bounds('lower'),
    upperBounds: bounds('upper'),
    splitOffsets: undefined,
  };
}

/** Names come quoted. */
const plain = (quoted: string): string => quoted.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"');
