/** How dbt reaches a warehouse, for one run of it. */
export interface DbtTarget {
  /**
   * The output of its profile: `type`, `schema` (`GOLD_SCHEMA`, or what stands for it there), and whatever the adapter asks for. It is
   * written to a file: a secret stands in it as `{{ env_var('NAME') }}`, and its value in `env`.
   */
  readonly profile: { readonly type: string; readonly schema: string } & Readonly<Record<string, unknown>>;
  /** Variables that dbt alone is given, and no file or log. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Where the silver tables are, if not as `service.data_type`: names in which `{service}` and `{table}` stand for these. Of
   * BigQuery, where all lie in one data set: `{ schema: 'ingestion', table: '{service}__{table}' }`.
   */
  readonly silver?: { readonly schema: string; readonly table: string };
  /** Whether models of earlier runs are still there. Where nothing is, what changed is built with all that it is made of. */
  readonly keeps: 'models' | 'nothing';
  /**
   * Called once when dbt has ended, however it did, with the relations that it built well: whoever lent it a scratch database
   * takes them from there. An error is one of the run.
   */
  finish?(built: readonly BuiltRelation[]): Promise<void>;
}

/** A table or view that dbt has made, by its names in the database. */
export interface BuiltRelation {
  readonly schema: string;
  readonly name: string;
}
