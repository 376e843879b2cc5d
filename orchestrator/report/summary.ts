/** The step summaries of plan, leg and run as Markdown: outcome first, then one line a job. Pure. */
import type { Plan } from '../plan/types.ts';
import { bytes, count, duration, instant, lateness, plural } from './format.ts';
import { gantt } from './gantt.ts';
import { headline, isRed, word } from './outcome.ts';
import type { JobResult } from './result.ts';
import { markdownTable, markdownText, shortened } from './table.ts';

/** Rows of a table, so that a summary of any size stays far below GitHub's 1 MiB. */
const MOST_ROWS = 500;
const MOST_FAILURES = 50;

/** What the planner decided: the owed runs first, then why the others do not run. */
export function planSummary(plan: Plan): string {
  const runs = plan.runs.map(({ job, slot, attempt, reason }) => [job, instant(slot), String(attempt), reason]);
  const others = plan.decisions
    .filter(({ decision }) => decision !== 'run')
    .map(({ job, decision, reason, next }) => [
      job,
      decision.replace('_', ' '),
      reason,
      next === undefined ? '' : instant(next),
    ]);
  return page([
    `### ${plan.has_work ? `${plural(plan.runs.length, 'run')} planned` : 'Nothing is owed'} in ${markdownText(plan.environment)}`,
    `Planned at ${instant(plan.now)}.`,
    table(['job', 'slot', 'attempt', 'why'], runs),
    others.length === 0 ? '' : `#### Not now`,
    table(['job', 'decision', 'why', 'next slot'], others),
  ]);
}

/** One leg, short: the table and what went wrong. */
export function legSummary(results: readonly JobResult[]): string {
  return page([`### ${mark(results)} ${headline(results)}`, resultsTable(results), ...failures(results)]);
}

/** The whole run: results of all legs, the others with their reasons, and when the legs ran. */
export function runSummary(results: readonly JobResult[], plan: Plan | undefined): string {
  const reported = new Set(results.map(({ job }) => job));
  const missing = plan?.runs.filter(({ job }) => !reported.has(job)) ?? [];
  return page([
    `### ${mark(results, missing.length)} ${headline(results)}`,
    missing.length === 0 ? '' : `${plural(missing.length, 'leg')} ended without a report: look at its log.`,
    table(
      ['job', 'slot'],
      missing.map(({ job, slot }) => [job, instant(slot)]),
    ),
    resultsTable(results),
    ...failures(results),
    gantt(results),
    plan === undefined
      ? ''
      : `<details><summary>Why the other jobs did not run</summary>\n\n${others(plan)}\n\n</details>`,
  ]);
}

const mark = (results: readonly JobResult[], missing = 0): string => (results.some(isRed) || missing > 0 ? '❌' : '✅');

function others(plan: Plan): string {
  const rows = plan.decisions.filter(({ decision }) => decision !== 'run').map(({ job, reason }) => [job, reason]);
  return rows.length === 0 ? 'All of them ran.' : table(['job', 'why'], rows);
}

const HEAD = [
  'job',
  'outcome',
  'slot',
  'lateness',
  'records',
  'new',
  'changed',
  'unchanged',
  'deleted',
  'rejected',
  'bytes',
  'time',
  'next slot',
];

function resultsTable(results: readonly JobResult[]): string {
  const rows = results.map((result) => {
    const { records, inserted, updated, unchanged, deleted, rejected } = result.totals;
    return [
      result.job,
      word(result),
      instant(result.slot),
      lateness(result.lateness_seconds),
      ...[records, inserted, updated, unchanged, deleted, rejected].map(count),
      bytes(result.totals.bytes),
      duration(result.seconds),
      result.next === undefined ? 'by hand' : instant(result.next),
    ];
  });
  return table(HEAD, rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, MOST_ROWS).map((row) => row.map((cell) => markdownText(shortened(cell, 300))));
  const more = rows.length > MOST_ROWS ? `\n\n… and ${count(rows.length - MOST_ROWS)} more.` : '';
  return markdownTable(head, shown) + more;
}

function failures(results: readonly JobResult[]): string[] {
  return results.filter(isRed).slice(0, MOST_FAILURES).map(failureBlock);
}

/** What happened, who must act, and the command that shows it on one's own machine. */
function failureBlock({ job, slot, environment, failure, gates, rejects, quarantine }: JobResult): string {
  const at = slot.startsWith('manual-') ? job : `${job}@${slot}`;
  const facts = [
    ...gates.map((gate) => `Gate not met: ${gate}`),
    ...(failure === undefined
      ? []
      : [`${failure.kind} ${failure.code}: ${failure.message}`, `Who must act: ${failure.who}`]),
    ...(failure?.hint === undefined ? [] : [failure.hint]),
    ...rejects.map((reject) => `Rejected: ${reject}`),
    ...quarantine.map((key) => `Rejected records lie in ${key}`),
  ];
  const list = facts.map((fact) => `- ${markdownText(shortened(fact, 2000))}`).join('\n');
  const command = `npx tidemill run ${at} --environment ${environment}`;
  return `#### ${markdownText(job)}\n\n${list}\n\nTo see it on your own machine:\n\n\`\`\`sh\n${command}\n\`\`\``;
}

const page = (blocks: readonly string[]): string => `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
