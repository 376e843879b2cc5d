import type { JobResult } from '../result/result.ts';
import { count } from '../text/format.ts';
import { isRed } from './outcome.ts';

/** Bars a person can still read; the slowest are shown. */
const MOST_BARS = 40;

/** In a run of minutes, shorter ones are hairs; and where all are short, the table has said it. */
const LEAST_SECONDS = 10;

/**
 * When each job ran, as a mermaid Gantt chart: https://mermaid.js.org/syntax/gantt.html. Nothing where fewer than two took long
 * enough to be seen. Pure.
 */
export function gantt(results: readonly JobResult[]): string {
  const shown = results
    .filter(({ seconds }) => seconds >= LEAST_SECONDS)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, MOST_BARS);
  if (shown.length < 2) return '';
  const bars = shown.sort((a, b) => a.started_at.localeCompare(b.started_at)).map(bar);
  const rest =
    results.length > shown.length ? [`The slowest ${count(shown.length)} of ${count(results.length)}.`, ''] : [];
  const head = ['gantt', '  dateFormat x', '  axisFormat %H:%M:%S'];
  return [...rest, '```mermaid', ...head, ...bars, '```'].join('\n');
}

function bar(result: JobResult): string {
  const start = Date.parse(result.started_at);
  const end = start + Math.round(result.seconds * 1000);
  // The sign first: a job may be called `section`, or something else that begins a line of mermaid's own.
  const [sign, tags] = isRed(result) ? ['✗', 'crit, '] : ['✓', ''];
  return `  ${sign} ${result.job} :${tags}${start}, ${end}`;
}
