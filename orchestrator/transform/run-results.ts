/** dbt's `run_results.json`, version 6: https://docs.getdbt.com/reference/artifacts/run-results-json */
import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import type { TableName } from '../warehouse/contract.ts';

/** What lies in the warehouse afterwards, or is asked of what does. */
const MADE = ['model', 'seed', 'snapshot'] as const;
const TESTS = ['test', 'unit_test'] as const;
/** `dbt build` tells of these, too: hooks are operations, and of exposures and saved queries nothing is done. */
const OTHERS = ['function', 'operation', 'exposure', 'saved_query'] as const;
const NODES = [...MADE, ...TESTS, ...OTHERS];

const Result = z.object({
  unique_id: z.string().regex(new RegExp(`^(${NODES.join('|')})\\.\\w+\\..+$`)),
  status: z.enum(['success', 'error', 'skipped', 'partial success', 'no-op', 'pass', 'fail', 'warn', 'runtime error']),
  execution_time: z.number().min(0),
  /** Rows that a test has found. */
  failures: z.int().min(0).nullable(),
  /** Where it was made; null for tests. */
  relation_name: z.string().nullable().optional(),
});

const RunResults = z.object({
  metadata: z.object({
    dbt_schema_version: z.literal('https://schemas.getdbt.com/dbt/run-results/v6.json'),
  }),
  results: z.array(Result),
});

/** Of severity `error` or `warn`. */
export interface FailedTest {
  readonly name: string;
  /** Rows that it found; undefined where it could not be asked. */
  readonly rows: number | undefined;
}

/** What a run of dbt came to. */
export interface Outcome {
  /** Models, seeds and snapshots that were made. */
  readonly models: number;
  /** Tests that were asked, the failed ones among them. */
  readonly tests: number;
  readonly failedTests: readonly FailedTest[];
  /** Tests that found rows and are only to be told. */
  readonly warnings: readonly FailedTest[];
  /** Names of models that could not be made, and of hooks and functions that failed. */
  readonly failedModels: readonly string[];
  /** What was left out because of those. */
  readonly skipped: number;
  /** The relations that were made. */
  readonly built: readonly TableName[];
}

/** Throws `dbt-results` for what is not as dbt 1.11 writes it. */
export function outcomeOf(text: string): Outcome {
  const results = parsed(text);
  const [tests, others] = [results.filter(isOf(TESTS)), results.filter((result) => !isOf(TESTS)(result))];
  const made = others.filter(isOf(MADE)).filter(({ status }) => status === 'success');
  const asked = tests.filter(({ status }) => status !== 'skipped');
  return {
    models: made.length,
    tests: asked.length,
    failedTests: asked
      .filter(({ status }) => status !== 'pass' && status !== 'warn')
      .map(({ unique_id, status, failures }) => ({
        name: nameIn(unique_id),
        rows: status === 'fail' ? (failures ?? undefined) : undefined,
      })),
    warnings: asked
      .filter(({ status }) => status === 'warn')
      .map(({ unique_id, failures }) => ({ name: nameIn(unique_id), rows: failures ?? undefined })),
    failedModels: others
      .filter(({ status }) => status === 'error' || status === 'runtime error' || status === 'partial success')
      .map(({ unique_id }) => nameIn(unique_id)),
    skipped: results.filter(({ status }) => status === 'skipped').length,
    built: made.flatMap(({ relation_name }) => relationIn(relation_name ?? '')),
  };
}

const isOf =
  (nodes: readonly string[]) =>
  ({ unique_id: id }: z.output<typeof Result>): boolean =>
    nodes.includes(id.split('.', 1)[0] ?? '');

function parsed(text: string): z.output<typeof RunResults>['results'] {
  try {
    return RunResults.parse(JSON.parse(text)).results;
  } catch (cause) {
    throw new TidemillError('bug', 'dbt-results', 'The results that dbt has left are not as this version writes them', {
      cause,
    });
  }
}

/** `test.tidemill.unique_dim_tracks_track_key.4f9d2c…`: behind the project; the last part tells tests of one name apart. */
const nameIn = (id: string): string => id.split('.')[2] ?? id;

/** `"warehouse"."gold"."dim_tracks"`, with the quotes of its dialect. */
function relationIn(name: string): TableName[] {
  const [table, schema] = name.replaceAll(/["`]/g, '').split('.').toReversed();
  return schema === undefined || table === undefined ? [] : [{ schema, name: table }];
}
