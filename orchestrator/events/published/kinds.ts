/** The kinds of events that leave Tidemill, and what each says. Adding a field is no change of a kind; any other is a new one. */
import { z } from 'zod';
import type { EventKind } from './kind-names.ts';
import { Count, CrawlRun, EndedRun, Gate, ReadingRun, Run } from './parts.ts';

const RunStarted = ReadingRun.describe('A run has claimed its slot and begins to read.');

const RunCompleted = EndedRun.extend({
  superseded: Count.describe('Older slots that were settled with this one.'),
}).describe('A run has ended well: its slot is settled. Gates may be unmet all the same.');

const Failure = z.object({
  kind: z.string().describe('`config`, `auth`, `quota`, `transient`, `source-changed` or `bug`.'),
  code: z.string().describe('Stable; docs/errors.md has them all.'),
  message: z.string(),
  hint: z.string().optional().describe('The next thing to do.'),
  who: z.string().describe('Who must act.'),
});

const RunFailed = EndedRun.partial()
  .extend({
    ...Run.shape,
    started_at: ReadingRun.shape.started_at,
    outcome: z
      .enum(['failed', 'stopped', 'died'])
      .describe(
        '`stopped`: a person stopped it. `died`: it ended without a word, as whoever came next has found; nobody knows then what it did.',
      ),
    failure: Failure.optional().describe('Of a run that failed.'),
    is_settled: z.boolean().describe('true: the slot is given up. false: it is owed again.'),
  })
  .describe('A run has not ended well. What it committed before is kept.');

const PackageCommitted = Run.extend({
  package: z.string().describe('Name of the package, unique.'),
  manifest: z.string().describe('Key of its manifest in the bucket.'),
  records: Count,
  bytes: Count.describe('As stored, compressed.'),
}).describe('What a run has read is in bronze, and in the state of its job.');

const DataChanged = Run.extend({
  object: z.string().describe('Key of the object in the bucket that has each change, a row a line.'),
  inserted: Count,
  updated: Count,
  deleted: Count,
  moved: Count.describe('Rows that the source says are called otherwise now.'),
  split: Count.describe('Rows that the source says were split into several.'),
  columns: z.record(z.string(), Count).describe('How often each column was changed by an update.'),
  from: z.string().optional().describe('Package that the table is compared with.'),
  to: z.string().optional().describe('The newest package that counts.'),
}).describe('Rows of the table are others than when that was last told. Only of jobs with `changes: true`.');

const SchemaDrift = Run.extend({
  added: z.array(z.string()).describe('Fields that are new, and that the table does not read.'),
  missing: z.array(z.string()).describe('Fields that every record had before, and none has now.'),
}).describe('Records of the source have other fields than before. Names, never values.');

const GateFailed = Run.extend({
  gates: z.array(Gate).min(1).describe('Those that are not met.'),
}).describe('A run ended well and does not meet a gate: its data is loaded, and somebody should look.');

const CrawlTriggered = CrawlRun.describe('A crawl was begun at the source.');

const DataIngestionCompleted = CrawlRun.extend({
  gcs_path: z.string().nullable().describe('Where the snapshot lies as the source wrote it: a URL of the bucket.'),
  gcs_paths: z
    .array(z.string())
    .optional()
    .describe('All of them: a snapshot that is too large for one file comes in parts, and `gcs_path` is the first.'),
  post_count: Count.nullable().describe('Posts in it, where the connector counts them.'),
  media_count: Count.nullable().describe('Pictures and videos of those posts, where the connector counts them.'),
}).describe('What a crawl has found is in bronze.');

const CrawlFailed = CrawlRun.extend({
  error_code: z.string().describe('Stable; docs/errors.md has them all.'),
  error_message: z.string(),
}).describe('A crawl will not bring anything any more.');

/** By the name of the kind. */
export const kinds = {
  'run-started': RunStarted,
  'run-completed': RunCompleted,
  'run-failed': RunFailed,
  'package-committed': PackageCommitted,
  'data-changed': DataChanged,
  'schema-drift': SchemaDrift,
  'gate-failed': GateFailed,
  'crawl-triggered': CrawlTriggered,
  'data-ingestion-completed': DataIngestionCompleted,
  'crawl-failed': CrawlFailed,
} as const satisfies Record<EventKind, z.ZodType>;

/** What an event of the kind says. */
export type Said<K extends EventKind> = z.infer<(typeof kinds)[K]>;
