/** The step summaries of plan, leg and run as Markdown: outcome first, then one line a job. Pure. */
import { errorKinds, type TidemillError } from '@tidemill/kit';
import type { DecisionWord, Plan } from '../plan/types.ts';
import type { JobResult } from '../result/result.ts';
import { instant, plural } from '../text/format.ts';
import { boundedBlocks, boundedTable, fenced, folded, page } from '../text/markdown.ts';
import { markdownText, shortened } from '../text/table.ts';
import { failureBlock } from './failure.ts';
import { gantt } from './gantt.ts';
import { alarmList, missingCredentialsText } from './missing-credentials.ts';
import { headline, isRed } from './outcome.ts';
import {
  changesSection,
  driftTable,
  missingTable,
  moreTable,
  notices,
  othersTable,
  rejectsSection,
  resultsTable,
  untimelyTable,
} from './sections.ts';

/** Bytes: with the sections, below the 1 MiB that GitHub takes of a summary. */
const MOST_FAILURES = 200_000;
const MOST_RUNS = 300_000;
const MOST_LACKING_CHARS = 1000;
const REJECTED = 'Records that did not fit, in quarantine';
const MORE = 'Records, sizes and when each began';
/** Of an error: the faults of a configuration may be a hundred. */
const MOST_LINES = 300;

/** What the planner decided: the owed runs first, then why the others do not run. */
export function planSummary(plan: Plan): string {
  const runs = plan.runs.map(({ job, slot, attempt, reason }) => [job, instant(slot), String(attempt), reason]);
  return page([
    `### ${planned(plan)} in ${markdownText(plan.environment)}`,
    ...missingCredentialsBlocks(plan),
    `Planned at ${instant(plan.now)}.`,
    boundedTable(['job', 'slot', 'attempt', 'why'], runs, MOST_RUNS),
    titled('Not now', othersTable(plan)),
  ]);
}

const HELD: ReadonlySet<DecisionWord> = new Set([
  'waiting',
  'in_progress',
  'breaker_open',
  'missing_credentials',
  'unit_gone',
  'deferred',
]);

/** What waits, for crawls or for the breaker, is owed all the same. */
function planned({ has_work, runs, decisions }: Plan): string {
  if (has_work) return `${plural(runs.length, 'run')} planned`;
  return decisions.some(({ decision }) => HELD.has(decision)) ? 'Nothing runs now' : 'Nothing is owed';
}

/** One leg, short: the table and what went wrong. */
export function legSummary(results: readonly JobResult[]): string {
  return page([
    `### ${mark(results)} ${headline(results)}`,
    resultsTable(results),
    failures(results),
    titled(REJECTED, rejectsSection(results)),
    notices(results),
    titled('What has changed in the tables', changesSection(results)),
    titled('The source has changed', driftTable(results)),
    folded(MORE, moreTable(results)),
  ]);
}

/** The whole run: results of all legs, the others with their reasons, and when the legs ran. `unstarted`: why none of them did. */
export function runSummary(results: readonly JobResult[], plan: Plan | undefined, unstarted?: TidemillError): string {
  const alarm = alarmList(plan ?? {});
  const reported = new Set(results.map(({ job }) => job));
  const missing = plan?.runs.filter(({ job }) => !reported.has(job)) ?? [];
  const others = plan === undefined ? '' : othersTable(plan);
  return page([
    `### ${alarm === '' ? mark(results, missing.length) : '❌'} ${headline(results)}`,
    ...missingCredentialsBlocks(plan ?? {}),
    missing.length === 0 || unstarted !== undefined
      ? ''
      : `${plural(missing.length, 'leg')} ended without a report: the log of each may say why.`,
    unstarted === undefined ? '' : markdownText(`${unstarted.message}. ${unstarted.hint ?? ''}`),
    missingTable(missing),
    resultsTable(results),
    failures(results),
    titled(REJECTED, rejectsSection(results)),
    titled('Slots without a run of their own', untimelyTable(results, plan)),
    titled('What has changed in the tables', changesSection(results)),
    titled('Sources that have changed', driftTable(results)),
    folded('What was noticed', notices(results)),
    folded(MORE, moreTable(results)),
    titled('When they ran', gantt(results)),
    plan !== undefined && others === '' ? 'These are all jobs of the configuration.' : '',
    folded('Why the other jobs did not run', others),
  ]);
}

/** A command that came to nothing: why, and who must act. */
export function errorSummary(what: string, { kind, code, message, hint = '' }: TidemillError): string {
  return page([
    `### ❌ ${what}`,
    fenced(message.split('\n').slice(0, MOST_LINES), 'text'),
    markdownText(hint),
    `${markdownText(code)}; who must act: ${markdownText(errorKinds[kind].who)}`,
  ]);
}

function missingCredentialsBlocks(plan: Pick<Plan, 'missing_credentials'>): string[] {
  const text = missingCredentialsText(plan);
  return text === undefined ? [] : [`🔑 ${markdownText(shortened(`${text}.`, MOST_LACKING_CHARS))}`, alarmList(plan)];
}

const mark = (results: readonly JobResult[], missing = 0): string => (results.some(isRed) || missing > 0 ? '❌' : '✅');

const failures = (results: readonly JobResult[]): string =>
  boundedBlocks(results.filter(isRed), MOST_FAILURES, failureBlock);

const titled = (title: string, content: string): string => (content === '' ? '' : `#### ${title}\n\n${content}`);
