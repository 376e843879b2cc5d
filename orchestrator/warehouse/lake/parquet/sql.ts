/** What DuckDB is asked about Parquet files, and how it writes them. Pure. */
import { duckDb } from '../../engine/dialect.ts';
import { ownIdentifier } from '../../sql.ts';
import type { TableField } from '../table.ts';

/** The name of a field inside a statement: no column of a table has it, and it stays when that is renamed. */
export const columnOf = ({ id }: Pick<TableField, 'id'>): string => ownIdentifier(duckDb, `field_${id}`);

/** A copy of a file. */
export interface LocalFile {
  readonly path: string;
  readonly number: number;
  readonly rows: number;
}

/**
 * The rows of files, each with `file`, the number of its file, and `pos`, its place in the file; and the fields, NULL where a file
 * does not have one. Fields are found by their ids.
 */
export function filesSql(
  files: readonly LocalFile[],
  fields: readonly TableField[],
  { nameOf = columnOf, within }: { nameOf?: (field: TableField) => string; within?: KeyRange | undefined } = {},
): string {
  const schema = fields.map(
    (field) =>
      `${field.id}: {name: ${duckDb.literal(unquoted(nameOf(field)))}, type: ${duckDb.literal(field.type)}, default_value: NULL}`,
  );
  const paths = files.map(({ path }) => duckDb.literal(path));
  // With a schema DuckDB does not look how many rows there are, and would hold the larger side of a join in memory.
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const from = `read_parquet([${paths.join(', ')}], schema = MAP {${schema.join(', ')}}, explicit_cardinality = ${rows})`;
  const file = `[${files.map(({ number }) => number).join(', ')}]::BIGINT[]`;
  const columns = fields.map(nameOf).join(', ');
  const isWithin = within === undefined ? '' : ` WHERE ${conditionOf(within, nameOf)}`;
  return `(SELECT (${file})[CAST(file_index AS BIGINT) + 1] AS file, file_row_number AS pos, ${columns} FROM ${from}${isWithin})`;
}

/** Values of a field from one text to another, both included. */
export interface KeyRange {
  readonly field: TableField;
  readonly least: string;
  readonly greatest: string;
}

/** DuckDB skips groups of rows by it. */
function conditionOf({ field, least, greatest }: KeyRange, nameOf: (field: TableField) => string): string {
  const value = (text: string): string => `CAST(${duckDb.literal(text)} AS ${field.type})`;
  return `${nameOf(field)} BETWEEN ${value(least)} AND ${value(greatest)}`;
}

const unquoted = (identifier: string): string => identifier.slice(1, -1).replaceAll('""', '"');

/** One row for each column of each group of rows. */
export const chunksSql = (path: string): string => {
  const file = duckDb.literal(path);
  // Offsets of dictionaries are 0 where there is none in files of some writers.
  return `
    SELECT s.field_id, CASE WHEN dictionary_page_offset > 0 THEN least(dictionary_page_offset, data_page_offset) ELSE data_page_offset END,
      total_compressed_size, bloom_filter_offset, bloom_filter_length, row_group_id,
      stats_min_value, stats_max_value
    FROM parquet_metadata(${file}) m JOIN parquet_schema(${file}) s ON s.name = m.path_in_schema
    WHERE s.field_id IS NOT NULL AND s.num_children IS NULL`;
};

/**
 * `split`: as many files as their size asks for, in no order. `ordered`: one file, its rows as the query gives them, which takes
 * more memory.
 */
export type Layout = 'split' | 'ordered';

/** Of a file; a table of more bytes has several. */
const FILE_SIZE = '128MB';
/** A group of rows is held in memory until it is full, by each thread one. Of long rows it has fewer. */
const GROUP_SIZE = '32MB';

/**
 * Writes what the query gives to `path`, a folder that is not there yet or, when it is `ordered`, a file; and answers with a row for
 * each file. Without bloom filters: they lie apart from the columns, and a reader would fetch them by requests of their own.
 */
export function copySql(
  query: string,
  path: string,
  fields: readonly Pick<TableField, 'id' | 'name'>[],
  { layout, rowGroup }: { readonly layout: Layout; readonly rowGroup: number },
): string {
  const ids = fields.map(({ id, name }) => `${duckDb.identifier(name)}: ${id}`).join(', ');
  const laidOut =
    layout === 'split' ? `FILE_SIZE_BYTES '${FILE_SIZE}', ROW_GROUP_SIZE_BYTES '${GROUP_SIZE}'` : 'PRESERVE_ORDER true';
  const options = `FORMAT parquet, COMPRESSION zstd, FIELD_IDS {${ids}}, ROW_GROUP_SIZE ${rowGroup}, ${laidOut}`;
  return `COPY (${query}) TO ${duckDb.literal(path)} (${options}, WRITE_BLOOM_FILTER false, RETURN_STATS)`;
}
