/** The result of a run as text for a terminal. Pure. */

import type { Drift } from '../events/run-event.ts';
import type { JobResult } from '../result/result.ts';
import { count, duration, instant } from '../text/format.ts';
import { fittedTable } from '../text/table.ts';
import { changesText, diffLine } from './changes.ts';
import { failureLines } from './failure-lines.ts';
import { headline, otherRows, rejectLines, word } from './outcome.ts';

/** Of the numbers only those that people look for; `--json` has them all. */
const NUMBERS = ['records', 'new', 'changed', 'deleted', 'rejected'] as const;

function resultTable(results: readonly JobResult[]): string {
  const isRepeated = hasSlots(results);
  const numbers = results.map(({ totals: { records, inserted, updated, deleted, rejected } }) => {
    return { records, new: inserted, changed: updated, deleted, rejected };
  });
  // Most runs delete and reject nothing: two columns less.
  const names = NUMBERS.filter((name) => name === 'records' || numbers.some((one) => one[name] > 0));
  const rows = results.map((result, index) => [
    result.job,
    ...(isRepeated ? [instant(result.slot).replace(' UTC', '')] : []),
    word(result),
    ...names.map((name) => count(numbers[index]?.[name] ?? 0)),
    duration(result.seconds),
  ]);
  return fittedTable(['job', ...(isRepeated ? ['slot (UTC)'] : []), 'outcome', ...names, 'time'], rows);
}

/** Table, notices, rejects, failures with who must act, and the headline last, where the eye is. */
export function resultText(results: readonly JobResult[]): string {
  const isRepeated = hasSlots(results);
  const remarks = results.flatMap((result) => {
    const name = isRepeated ? `${result.job}, ${instant(result.slot)}` : result.job;
    return [...remarksOn(result).map((line) => `${name}: ${line}`), ...failureOf(result, name)];
  });
  const blocks = [resultTable(results), ...(remarks.length === 0 ? [] : [remarks.join('\n')]), headline(results)];
  return `${blocks.join('\n\n')}\n`;
}

/** Whether a job ran more than once, so that its name alone does not say which run is meant. */
const hasSlots = (results: readonly JobResult[]): boolean =>
  new Set(results.map(({ job }) => job)).size < results.length;

function remarksOn(result: JobResult): string[] {
  const { job, environment, notices, gates, reason, drift, changed = {} } = result;
  return [
    ...notices,
    ...otherRows(result),
    ...(reason === undefined ? [] : [reason]),
    ...(drift === undefined ? [] : [driftText(drift)]),
    ...Object.values(changed).map(
      (told) => `changes of the table: ${changesText(told)}; \`${diffLine(job, told, environment)}\` shows them`,
    ),
    ...rejectLines(result),
    ...gates.map((gate) => `gate not met: ${gate}`),
  ];
}

/** In the form of every failure, with the job's name once. */
function failureOf({ job, failure, outlook, trace }: JobResult, name: string): string[] {
  if (failure === undefined) return [];
  const [what = '', ...more] = failureLines(failure);
  const then = outlook === undefined ? [] : [outlook];
  const own = `${job}: `;
  return [
    `${name}: ${what.startsWith(own) ? what.slice(own.length) : what}`,
    ...[...more, ...(trace?.frames ?? []), ...then].map((line) => `  ${line}`),
  ];
}

const driftText = ({ added, missing }: Drift): string =>
  [
    ...(added.length === 0 ? [] : [`the source has new fields: ${added.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`the source does not send any more: ${missing.join(', ')}`]),
  ].join('; ');
