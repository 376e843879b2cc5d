/** What the generated part of the dbt project is made of: each silver table that connectors and jobs declare. */
import type { Column } from '@tidemill/kit';

export interface DbtTable {
  /** The service: also the source of dbt. */
  readonly service: string;
  /** The data type. */
  readonly name: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly freshness: Freshness | undefined;
}

/** How old the newest row may be, in minutes. */
export interface Freshness {
  readonly warnAfter: number;
  readonly errorAfter: number;
}
