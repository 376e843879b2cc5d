/** The result of a run as text for a terminal. Pure. */

import type { Drift } from '../events/run-event.ts';
import type { JobResult } from '../result/result.ts';
import { bytes, count, duration, instant } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import { isSaid, saidBy } from './failure.ts';
import { headline, otherRows, rejectLines, word } from './outcome.ts';

const HEAD = ['job', 'outcome', 'records', 'inserted', 'updated', 'unchanged', 'deleted', 'rejected', 'bytes', 'time'];

function resultTable(results: readonly JobResult[]): string {
  const isRepeated = hasSlots(results);
  const rows = results.map((result) => {
    const { records, inserted, updated, unchanged, deleted, rejected } = result.totals;
    const numbers = [records, inserted, updated, unchanged, deleted, rejected].map(count);
    const slot = isRepeated ? [instant(result.slot)] : [];
    return [result.job, ...slot, word(result), ...numbers, bytes(result.totals.bytes), duration(result.seconds)];
  });
  const [job = '', ...rest] = HEAD;
  return textTable(isRepeated ? [job, 'slot', ...rest] : HEAD, rows);
}

/** Table, notices, rejects, failures with who must act, and the headline last, where the eye is. */
export function resultText(results: readonly JobResult[]): string {
  const isRepeated = hasSlots(results);
  const remarks = results.flatMap((result) => {
    const name = isRepeated ? `${result.job}, ${instant(result.slot)}` : result.job;
    return [...remarksOn(result).map((line) => `${name}: ${line}`), ...saidBlock(result, name)];
  });
  const blocks = [resultTable(results), ...(remarks.length === 0 ? [] : [remarks.join('\n')]), headline(results)];
  return `${blocks.join('\n\n')}\n`;
}

/** Whether a job ran more than once, so that its name alone does not say which run is meant. */
const hasSlots = (results: readonly JobResult[]): boolean =>
  new Set(results.map(({ job }) => job)).size < results.length;

function remarksOn(result: JobResult): string[] {
  const { notices, gates, failure, reason, next, is_settled, drift } = result;
  const lines = [
    ...notices.filter((notice) => !isSaid(notice)),
    ...otherRows(result),
    ...(reason === undefined ? [] : [reason]),
    ...(drift === undefined ? [] : [driftText(drift)]),
    ...rejectLines(result),
    ...gates.map((gate) => `gate not met: ${gate}`),
  ];
  if (failure !== undefined) {
    lines.push(`${failure.kind} ${failure.code}: ${failure.message}`, `who must act: ${failure.who}`);
    if (failure.hint !== undefined) lines.push(failure.hint);
    if (!is_settled && next !== undefined) lines.push(`tried again by the next plan; next slot ${instant(next)}`);
  }
  return lines;
}

/** The bar keeps a line from being a workflow command. */
function saidBlock(result: JobResult, name: string): string[] {
  const said = saidBy(result);
  return said.length === 0 ? [] : [`${name}: the command said before:`, ...said.map((line) => `  | ${line}`)];
}

const driftText = ({ added, missing }: Drift): string =>
  [
    ...(added.length === 0 ? [] : [`the source has new fields: ${added.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`the source does not send any more: ${missing.join(', ')}`]),
  ].join('; ');
