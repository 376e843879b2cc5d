/** Which names a column of a silver table may have, in every warehouse. Words of SQL may be names: drivers quote them. */

/** Letters, digits and `_`, as BigQuery asks (https://cloud.google.com/bigquery/docs/schemas#column_names); PostgreSQL cuts at 63 bytes. */
const NAME = /^[a-z][a-z0-9_]{0,59}$/i;

const PROVENANCE = 'every silver table has a column of this name already';
const POSTGRES = 'PostgreSQL has a column of this name in every table';

/** Why a name is taken, by the name. No quoting gives it back. */
export const takenColumnNames: ReadonlyMap<string, string> = new Map([
  ['checksum_sha256', PROVENANCE],
  ['bronze_object_path', PROVENANCE],
  ['bronze_line', PROVENANCE],
  ['source_url', PROVENANCE],
  ['ingested_at', PROVENANCE],
  // https://duckdb.org/docs/stable/sql/statements/select#row-ids
  ['rowid', 'DuckDB has a column of this name in every table'],
  // https://www.postgresql.org/docs/current/ddl-system-columns.html
  ['tableoid', POSTGRES],
  ['xmin', POSTGRES],
  ['cmin', POSTGRES],
  ['xmax', POSTGRES],
  ['cmax', POSTGRES],
  ['ctid', POSTGRES],
]);

/** Why no column can have the name, as the end of a sentence; undefined when one can. */
export function columnNameFault(name: string): string | undefined {
  if (!NAME.test(name)) return 'a name has at most 60 letters, digits and "_", and begins with a letter';
  return takenColumnNames.get(name.toLowerCase());
}
