/** The tables of a run's summary, each of a bounded size. Pure. */
import type { Plan, Span } from '../plan/types.ts';
import type { JobResult } from '../result/result.ts';
import type { Settlement } from '../state/job-state.ts';
import { backfillCommand, bytes, count, duration, instant, lateness, plural } from '../text/format.ts';
import { boundedList, boundedTable } from '../text/markdown.ts';
import { isRed, otherRows, rejectLines, word } from './outcome.ts';

/** Bytes of each, so that together they stay below the 1 MiB that GitHub takes of a summary. */
const MOST = {
  results: 240_000,
  more: 140_000,
  missing: 30_000,
  untimely: 60_000,
  drift: 50_000,
  notices: 60_000,
  others: 130_000,
};

const HEAD = ['job', 'outcome', 'records', 'new', 'changed', 'deleted', 'rejected', 'time'];

/** One line a job, the red ones first; its name leads to the log of its leg. As wide as GitHub shows without scrolling. */
export function resultsTable(results: readonly JobResult[]): string {
  const rows = redFirst(results).map((result) => {
    const { records, inserted, updated, deleted, rejected } = result.totals;
    return [
      { text: result.job, url: result.log_url },
      `${mark(result)} ${word(result)}`,
      ...[records, inserted, updated, deleted, rejected].map(count),
      duration(result.seconds),
    ];
  });
  return boundedTable(HEAD, rows, MOST.results);
}

const MORE = ['job', 'slot (UTC)', 'lateness', 'unchanged', 'bytes', 'next (UTC)'];

/** What is rarely looked for, in the same order. */
export function moreTable(results: readonly JobResult[]): string {
  const rows = redFirst(results).map(({ job, slot, lateness_seconds: late, totals, next }) => {
    return [job, minute(slot), lateness(late), count(totals.unchanged), bytes(totals.bytes), minute(next)];
  });
  return boundedTable(MORE, rows, MOST.more);
}

const redFirst = (results: readonly JobResult[]): JobResult[] => [
  ...results.filter(isRed),
  ...results.filter((result) => !isRed(result)),
];

/** Where the head of the column names the zone; without a schedule, a job is run by hand. */
const minute = (slot = 'by hand'): string => instant(slot).replace(' UTC', '');

function mark(result: JobResult): string {
  if (isRed(result)) return '❌';
  return result.result === 'done' ? '✅' : '➖';
}

/** Legs that were planned and said nothing. */
export function missingTable(missing: Plan['runs']): string {
  const rows = missing.map(({ job, slot }) => [job, instant(slot)]);
  return boundedTable(['job', 'slot'], rows, MOST.missing);
}

/** Slots that ran late, or never will. */
export function untimelyTable(results: readonly JobResult[], plan: Plan | undefined): string {
  const late = results.filter(({ is_late }) => is_late === true);
  const superseded = results.filter((result) => result.superseded > 0);
  const ran = new Set(results.map(({ job, slot }) => `${job}@${slot}`));
  const reported = new Set(results.map(({ job }) => job));
  const held = (plan?.runs ?? []).filter(({ job, slot }) => reported.has(job) && !ran.has(`${job}@${slot}`));
  const settled = (plan?.records ?? []).flatMap((record) =>
    record.kind === 'settle' ? record.settlements.map((settlement) => ({ job: record.job, ...settlement })) : [],
  );
  const rows = [
    ...late.map(({ job, slot, lateness_seconds }) => [job, instant(slot), `ran ${lateness(lateness_seconds)}`]),
    ...superseded.map(({ job, slot, superseded: older }) => [
      job,
      `${plural(older, 'slot')} before ${instant(slot)}`,
      'superseded by that one, which has read on from where the last run stopped',
    ]),
    ...held.map(({ job, slot }) => [job, instant(slot), 'waits: an older slot has not run well']),
    ...settled.map(({ job, slot, from, count: slots, outcome, reason, unread_from }) => [
      job,
      slots === undefined
        ? instant(slot)
        : `${plural(slots, 'slot')} from ${instant(from ?? slot)} to ${instant(slot)}`,
      `${reason === undefined ? outcome : `${outcome}: ${reason}`}${heirText({ job, outcome, unread_from, slot }, plan?.environment)}`,
    ]),
  ];
  return boundedTable(['job', 'slot', 'what became of it'], rows, MOST.untimely);
}

/** Who reads the interval of slots that were given up. */
function heirText(
  { job, outcome, unread_from: from, slot: to }: Pick<Settlement, 'outcome' | 'unread_from' | 'slot'> & { job: string },
  environment = '',
): string {
  if (from !== undefined) return `; ${notRead(job, { from, to }, environment)}`;
  return outcome === 'failed' ? '; the next run reads on from where the last one stopped' : '';
}

const notRead = (job: string, span: Span, environment: string): string =>
  `not read: ${backfillCommand(job, span, environment)}`;

/** Fields that the source added, and those it does not send any more. */
export function driftTable(results: readonly JobResult[]): string {
  const rows = results.flatMap(({ job, drift }) =>
    drift === undefined ? [] : [[job, drift.added.join(', '), drift.missing.join(', ')]],
  );
  return boundedTable(['job', 'new fields', 'missing fields'], rows, MOST.drift);
}

/** What connectors noticed, and why jobs were covered or stopped. */
export function notices(results: readonly JobResult[]): string {
  const lines = results.flatMap((result) => {
    const { reason, notices: told } = result;
    // Those of a red run stand with what it is red for.
    const rejects = isRed(result) ? [] : rejectLines(result);
    return [...(reason === undefined ? [] : [reason]), ...otherRows(result), ...told, ...rejects].map(
      (notice) => `${result.job}: ${notice}`,
    );
  });
  return boundedList(lines, MOST.notices);
}

/** Why the others do not run, in the words of the plan; those that nobody selected are only counted. */
export function othersTable({ environment, decisions, missing_credentials: missing = [] }: Plan): string {
  const help = new Map(missing.map(({ job, help }) => [job, help]));
  const others = decisions.filter(({ decision }) => decision !== 'run' && decision !== 'not_selected');
  const rows = others.map(({ job, decision, reason, next, unread = [] }) => {
    const url = help.get(job);
    const why =
      url !== undefined && reason.includes(url)
        ? { text: reason, url }
        : [reason, ...unread.map((span) => notRead(job, span, environment))].join('; ');
    return [job, decision.replaceAll('_', ' '), why, next === undefined ? '' : instant(next)];
  });
  const unselected = decisions.filter(({ decision }) => decision === 'not_selected').length;
  const line = `${plural(unselected, 'job')} ${unselected === 1 ? 'was' : 'were'} not selected.`;
  const table = boundedTable(['job', 'decision', 'why', 'next slot'], rows, MOST.others);
  return [table, unselected === 0 ? '' : line].filter((block) => block !== '').join('\n\n');
}
