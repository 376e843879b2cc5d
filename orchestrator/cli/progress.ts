/** A line a job while it works: live on a terminal, one line a stage elsewhere. */

import type { Clock } from '@tidemill/kit/retry';
import { word } from '../report/outcome.ts';
import type { JobResult } from '../result/result.ts';
import type { Progress } from '../result/run-report.ts';
import { bytes, count, duration } from '../text/format.ts';
import type { Output } from './host.ts';

const REDRAW_MS = 100;
/** Off a terminal, a job that works on says so this often. */
const REPEAT_MS = 15_000;

export interface ProgressView {
  readonly update: (progress: Progress) => void;
  readonly finish: (result: JobResult) => void;
  readonly end: () => void;
}

interface Line {
  progress: Progress | undefined;
  stageSince: number;
  toldAt: number;
  result: JobResult | undefined;
}

export function showProgress(output: Output, clock: Clock, jobs: readonly string[]): ProgressView {
  const lines = new Map<string, Line>(
    jobs.map((job) => [job, { progress: undefined, stageSince: 0, toldAt: 0, result: undefined }]),
  );
  const width = Math.max(0, ...jobs.map((job) => job.length));
  const now = (): number => clock.now().getTime();
  let drawn = 0;
  let drawnAt = 0;

  const text = (job: string, line: Line): string => {
    const said = line.result === undefined ? describe(line, now()) : describeResult(line.result);
    return `${job.padEnd(width)}  ${said}`.slice(0, Math.max(20, output.columns - 1));
  };
  const draw = (): void => {
    // Up to the first line, and every line anew: `\x1b[F` is "cursor to the line above", `\x1b[K` "clear to the end".
    const up = drawn === 0 ? '' : `\x1b[${drawn}F`;
    output.write(up + [...lines].map(([job, line]) => `${text(job, line)}\x1b[K\n`).join(''));
    drawn = lines.size;
    drawnAt = now();
  };
  const tell = (job: string, line: Line): void => {
    line.toldAt = now();
    output.write(`${text(job, line)}\n`);
  };

  return {
    update: (progress) => {
      const line = lines.get(progress.job);
      if (line === undefined || line.result !== undefined || progress.stage === 'done') return;
      const isNewStage = line.progress?.stage !== progress.stage;
      if (isNewStage) line.stageSince = now();
      line.progress = progress;
      if (output.isLive) return now() - drawnAt >= REDRAW_MS ? draw() : undefined;
      if (isNewStage || now() - line.toldAt >= REPEAT_MS) tell(progress.job, line);
    },
    finish: (result) => {
      const line = lines.get(result.job);
      if (line === undefined) return;
      line.result = result;
      if (output.isLive) draw();
      else tell(result.job, line);
    },
    end: () => {
      if (output.isLive && lines.size > 0) draw();
      lines.clear();
    },
  };
}

const UNITS = { extract: 'records', load: 'rows', done: 'rows' } as const;

function describe({ progress, stageSince }: Line, now: number): string {
  if (progress === undefined) return 'waiting';
  const { stage, count: amount, bytes: stored } = progress;
  if (amount === 0) return stage;
  const seconds = Math.max(0.1, (now - stageSince) / 1000);
  const rate = `${count(Math.round(amount / seconds))}/s`;
  const size = stored === 0 ? '' : `, ${bytes(stored)}`;
  return `${stage.padEnd(7)}  ${count(amount)} ${UNITS[stage]}${size}, ${rate}`;
}

function describeResult(result: JobResult): string {
  const { records, inserted, updated, deleted, bytes: stored } = result.totals;
  const took = duration(result.seconds);
  if (result.failure !== undefined) return `${word(result)}: ${result.failure.code}, ${took}`;
  if (records === 0) return `${word(result)}, ${took}`;
  const changes = `${count(inserted)} inserted, ${count(updated)} updated, ${count(deleted)} deleted`;
  return `${word(result)}: ${count(records)} records, ${bytes(stored)}; ${changes}; ${took}`;
}
