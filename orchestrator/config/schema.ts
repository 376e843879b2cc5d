/**
 * The two files as a person writes them. The descriptions are the documentation: the JSON Schemas that editors read
 * and the option tables are made of them.
 */
import { z } from 'zod';
import type { Driver } from '../drivers/manifest.ts';
import { ColumnSpec } from './columns.ts';
import { type CrawlDefaults, crawlSection } from './crawl.ts';
import * as field from './fields.ts';
import { Global, own } from './global.ts';
import { environment, shorthands } from './places.ts';
import { TransformSection } from './transform.ts';
import { checkWriting } from './writing.ts';

/** A program of somebody else's. */
const Command = z.union([field.Words, z.array(z.string()).min(1)]);

const Setup = z
  .strictObject({
    python: z
      .union([field.Words, z.array(field.Requirement).min(1).max(100)])
      .optional()
      .describe(
        'A requirements.txt, or a list of requirements such as tap-github==1.30.0: its packages are installed into an environment of the service alone, whose python3 and programs its commands find first. By uv where that is on the path, else by pip.',
      ),
    node: field.Words.optional().describe(
      'A folder with a package.json and its lock file: `npm ci` is run there, without install scripts.',
    ),
    run: field.Words.optional().describe('A line for the shell, run in base_path after the others.'),
  })
  .refine((setup) => Object.keys(setup).length > 0, { error: 'expected python, node or run' });

const ServiceEntry = z.strictObject({
  package: field.PackageName.optional().describe(
    'npm package of the connector. Default: @tidemill/NAME. Beside command: the package that brings the program, which a leg installs. Default: none.',
  ),
  options: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Options of the service, for a connector that is open: one that services of any name may have.'),
  base_url: field.BaseUrl.optional().describe('Where the API lives, when it is not where the connector says.'),
  auth_url: field.BaseUrl.optional().describe(
    'Where the service signs people in and hands out tokens, when it is not where the connector says: takes the place of scheme and host, before the path.',
  ),
  serial: z
    .boolean()
    .default(false)
    .describe(
      'Run its jobs one after the other, those of different plans too: they share a credential that rotates, or a rate limit.',
    ),
  base_path: field.Words.default('.').describe(
    'Folder that fetch_script lies in and runs in, relative to this file. Commands of jobs run in the folder of this file.',
  ),
  setup: Setup.optional().describe(
    'What its commands need installed, before any secret is there: `npx tidemill setup` does it, on GitHub and at home. Paths start from base_path. After a change: `npm run generate`.',
  ),
  command: Command.optional().describe(
    'A program that replaces the connector: jobs without a command of their own run it, in the folder of this file, with their data_type as its last argument. A line for the shell, or a list of program and arguments. With --discover in that place it says which data types there are.',
  ),
  fetch_script: field.Words.optional().describe(
    'Script in base_path that replaces the connector: jobs without a command run it with their data_type as its argument (.ts, .js and .mjs by node, .py by python3, .sh by bash, others by themselves).',
  ),
  supported_data_types: z
    .array(field.DataType)
    .max(1000)
    .optional()
    .describe('The only data types that jobs may name. Default: whatever the connector has.'),
});
const Service = ServiceEntry.refine((entry) => entry.command === undefined || entry.fetch_script === undefined, {
  error: 'expected no fetch_script beside command: both take the place of the connector',
  path: ['fetch_script'],
}).refine((entry) => (entry.command ?? entry.fetch_script) === undefined || entry.options === undefined, {
  error: 'a program takes no options: expected them in the command itself',
  path: ['options'],
});
export type Service = z.output<typeof Service>;

/** A service that is named and nothing more. */
export const serviceDefaults: Service = Service.parse({});

const Expect = z
  .strictObject({
    min_records: z
      .int()
      .min(0)
      .optional()
      .describe(
        'The fewest records a run may read. One that finds the source unchanged is not asked; one that says everything, and less, deletes nothing.',
      ),
    max_reject_ratio: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe("The older spelling of the job's own max_reject_ratio, which it takes the place of."),
    max_lateness: field.Span.optional().describe(
      'How late after its slot a run may start: minutes, or a text such as 90m, 26h or 2d. Runs by hand are never late.',
    ),
    fresh_within: field.Span.optional().describe(
      'How old the newest row of the table may be when a run ends, by the column fresh_by: minutes, or a text such as 90m, 26h or 2d. A table without rows is not fresh.',
    ),
    fresh_by: field.AnyColumn.optional().describe(
      'A column of type timestamptz or date that says how new a row is; a date counts from its beginning, UTC. Default: ingested_at, when a row came or last changed.',
    ),
  })
  .superRefine((expect, context) => {
    if (expect.fresh_by === undefined || expect.fresh_within !== undefined) return;
    context.addIssue({ code: 'custom', path: ['fresh_by'], message: 'expected fresh_within beside it' });
  });

const jobFields = (checkCron: field.CheckCron, crawl?: CrawlDefaults) =>
  z.strictObject({
    service: field.ServiceName.describe('The service the data comes from; also the schema of the silver table.'),
    previous_ids: z
      .array(field.Id)
      .max(100)
      .default([])
      .describe('Ids that the job had before: its state moves along, so that nothing is read twice or forgotten.'),
    data_type: field.DataType.describe('What is fetched from the service; also the name of the silver table.'),
    description: z.string().default('').describe('One sentence for reports and people.'),
    cron: field
      .cronExpression(checkCron)
      .optional()
      .describe('When: minute, hour, day of month, month, day of week. A job without it only runs by hand.'),
    enabled: z.boolean().default(true).describe('false keeps the job out of every plan.'),
    environment: z
      .union([field.Id, z.array(field.Id).min(1).max(100)])
      .optional()
      .describe('The environment the job belongs to, or a list of them. Default: every one.'),
    warehouses: field.WarehouseNames.optional().describe('The warehouses it loads into, by name. Default: all.'),
    command: Command.optional().describe(
      'A program that runs in place of the connector, in the folder of this file: a line for the shell, or a list of program and arguments. Each line it prints is a record in JSON.',
    ),
    dependencies: z
      .array(field.VariableName)
      .default([])
      .describe(
        'Environment variables that the job may see; on GitHub, variables or secrets of the environment. After a change: `npm run generate`.',
      ),
    options: z.record(z.string(), z.unknown()).default({}).describe("The connector's options for this job."),
    max_interval: field.Span.optional().describe(
      'The longest interval of a job that reads by interval, as commands do: a longer one, after an outage, is read in pieces, each kept before the next is begun. Minutes, or a text such as 90m, 26h or 2d. Default: however long it is.',
    ),
    columns: z
      .record(field.ColumnName, ColumnSpec)
      .refine((columns) => Object.keys(columns).length > 0, { error: 'expected at least one column' })
      .optional()
      .describe(
        'Silver columns of a job that makes its table, by a command or an open connector: name and type, or name and a mapping that also says which field it takes. Default: each record whole, in one jsonb column.',
      ),
    primary_key: z.array(z.string()).max(100).default([]).describe('Of such a job: columns that identify a row.'),
    write: z
      .enum(['upsert', 'append', 'replace'])
      .optional()
      .describe(
        'How such a job changes its table. upsert: rows are inserted or updated. append: rows are only added. replace: the older spelling of scope: everything. Default: upsert with a primary_key, append without.',
      ),
    scope: z
      .enum(['changes', 'everything'])
      .optional()
      .describe(
        'What a run of such a job says. changes: rows that it does not name stay as they are. everything: it says everything there is, and they are deleted; needs a primary_key. Default: changes.',
      ),
    changes: z
      .boolean()
      .default(false)
      .describe(
        'true: after each load, which rows have come, changed and gone since the last one is written beside the raw data, as changes/SERVICE/TYPE/…, one row a line with its columns before and after. The first run of a job writes none.',
      ),
    crawl: crawlSection(crawl)
      .prefault({})
      .describe('How it waits for a source that answers later: of jobs whose data type is crawled, and of no other.'),
    ...own,
    expect: Expect.default({}).describe(
      'Success gates. A run that ends well but does not meet one is red and exits with 6, as one with too many rejects; its data is loaded and its slot done all the same.',
    ),
  });

export type JobEntry = z.output<ReturnType<typeof jobFields>>;

const Jobs = (checkCron: field.CheckCron, crawl?: CrawlDefaults) => {
  const entry = jobFields(checkCron, crawl);
  const listed = entry.extend({ id: field.Id.describe('The name of the job.') });
  return z.union([z.record(field.Id, entry.superRefine(checkWriting)), z.array(listed.superRefine(checkWriting))]);
};

const Selectors = z.array(field.Selector).min(1);

const Groups = z.record(
  field.Id,
  z.union([
    Selectors,
    z.strictObject({
      description: z.string().default('').describe('One sentence for people.'),
      jobs: Selectors.describe('Ids of jobs, patterns with * and ?, and service:NAME for all jobs of a service.'),
    }),
  ]),
);
export type Groups = z.output<typeof Groups>;

const groupsSection = Groups.nullish().describe(
  'Named sets of jobs: each a list of ids, patterns with * and ?, and service:NAME, or one with a description.',
);

/** `ingestion-config.yaml`. */
export const mainFile = (checkCron: field.CheckCron, drivers: readonly Driver[], crawl?: CrawlDefaults) =>
  z.strictObject({
    // What drivers add is known when it runs, and not to the types.
    global: (Global.extend(shorthands(drivers)) as unknown as typeof Global)
      .nullish()
      .describe('Settings of the whole installation, and defaults of its jobs.'),
    environments: z
      .record(field.Id, environment(drivers).nullable())
      .nullish()
      .describe('Where the data goes, by name of the environment. local is always there.'),
    services: z
      .record(field.ServiceName, Service.nullable())
      .nullish()
      .describe('The services that jobs name. Without this section jobs may name any.'),
    jobs: Jobs(checkCron, crawl).nullable().describe('What runs, by id; or a list of jobs that each have an id.'),
    job_groups: groupsSection,
    transform: TransformSection.nullish().describe('What dbt makes of the tables: models, and tests of them.'),
  });
export type MainFile = z.output<ReturnType<typeof mainFile>>;

/** `job-groups.yaml`. An empty file is one without groups. */
export const groupsFile = z.strictObject({ job_groups: groupsSection }).nullable();
