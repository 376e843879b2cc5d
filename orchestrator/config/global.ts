/** The section `global`: settings of the installation, and what its jobs take from it. */
import { z } from 'zod';
import * as field from './fields.ts';

/**
 * What a job takes from `global` unless it says otherwise. A knob is declared here and nowhere else: `global` has it with
 * its default, the entry of a job without, and each `Job` has what holds for it.
 */
const inherited = {
  timezone: field.timeZone().describe('IANA time zone that cron expressions are read in.').default('UTC'),
  tolerance_minutes: z
    .number()
    .min(0)
    .max(525_600)
    .describe('How late a run may start and still count as on time.')
    .default(60),
  catchup: z
    .enum(['latest', 'all', 'none'])
    .describe(
      'What happens to slots that were not run in time. latest: only the newest runs, and reads what the others would have read. all: each one runs, oldest first. none: a slot later than tolerance_minutes is missed, and what a command should have read for it stays unread.',
    )
    .default('latest'),
  max_lateness_minutes: z
    .number()
    .min(1)
    .max(525_600)
    .optional()
    .describe(
      'A slot later than this is missed, as with catchup: none, whatever catchup says. Default: no slot is too late.',
    ),
  max_catchup: z.int().min(1).max(1000).describe('With catchup: all, the most slots that one plan runs.').default(10),
  max_attempts: z
    .int()
    .min(1)
    .max(100)
    .describe(
      'How many plans try a slot that fails before it is given up, and the next one reads its interval. A fault that may pass by itself does not count.',
    )
    .default(3),
  breaker_failures: z
    .int()
    .min(1)
    .max(1000)
    .describe(
      'After so many runs that failed in a row, the breaker opens: a run every breaker_minutes probes the source.',
    )
    .default(5),
  breaker_minutes: z
    .number()
    .min(1)
    .max(44_640)
    .describe('While the breaker is open, how long to wait between probes.')
    .default(360),
  timeout_minutes: z.number().gt(0).max(7200).describe('After this time a run is stopped and has failed.').default(30),
  retry_attempts: z
    .int()
    .min(0)
    .max(20)
    .describe('Retries of one request, within a run, after a transient fault.')
    .default(3),
  max_reject_ratio: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'Share of rejected records, 0 to 1, above which a run is red. What fits is loaded all the same. 0: any is too many.',
    )
    .default(0.1),
  min_rejects: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .describe(
      'A run with fewer rejected records is not red for them, whatever share they are, unless max_reject_ratio is 0.',
    )
    .default(2),
  max_delete_ratio: z
    .number()
    .min(0)
    .max(1)
    .describe(
      "Share of a table's rows, 0 to 1. A run that says everything and would delete more of them, and more than max_delete_rows, deletes none and is red, until a person says --accept-deletes.",
    )
    .default(0.5),
  max_delete_rows: z
    .int()
    .min(0)
    .describe('So many rows a run that says everything may delete, whatever share of the table they are.')
    .default(20),
};
export type Inherited = z.output<z.ZodObject<typeof inherited>>;

type Own<T extends z.ZodRawShape> = {
  [K in keyof T]: z.ZodExactOptional<T[K] extends z.ZodDefault<infer U> ? U : T[K]>;
};

/** The same for the entry of a job: what it does not say is not there. */
export const own = Object.fromEntries(
  Object.entries(inherited).map(([name, option]) => [
    name,
    (option instanceof z.ZodDefault ? option.unwrap() : option).exactOptional(),
  ]),
) as Own<typeof inherited>;

const LEGS =
  'Machines of the workflow. per_job: one for each due job. packed: as few as take about ten minutes each, at most max_parallel_jobs; that costs less, for each machine is billed by the whole minute. Only jobs of one service share one, or of services without secrets, so there may be more. single: one for everything, plan and report included, where each service has a process of its own; that costs least, and keeps services less apart (docs/security.md). After a change to or from it: `npm run generate`.';

export const Global = z.strictObject({
  ...inherited,
  max_parallel_jobs: z.int().min(1).max(256).default(10).describe('The most jobs that run at the same time.'),
  python_version: z
    .string()
    .regex(/^3\.\d{1,2}$/, { error: 'expected a version in quotes, such as "3.13"' })
    .default('3.13')
    .describe('The Python that the workflow installs for the setup of services. After a change: `npm run generate`.'),
  legs: z.enum(['per_job', 'packed', 'single']).default('per_job').describe(LEGS),
  drivers: z
    .array(field.PackageName)
    .max(100)
    .default([])
    .describe(
      'npm packages of drivers from elsewhere, which this project depends on. After a change: `npm run generate`.',
    ),
});
export type Global = z.output<typeof Global>;

/** What holds when a file has no `global`. */
export const globalDefaults: Global = Global.parse({});

/** What each job takes from `global`. */
export const inheritedFrom = (global: Global): Inherited =>
  Object.fromEntries(Object.keys(inherited).map((name) => [name, global[name as keyof Inherited]])) as Inherited;
