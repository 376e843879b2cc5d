/** What a watchdog sees in the runs of a workflow: findings for issues, and lines for the summary. Pure. */
import { instant, plural } from '../text/format.ts';
import { markdownText, shortened } from '../text/table.ts';
import type { Failing, Finding } from './issue.ts';
import { unstartedFinding } from './legs.ts';

export interface WatchedRun {
  readonly event: string;
  readonly conclusion: string | undefined;
  readonly startedAt: string;
  readonly url: string;
  /** Undefined when nobody needed to look. */
  readonly jobs?: readonly WatchedJob[];
}

export interface WatchedJob {
  readonly name: string;
  readonly conclusion: string | undefined;
  readonly url: string;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | undefined }[];
}

export interface Watched {
  readonly now: Date;
  /** So long may nothing have been planned. */
  readonly hours: number;
  /** When GitHub first saw the workflow. */
  readonly createdAt: string;
  /** Newest first. */
  readonly runs: readonly WatchedRun[];
}

/** As the workflow names them: the jobs that plan and report, and the step that tells people of failures. */
export const PLAN_JOB = 'Plan';
export const REPORT_JOB = 'Report';
export const TELLING_STEP = 'Keep issues up to date';
/** With `legs: single`: the only job, and its step that plans. */
export const SINGLE_JOB = 'Plan, ingest and report';
export const PLAN_STEP = 'Plan';

/** Runs that ended so are well, without a look at their jobs. */
export const isFine = ({ conclusion }: WatchedRun): boolean =>
  conclusion === 'success' || conclusion === 'skipped' || conclusion === 'neutral';

/** Events that ask for what is owed; a run by hand may plan only what somebody named. */
const isTick = ({ event }: WatchedRun): boolean => event === 'schedule' || event === 'repository_dispatch';

/** A run whose plan was skipped is a schedule that nobody has switched on; nobody waits for it. */
const didPlan = (run: WatchedRun): boolean => isFine(run) || run.jobs?.some(isPlan) === true;

/** The only job is red for a leg, too; whether it has planned, its step says. */
function isPlan({ name, conclusion, steps }: WatchedJob): boolean {
  if (name === PLAN_JOB) return conclusion === 'success';
  return name === SINGLE_JOB && steps.some((step) => step.name === PLAN_STEP && step.conclusion === 'success');
}

const didTell = ({ jobs = [] }: WatchedRun): boolean =>
  jobs.some(({ steps }) => steps.some(({ name, conclusion }) => name === TELLING_STEP && conclusion === 'success'));

/** Ended, and neither well nor has it told anybody, as its jobs show. */
export const isDead = (run: WatchedRun): boolean =>
  run.conclusion !== undefined && !isFine(run) && run.jobs !== undefined && !didTell(run);

/** Planned work, for its report was wanted, and GitHub skipped the legs. */
function isUnstarted(run: WatchedRun): boolean {
  const jobs = run.jobs ?? [];
  const legs = jobs.filter(({ name }) => name !== PLAN_JOB && name !== REPORT_JOB);
  const isSkipped = ({ conclusion }: WatchedJob): boolean => conclusion === 'skipped';
  const isReported = jobs.some((job) => job.name === REPORT_JOB && !isSkipped(job));
  return didPlan(run) && isReported && legs.length > 0 && legs.every(isSkipped);
}

/** That no leg ran of the newest plan, which had work; undefined otherwise. Its report tells when legs run again. */
export function legsFinding({ runs }: Watched): Finding | undefined {
  const ended = runs
    .filter((run) => run.conclusion !== undefined && didPlan(run))
    .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  const newest = ended.at(-1);
  if (newest === undefined || !isUnstarted(newest)) return undefined;
  return unstartedFinding(ended.filter(isUnstarted).map(({ startedAt, url }) => ({ at: startedAt, url })));
}

/** Whether the planner has planned what is owed, not longer ago than it may be. */
export function plannerFinding({ now, hours, createdAt, runs }: Watched): Finding {
  const common = { subject: { watch: 'planner' }, title: 'The planner does not run' };
  const newest = runs.find((run) => isTick(run) && didPlan(run));
  const since = newest?.startedAt ?? createdAt;
  const at = now.toISOString();
  if (now.getTime() - Date.parse(since) <= hours * 3_600_000) {
    const line = newest === undefined ? 'It has not had to run yet.' : `It planned at ${instant(newest.startedAt)}.`;
    return { word: 'well', ...common, line, at, facts: linked(line, newest) };
  }
  const line =
    newest === undefined
      ? `Nothing has planned what is owed for ${hours} hours.`
      : `Nothing has planned what is owed since ${instant(newest.startedAt)}.`;
  const facts = list([
    line,
    'GitHub may not have started the schedule, the runs may wait for a machine, or fail before they plan: Actions → Data ingestion shows which.',
    'Nothing is lost: the next plan runs what is owed by then. Run workflow, with its inputs left as they are, makes one now.',
    'If it goes on, let a clock elsewhere send the event repository_dispatch of type tick.',
  ]);
  return { word: 'failing', ...common, line, code: 'planner-silent', failures: [at], facts };
}

/**
 * Whoever starts a run by hand sees it being refused, and cancels it on purpose. And that it ends well says nothing of the
 * schedule: it may have been a dry run.
 */
const isWatched = (run: WatchedRun): boolean =>
  isTick(run) || (isDead(run) && didPlan(run) && run.conclusion !== 'cancelled');

/** Whether the newest run that ended has told what became of it. */
export function runsFinding({ now, runs }: Watched): Finding {
  const common = { subject: { watch: 'runs' }, title: 'A run ended without a report' };
  // An old run may have been run again since.
  const ended = runs
    .filter((run) => run.conclusion !== undefined && isWatched(run))
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
  const [newest] = ended;
  if (newest === undefined || !isDead(newest)) {
    const at = newest?.startedAt ?? now.toISOString();
    const line = newest === undefined ? 'No run has ended.' : `The run of ${instant(at)} has reported.`;
    return { word: 'well', ...common, line, at, facts: linked(line, newest) };
  }
  const failures = ended.filter(isDead).map(({ startedAt }) => startedAt);
  return deadFinding(newest, { ...common, failures: failures.toReversed() });
}

const MOST_JOBS = 10;

function deadFinding(run: WatchedRun, common: Pick<Failing, 'subject' | 'title' | 'failures'>): Failing {
  const { jobs = [], startedAt, url } = run;
  const conclusion = String(run.conclusion).replaceAll('_', ' ');
  const line = `The run of ${instant(startedAt)} ended as ${conclusion}, before its report.`;
  const ended = jobs.filter(({ conclusion }) => conclusion !== 'success' && conclusion !== 'skipped');
  const facts = list([
    line,
    ...(jobs.length === 0 ? ['It has no jobs: GitHub does not take the workflow file, or had no machine for it.'] : []),
    'Who must act: you, if it goes on; what was owed is owed again, and the next plan runs it.',
  ]);
  const shown = ended.slice(0, MOST_JOBS).map((job) => {
    return `- [${markdownText(shortened(job.name, 100))}](${job.url}): ${markdownText(job.conclusion ?? 'never ended')}`;
  });
  const more = ended.length > MOST_JOBS ? [`- … and ${plural(ended.length - MOST_JOBS, 'other')}`] : [];
  const blocks = [facts, [...shown, ...more].join('\n'), `[The run](${url})`].filter((block) => block !== '');
  return { word: 'failing', ...common, line, code: `run-${run.conclusion}`, facts: blocks.join('\n\n') };
}

/** `disabled_manually` and its like are what somebody wants; only what GitHub does by itself is trouble. */
export function scheduleFinding(now: Date, state: string, refusal: string | undefined): Finding {
  const common = { subject: { watch: 'schedule' }, title: 'GitHub has switched the schedule off' };
  const at = now.toISOString();
  if (refusal === undefined || state !== 'disabled_inactivity') {
    return { word: 'well', ...common, line: 'The schedule is on.', at, facts: 'The schedule is on.' };
  }
  const line = 'Nobody has pushed for 60 days, so GitHub starts the schedule no more; switching it on was refused.';
  const facts = list([line, refusal, 'Who must act: you: Actions → Data ingestion → Enable workflow.']);
  return { word: 'failing', ...common, line, code: 'schedule-off', failures: [at], facts };
}

const list = (lines: readonly string[]): string =>
  lines.map((line) => `- ${markdownText(shortened(line, 1000))}`).join('\n');

const linked = (line: string, run: WatchedRun | undefined): string =>
  run === undefined ? line : `${line} [The run](${run.url})`;
