import { TidemillError } from '@tidemill/kit';
import type { Plan } from '../plan/types.ts';
import { exitCode } from '../report/outcome.ts';
import type { JobResult } from '../report/result.ts';
import { runSummary } from '../report/summary.ts';
import { resultText } from '../report/terminal.ts';
import { keys } from '../storage/keys.ts';
import { readText } from '../storage/text.ts';
import { addSummary } from './github.ts';
import type { DefineCommand } from './program.ts';
import { checkRunId } from './selection.ts';
import { type CommonOptions, openSession, type Session } from './session.ts';

interface ReportOptions extends CommonOptions {
  readonly runId: string;
}

const EXAMPLE = `
Example:
  tidemill report --run-id 20261121T061700Z-123456-1 --environment dev`;

export const reportCommand: DefineCommand = (command, host, exit) => {
  command('report')
    .description('Say what became of a run, from the records its legs left in the bucket. Red if any of them was.')
    .requiredOption('--run-id <id>', 'the run, as `plan` named it')
    .addHelpText('after', EXAMPLE)
    .action(async (options: ReportOptions) => {
      const session = await openSession(host, options);
      const { plan, results } = await readRun(session, checkRunId(options.runId));
      if (plan === undefined && results.length === 0) {
        throw new TidemillError(
          'config',
          'unknown-run',
          `${session.bucket.url} holds no record of the run ${options.runId}`,
        );
      }
      const missing = plan?.runs.filter(({ job }) => results.every((result) => result.job !== job)) ?? [];
      addSummary(host, runSummary(results, plan));
      const document = { run: options.runId, results, missing: missing.map(({ job, slot }) => ({ job, slot })) };
      const lost = missing.map(({ job, slot }) => `${job}@${slot}: its leg ended without a report\n`).join('');
      host.stdout.write(options.json ? `${JSON.stringify(document, undefined, 2)}\n` : resultText(results) + lost);
      exit(exitCode(results) || (missing.length > 0 ? 4 : 0));
    });
};

/** The newest result of each job and slot, and the plan. The records are Tidemill's own, read as they were written. */
export async function readRun(
  { bucket }: Session,
  runId: string,
): Promise<{ plan: Plan | undefined; results: JobResult[] }> {
  const results = new Map<string, JobResult>();
  let plan: Plan | undefined;
  for await (const { key } of bucket.list(keys.runPrefix(runId))) {
    const object = await readText(bucket, key);
    if (object === undefined) continue;
    if (key === keys.runRecord(runId, 'plan')) {
      plan = JSON.parse(object.text) as Plan;
      continue;
    }
    const result = JSON.parse(object.text) as JobResult;
    const id = `${result.job}@${result.slot}`;
    const known = results.get(id);
    if (known === undefined || known.started_at <= result.started_at) results.set(id, result);
  }
  const order = plan?.runs.map(({ job, slot }) => `${job}@${slot}`) ?? [];
  const place = ({ job, slot }: JobResult): number => order.indexOf(`${job}@${slot}`);
  return { plan, results: [...results.values()].sort((a, b) => place(a) - place(b)) };
}
