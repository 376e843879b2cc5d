/** A line a job while it works: live on a terminal, one line a stage elsewhere. */
import type { Clock } from '@tidemill/kit/retry';
import type { Observer, RunEvent } from '../events/run-event.ts';
import { word } from '../report/outcome.ts';
import { fold, type RunSoFar } from '../result/fold.ts';
import type { JobResult } from '../result/result.ts';
import { resultOf } from '../result/result-of.ts';
import { bytes, count, duration, plural } from '../text/format.ts';
import type { Output } from './host.ts';

const REDRAW_MS = 100;
/** Off a terminal, a job that works on says so this often. */
const REPEAT_MS = 15_000;
/** And this often where there is nothing new to say, as of crawls that are waited for. */
const QUIET_MS = 300_000;

export interface ProgressView extends Observer {
  on(event: RunEvent): void;
  readonly end: () => void;
}

interface Line {
  run: RunSoFar | undefined;
  /** The stage that is shown, and since when. */
  stage: RunSoFar['stage'] | undefined;
  stageSince: number;
  toldAt: number;
  told: string;
  /** Where the crawls of the job stand, by their ids. */
  readonly crawls: Map<string, string>;
  result: JobResult | undefined;
}

export function showProgress(output: Output, clock: Clock, jobs: readonly string[]): ProgressView {
  const fresh = { run: undefined, stage: undefined, stageSince: 0, toldAt: 0, told: '', result: undefined };
  const lines = new Map<string, Line>(jobs.map((job) => [job, { ...fresh, crawls: new Map() }]));
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
    line.told = text(job, line);
    output.write(`${line.told}\n`);
  };
  const update = (job: string, line: Line, { attempt, stage }: RunSoFar): void => {
    // Not claimed yet; or a further slot of a job whose result is shown.
    if (attempt === 0 || line.result !== undefined) return;
    const isNewStage = line.stage !== stage;
    if (isNewStage) line.stageSince = now();
    line.stage = stage;
    if (output.isLive && now() - drawnAt >= REDRAW_MS) draw();
    if (output.isLive) return;
    const quietMs = text(job, line) === line.told ? QUIET_MS : REPEAT_MS;
    if (isNewStage || now() - line.toldAt >= quietMs) tell(job, line);
  };

  // The bar keeps a line from being a workflow command.
  const quote = (job: string, said: string): void => {
    const above = drawn === 0 ? '' : `\x1b[${drawn}F\x1b[J`;
    output.write(`${above}${job.padEnd(width)}  | ${said}\n`);
    drawn = 0;
    if (output.isLive) draw();
  };

  return {
    on: (event) => {
      const line = lines.get(event.job);
      if (line === undefined) return;
      if (event.type === 'said') quote(event.job, event.line);
      noteCrawls(line, event);
      line.run = fold(line.run, event);
      if (line.run.ending === undefined) return update(event.job, line, line.run);
      line.result = resultOf(line.run);
      if (output.isLive) draw();
      else tell(event.job, line);
    },
    end: () => {
      if (output.isLive && lines.size > 0) draw();
      lines.clear();
    },
  };
}

/** Those that an earlier run has left open, and each step from there on. */
function noteCrawls({ crawls }: Line, event: RunEvent): void {
  if (event.type === 'crawled') crawls.set(event.crawl, event.status);
  if (event.type !== 'claimed') return;
  for (const { id, status, ended_at } of event.state.crawls ?? []) if (ended_at === undefined) crawls.set(id, status);
}

/** `2 crawls: 1 polling, 1 done`. */
function crawlsText(crawls: Line['crawls']): string {
  const byStatus = [...Map.groupBy(crawls.values(), (status) => status)];
  const counts = byStatus.map(([status, all]) => `${count(all.length)} ${status.replaceAll('_', ' ')}`);
  return `${plural(crawls.size, 'crawl')}: ${counts.join(', ')}`;
}

function describe({ run, stage, stageSince, crawls }: Line, now: number): string {
  if (run === undefined || stage === undefined) return 'waiting';
  const [amount, unit] = stage === 'extract' ? [run.read, 'record'] : [run.mapped, 'row'];
  if (amount === 0) return crawls.size === 0 ? stage : `${stage.padEnd(7)}  ${crawlsText(crawls)}`;
  const seconds = Math.max(0.1, (now - stageSince) / 1000);
  const rate = `${count(Math.round(amount / seconds))}/s`;
  const size = run.totals.bytes === 0 ? '' : `, ${bytes(run.totals.bytes)}`;
  return `${stage.padEnd(7)}  ${plural(amount, unit)}${size}, ${rate}`;
}

function describeResult(result: JobResult): string {
  const { records, inserted, updated, deleted, bytes: stored } = result.totals;
  const took = duration(result.seconds);
  if (result.failure !== undefined) return `${word(result)}: ${result.failure.code}, ${took}`;
  if (records === 0) return `${word(result)}, ${took}`;
  const changes = `${count(inserted)} inserted, ${count(updated)} updated, ${count(deleted)} deleted`;
  return `${word(result)}: ${plural(records, 'record')}, ${bytes(stored)}; ${changes}; ${took}`;
}
