/** What a run of dbt came to, told as that of a job. Pure. */
import { errorKinds, TidemillError } from '@tidemill/kit';
import type { Failure } from '../events/run-event.ts';
import { type JobResult, noTotals, transformName } from '../result/result.ts';
import { count, plural } from '../text/format.ts';
import type { FailedTest, Outcome } from './run-results.ts';

export interface TransformRun {
  readonly warehouse: string;
  readonly environment: string;
  readonly run: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** The most tests that may fail. */
  readonly maxFailedTests: number;
  /** Where dbt's own log lies. */
  readonly log: string;
  readonly logUrl: string | undefined;
}

const MOST_NAMES = 10;
const OUTLOOK = 'The next transform builds all of this again.';

/** What became of a run of dbt: it ended, it could not be made, or a person stopped it. */
export type Came = Outcome | TidemillError | 'stopped';

export function transformResult(run: TransformRun, came: Came): JobResult {
  const { warehouse, environment, run: id, startedAt, endedAt, logUrl } = run;
  const at = startedAt.toISOString();
  return {
    job: transformName(warehouse),
    service: 'dbt',
    data_type: 'transform',
    environment,
    slot: `manual-${id}`,
    interval: { start: at, end: at },
    run: id,
    attempt: 1,
    lateness_seconds: 0,
    started_at: at,
    seconds: (endedAt.getTime() - startedAt.getTime()) / 1000,
    totals: noTotals,
    superseded: 0,
    notices: [],
    rejects: [],
    quarantine: [],
    gates: [],
    is_settled: true,
    description: `What dbt makes of the tables in ${warehouse}`,
    ...(logUrl === undefined ? {} : { log_url: logUrl }),
    ...endingOf(came, run),
  };
}

function endingOf(came: Came, run: TransformRun): Pick<JobResult, 'result'> & Partial<JobResult> {
  if (came === 'stopped') return { result: 'stopped', reason: `stopped by hand. ${OUTLOOK}` };
  if (came instanceof TidemillError) return { result: 'failed', failure: failureOf(came), outlook: OUTLOOK };
  const { models, tests } = came;
  const failure = failureIn(came, run);
  return {
    notices: noticesOf(came),
    gates: gatesOf(came, run),
    built: { models, tests },
    ...(failure === undefined ? { result: 'done' } : { result: 'failed', failure, outlook: OUTLOOK }),
  };
}

function noticesOf({ models, tests, failedTests, warnings, skipped }: Outcome): string[] {
  const left = skipped === 0 ? '' : `; ${count(skipped)} left out because of what failed`;
  const told = warnings.length === 0 ? '' : `; only told: ${listed(warnings.map(testText))}`;
  return [
    `${plural(models, 'model')} made, ${count(tests - failedTests.length - warnings.length)} of ${plural(tests, 'test')} passed${told}${left}`,
  ];
}

function gatesOf({ failedTests, tests }: Outcome, { maxFailedTests }: TransformRun): string[] {
  if (failedTests.length <= maxFailedTests) return [];
  const most = maxFailedTests === 0 ? '' : `, more than ${count(maxFailedTests)}`;
  return [
    `${count(failedTests.length)} of ${plural(tests, 'test')} failed${most}: ${listed(failedTests.map(testText))}`,
  ];
}

const testText = ({ name, rows }: FailedTest): string =>
  rows === undefined ? `${name} (could not be asked)` : `${name} (${plural(rows, 'row')})`;

/** The warehouse's own words are left in dbt's log: they may hold values of rows. */
function failureIn({ failedModels }: Outcome, { log }: TransformRun): Failure | undefined {
  if (failedModels.length === 0) return undefined;
  const { exit, who } = errorKinds.config;
  const message = `${plural(failedModels.length, 'model')} could not be made: ${listed(failedModels)}`;
  const hint = `Correct the model, or what it reads. What the warehouse said is in ${log}, on the machine that ran it.`;
  return { kind: 'config', code: 'dbt-model-failed', message, hint, exit, who };
}

function failureOf({ kind, code, message, hint, exitCode }: TidemillError): Failure {
  return { kind, code, message, ...(hint === undefined ? {} : { hint }), exit: exitCode, who: errorKinds[kind].who };
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}
