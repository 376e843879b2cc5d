/** What a source has and a job may read. */
import type { SqlType } from './rows.ts';

/** Its `name` is the `data_type` of a job. */
export interface Dataset {
  readonly name: string;
  readonly description?: string;
  readonly columns?: readonly {
    readonly name: string;
    readonly type: SqlType;
    readonly from?: string | readonly string[];
    readonly description?: string;
  }[];
  readonly key?: readonly string[];
  readonly capabilities: readonly ('incremental' | 'full' | 'preview' | 'filter')[];
  readonly cdm_model_id?: string;
}
