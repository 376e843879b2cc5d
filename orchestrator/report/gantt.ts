import type { JobResult } from './result.ts';

/** Bars a person can still read; the slowest are shown. */
const MOST_BARS = 40;

/** When each job ran, as a mermaid Gantt chart. Pure. */
export function gantt(results: readonly JobResult[]): string {
  const shown = [...results].sort((a, b) => b.seconds - a.seconds).slice(0, MOST_BARS);
  if (shown.length < 2) return '';
  const bars = shown.sort((a, b) => a.started_at.localeCompare(b.started_at)).map(bar);
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %H:%M:%S', ...bars, '```'].join('\n');
}

function bar({ job, result, started_at, seconds }: JobResult): string {
  const start = Date.parse(started_at);
  const end = start + Math.max(1000, Math.round(seconds * 1000));
  // Ids of jobs are letters, digits, `_`, `-` and `.`: nothing that mermaid reads as its own.
  return `  ${job} :${result === 'failed' ? 'crit, ' : ''}${start}, ${end}`;
}
