/** The tables of a run's summary, each of a bounded size. Pure. */

import type { ToldChanges } from '../events/run-event.ts';
import type { Plan, Span } from '../plan/types.ts';
import type { JobResult } from '../result/result.ts';
import type { Settlement } from '../state/job-state.ts';
import { backfillCommand, bytes, count, duration, instant, lateness, plural } from '../text/format.ts';
import { boundedBlocks, boundedList, boundedTable, fenced, folded } from '../text/markdown.ts';
import { markdownText } from '../text/table.ts';
import { changedColumnsText, changesText, diffLine, rowsIn } from './changes.ts';
import { isRed, otherRows, quarantineLine, rejectReasons, word } from './outcome.ts';

/** Bytes of each, so that together they stay below the 1 MiB that GitHub takes of a summary. */
const MOST = {
  results: 240_000,
  more: 140_000,
  missing: 30_000,
  untimely: 60_000,
  rejects: 30_000,
  drift: 50_000,
  changes: 30_000,
  shown: 30_000,
  notices: 50_000,
  others: 110_000,
};

const HEAD = ['job', 'outcome', 'slot (UTC)', 'rows ±', 'time', 'next (UTC)'];

/**
 * One line a job, the red ones first; its name leads to the log of its leg. As wide as GitHub shows without scrolling. How late a
 * slot was is said here and nowhere else.
 */
export function resultsTable(results: readonly JobResult[]): string {
  const rows = redFirst(results).map((result) => [
    { text: result.job, url: result.log_url },
    `${mark(result)} ${word(result)}`,
    result.is_late === true ? `${minute(result.slot)}, ${lateness(result.lateness_seconds)}` : minute(result.slot),
    rowsText(result),
    duration(result.seconds),
    nextText(result),
  ]);
  return boundedTable(HEAD, rows, MOST.results);
}

/** `+1,204 ~30 −2`. */
function rowsText({ totals: { inserted, updated, deleted } }: JobResult): string {
  const changes = [
    ['+', inserted],
    ['~', updated],
    ['−', deleted],
  ] as const;
  const own = changes.filter(([, rows]) => rows > 0).map(([sign, rows]) => `${sign}${count(rows)}`);
  return own.length === 0 ? '0' : own.join(' ');
}

/** `07:00`, or `11-22 02:00` where that is on another day than the run. */
function nextText({ next, started_at: started }: JobResult): string {
  const text = minute(next);
  return next?.slice(0, 10) === started.slice(0, 10) ? text.slice(6) : text;
}

const MORE = ['job', 'started (UTC)', 'records', 'unchanged', 'rejected', 'bytes'];

/** What is rarely looked for, in the same order. */
export function moreTable(results: readonly JobResult[]): string {
  const rows = redFirst(results).map(({ job, started_at: started, totals }) => {
    const { records, unchanged, rejected } = totals;
    return [job, minute(started), ...[records, unchanged, rejected].map(count), bytes(totals.bytes)];
  });
  const table = boundedTable(MORE, rows, MOST.more);
  return table === '' ? '' : `Of rows, + are new, ~ changed and − deleted.\n\n${table}`;
}

const redFirst = (results: readonly JobResult[]): JobResult[] => [
  ...results.filter(isRed),
  ...results.filter((result) => !isRed(result)),
];

/** `11-21 06:00`, where the head of the column names the zone; without a schedule, a job is run by hand. */
const minute = (slot = 'by hand'): string => instant(slot).replace(/^\d{4}-| UTC$/g, '');

function mark(result: JobResult): string {
  if (isRed(result)) return '❌';
  return result.result === 'done' ? '✅' : '➖';
}

/** Legs that were planned and said nothing. */
export function missingTable(missing: Plan['runs']): string {
  const rows = missing.map(({ job, slot }) => [job, instant(slot)]);
  return boundedTable(['job', 'slot'], rows, MOST.missing);
}

/** Slots that have no run of their own: not yet, or never will. */
export function untimelyTable(results: readonly JobResult[], plan: Plan | undefined): string {
  const superseded = results.filter((result) => result.superseded > 0);
  const ran = new Set(results.map(({ job, slot }) => `${job}@${slot}`));
  const reported = new Set(results.map(({ job }) => job));
  const held = (plan?.runs ?? []).filter(({ job, slot }) => reported.has(job) && !ran.has(`${job}@${slot}`));
  const settled = (plan?.records ?? []).flatMap((record) =>
    record.kind === 'settle' ? record.settlements.map((settlement) => ({ job: record.job, ...settlement })) : [],
  );
  const rows = [
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

/** Commands that a reader copies. */
const MOST_COMMANDS = 20;

/** Of jobs with `changes`: what has changed in their tables, the commands that show it, and where it is written down. */
export function changesSection(results: readonly JobResult[]): string {
  const told = results.flatMap(({ job, environment, changed = {} }) =>
    Object.entries(changed).map(([object, changes]) => ({ job, environment, object, changes })),
  );
  if (told.length === 0) return '';
  const rows = told.map(({ job, changes }) => [job, changesText(changes), changedColumnsText(changes)]);
  const commands = told.map(({ job, environment, changes }) => diffLine(job, changes, environment));
  const files = told.map(({ object }) => object);
  return [
    boundedTable(['job', 'rows', 'columns that were changed'], rows, MOST.changes),
    boundedBlocks(
      told.filter(({ changes }) => changes.shown !== undefined),
      MOST.shown,
      shownRows,
    ),
    'To see each row, before and after, on your own machine:',
    fenced(commands.slice(0, MOST_COMMANDS), 'sh'),
    folded('The files that have every row', fenced(files.slice(0, MOST_FILES), 'text')),
  ].join('\n\n');
}

/** Of data that is public: the first rows that have changed. */
function shownRows({ job, changes }: { readonly job: string; readonly changes: ToldChanges }): string {
  const { shown = [] } = changes;
  const left = rowsIn(changes) - shown.length;
  const more = left > 0 ? [`and ${plural(left, 'row')} more`] : [];
  return `${markdownText(job)}:\n\n${boundedList([...shown, ...more], MOST.shown)}`;
}

/** Of changes; the history of runs has all of them. */
const MOST_FILES = 100;

/** Records that lie in quarantine, of runs that are well, and the commands that show them. Those of a red run stand with it. */
export function rejectsSection(results: readonly JobResult[]): string {
  const own = results.filter((result) => result.quarantine.length > 0 && !isRed(result));
  if (own.length === 0) return '';
  const lines = own.map(({ job, rejects, totals: { rejected, records } }) => {
    const of = `${job}: ${count(rejected)} of ${plural(records, 'record')}`;
    return rejects.length === 0 ? of : `${of}: ${rejectReasons(rejects)}`;
  });
  const commands = fenced([...new Set(own.map(quarantineLine))].slice(0, MOST_COMMANDS), 'sh');
  return `${boundedList(lines, MOST.rejects)}\n\n${commands}`;
}

/** What connectors noticed, and why jobs were covered or stopped. */
export function notices(results: readonly JobResult[]): string {
  const lines = results.flatMap((result) => {
    const { reason, notices: told } = result;
    return [...(reason === undefined ? [] : [reason]), ...otherRows(result), ...told].map(
      (notice) => `${result.job}: ${notice}`,
    );
  });
  return boundedList(lines, MOST.notices);
}

/** Why the others do not run, in the words of the plan; those that nobody selected are only counted. */
export function othersTable({ environment, decisions, missing_credentials: missing = [] }: Plan): string {
  const help = new Map(missing.map(({ job, help }) => [job, help]));
  const others = decisions.filter(({ decision }) => !['run', 'resume', 'not_selected'].includes(decision));
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
