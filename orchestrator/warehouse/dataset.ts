/** What a table is called where the data of many systems meets. */
export interface Dataset {
  /** The system, mostly as a URL without a path. */
  readonly namespace: string;
  /** The table in it: `DATABASE.SCHEMA.TABLE`. */
  readonly name: string;
  /** Of one that is files: how they make a table, and what they are. Words of OpenLineage: `iceberg`, `parquet`. */
  readonly storage?: { readonly layer: string; readonly format: string };
}
