import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import { openSession } from '../app/session.ts';
import type { Plan } from '../plan/types.ts';
import { lackingError } from '../report/lacking.ts';
import { exitCode } from '../report/outcome.ts';
import { runSummary } from '../report/summary.ts';
import { resultText } from '../report/terminal.ts';
import type { JobResult } from '../result/result.ts';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { sideBySide } from '../storage/side-by-side.ts';
import { readText } from '../storage/text.ts';
import type { CommonOptions, DefineCommand } from './command.ts';
import { printError } from './errors.ts';
import { addSummary } from './github.ts';
import type { TerminalSession as Session } from './host.ts';
import { checkRunId } from './selection.ts';

interface ReportOptions extends CommonOptions {
  readonly runId?: string;
  readonly site?: string;
  readonly days?: string;
}

const EXAMPLE = `
Examples:
  tidemill report --run-id 20261121T061700Z-123456-1 --environment dev
  tidemill report --site page --environment prd      the history of all jobs as page/index.html`;

export const reportCommand: DefineCommand = (command, host, exit) => {
  command('report')
    .description('Say what became of a run, from the records its legs left in the bucket. Red if any of them was.')
    .option('--run-id <id>', 'the run, as `plan` named it')
    .option('--site <folder>', 'instead, draw the history of all jobs as one page, for browsers')
    .option('--days <number>', 'how much of the history, today included (default: 14)')
    .addHelpText('after', EXAMPLE)
    .action(async (options: ReportOptions) => {
      const session = await openSession(host, options);
      if (options.site !== undefined) return exit(await drawSite(session, options.site, options));
      const runId = subjectOf(options);
      const { plan, results } = await readRun(session, runId);
      if (plan === undefined && results.length === 0) {
        throw new TidemillError('config', 'unknown-run', `${session.bucket.url} holds no record of the run ${runId}`);
      }
      const missing = plan?.runs.filter(({ job }) => results.every((result) => result.job !== job)) ?? [];
      addSummary(host, runSummary(results, plan));
      const document = { run: runId, results, missing: missing.map(({ job, slot }) => ({ job, slot })) };
      const lost = missing.map(({ job, slot }) => `${job}@${slot}: its leg ended without a report\n`).join('');
      host.stdout.write(options.json ? `${JSON.stringify(document, undefined, 2)}\n` : resultText(results) + lost);
      const lacking = lackingError(plan ?? {});
      if (lacking !== undefined) printError(host, lacking, []);
      exit(exitCode(results) || lacking?.exitCode || (missing.length > 0 ? 4 : 0));
    });
};

/** What draws is only loaded, and installed, where a page is wanted. */
async function drawSite(session: Session, folder: string, options: ReportOptions): Promise<number> {
  const { writeSite } = await import('./site.ts');
  return writeSite(session, folder, options);
}

function subjectOf({ runId }: ReportOptions): string {
  if (runId !== undefined) return checkRunId(runId);
  throw new TidemillError('config', 'report-subject', 'Nothing says what to report on', {
    hint: 'Name a run with --run-id, or draw the history of all of them with --site.',
  });
}

/** The newest result of each job and slot, and the plan. The records are Tidemill's own, read as they were written. */
export async function readRun(
  { bucket }: Session,
  runId: string,
): Promise<{ plan: Plan | undefined; results: JobResult[] }> {
  const results = new Map<string, JobResult>();
  let plan: Plan | undefined;
  for (const [key, text] of await readAll(bucket, keys.runPrefix(runId))) {
    if (key === keys.runRecord(runId, 'plan')) {
      plan = parseRecord(text, PlanRecord);
      continue;
    }
    const result = parseRecord(text, ResultRecord);
    // Its job counts as one whose leg ended without a report.
    if (result === undefined) continue;
    const id = `${result.job}@${result.slot}`;
    const known = results.get(id);
    if (known === undefined || known.started_at <= result.started_at) results.set(id, result);
  }
  const order = plan?.runs.map(({ job, slot }) => `${job}@${slot}`) ?? [];
  const place = ({ job, slot }: JobResult): number => order.indexOf(`${job}@${slot}`);
  return { plan, results: [...results.values()].sort((a, b) => place(a) - place(b)) };
}

/** Names end up in commands that people are told to copy: they are made of nothing else. */
const Name = z.string().regex(/^[\w.:-]{1,200}$/);

/** What every use of a record relies on: somebody may have laid something else there. */
const ResultRecord = z.looseObject({
  job: Name,
  slot: Name,
  environment: Name,
  result: z.enum(['done', 'covered', 'failed', 'stopped']),
  started_at: z.iso.datetime(),
  seconds: z.number(),
  lateness_seconds: z.number(),
  totals: z.looseObject({ records: z.number(), inserted: z.number() }),
  gates: z.array(z.string()),
  notices: z.array(z.string()),
}) as unknown as z.ZodType<JobResult>;

const PlanRecord = z.looseObject({
  runs: z.array(z.looseObject({ job: z.string(), slot: z.string() })),
  decisions: z.array(z.looseObject({ job: z.string(), decision: z.string(), reason: z.string() })),
}) as unknown as z.ZodType<Plan>;

function parseRecord<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The texts of all objects below a prefix, in the order of their keys. */
async function readAll(bucket: Bucket, prefix: string): Promise<[key: string, text: string][]> {
  const listed: string[] = [];
  for await (const { key } of bucket.list(prefix)) listed.push(key);
  const texts = new Map<string, string>();
  await sideBySide(listed, async (key) => {
    const object = await readText(bucket, key);
    if (object !== undefined) texts.set(key, object.text);
  });
  return listed.flatMap((key) => {
    const text = texts.get(key);
    return text === undefined ? [] : [[key, text] as [string, string]];
  });
}
