/** What several kinds of published events have in common. */
import { z } from 'zod';

const Instant = z.iso.datetime();
const Count = z.int().min(0);

/** Of one run of one job. */
const runShape = {
  environment: z.string().describe('The environment: its own bucket and warehouses.'),
  job: z.string().describe('Id of the job.'),
  service: z.string().describe('The service that its data comes from; the schema of its table.'),
  data_type: z.string().describe('What is fetched; the name of its table.'),
  run: z.string().describe('Identity of the run, unique per process.'),
  slot: z.string().describe('UTC instant of the cron occurrence, or `manual-RUN` for a run by hand.'),
  attempt: z.int().min(1).describe('Which try at the slot this is.'),
  continues: z
    .string()
    .optional()
    .describe(
      'The run that began with this slot and left it waiting for its source, if it was not this one: to whoever counts runs, they are one.',
    ),
};

export const Run = z.object(runShape);

const Interval = z
  .object({ start: Instant, end: Instant })
  .describe('The span of time that the run reads: from `start` on, up to before `end`.');

const Mode = z
  .enum(['incremental', 'full', 'backfill', 'replay'])
  .describe(
    '`incremental`: from the cursor on. `full`: everything again. `backfill`: a span of the past. `replay`: packages of bronze once more.',
  );

/** A run with what it reads. */
export const ReadingRun = Run.extend({
  mode: Mode,
  interval: Interval,
  started_at: Instant.describe('When the run began.'),
  description: z.string().optional().describe('Of the job, where the configuration has one.'),
  commit: z.string().optional().describe('Commit of the code and configuration that ran, where it is known.'),
});

const Input = z.object({
  namespace: z.string().describe('The address of the source, or `command` for a program of one’s own.'),
  name: z.string().describe('SERVICE.DATA_TYPE.'),
});

const Column = z.object({
  name: z.string(),
  type: z.string().describe('Type of the column, as a connector declares it.'),
  from: z
    .string()
    .optional()
    .describe(
      'The field of the record that its value is, with dots on the way to it; only where the configuration says so.',
    ),
});

const Dataset = z.object({
  namespace: z.string().describe('The system that it is in.'),
  name: z.string(),
  storage: z
    .object({ layer: z.string(), format: z.string() })
    .optional()
    .describe('Of one that is files: `iceberg` of `parquet`.'),
});

const Rows = z.object({ inserted: Count, updated: Count, unchanged: Count, deleted: Count });

const Output = z.object({
  warehouse: z.string().describe('Name of the warehouse in the configuration.'),
  url: z
    .string()
    .optional()
    .describe('Where it is, without credentials; only where the run has loaded something into it.'),
  dataset: Dataset.optional().describe(
    'What [catalogues of data](https://openlineage.io/docs/spec/naming) call the table; where `url` is told, and the driver knows it.',
  ),
  schema: z.string(),
  table: z.string(),
  columns: z.array(Column),
  rows: Rows.describe('What became of rows in this warehouse.'),
  rejected: Count.describe('Records that did not fit the table.'),
});

export const Gate = z.object({
  gate: z.string().describe('Its name: the key of the configuration where it has one.'),
  is_met: z.boolean(),
  says: z.string().optional().describe('How it is not met: a sentence.'),
});

/** A run that has ended. */
export const EndedRun = ReadingRun.extend({
  seconds: z.number().min(0).describe('How long it took.'),
  connector: z.string().optional().describe('PACKAGE@VERSION of the connector; `command` for a program of one’s own.'),
  inputs: z.array(Input).describe('What it read.'),
  outputs: z.array(Output).describe('The table, once for each warehouse that it loads into.'),
  records: Count.describe('Records that it read.'),
  rejected: Count.describe('Those that did not fit the table.'),
  packages: Count.describe('Packages that it committed to bronze.'),
  bytes: Count.describe('Their size as stored, compressed.'),
  gates: z.array(Gate).describe('Success gates that were asked of it.'),
});
export type EndedRun = z.infer<typeof EndedRun>;

/** A crawl: what is triggered at a source that answers later. Facts of its target (`brand`, `category`) stand beside these. */
export const CrawlRun = z.looseObject({
  crawl_id: z.string().describe('Identity of the crawl: it begins with the id of its job.'),
  snapshot_id: z.string().nullable().describe('What the source calls it; null where it never told.'),
  environment: runShape.environment,
  job: runShape.job,
  service: runShape.service,
  data_type: runShape.data_type,
  platform: z.string().nullable().optional().describe('Of the job’s options.'),
  competitor: z.string().nullable().optional().describe('Of the job’s options.'),
});

export { Count };
