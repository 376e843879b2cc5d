/** Runs a backfill, says a line for each slice, and what came of all. */
import { errorKinds, type Interval } from '@tidemill/kit';
import { type BackfillSlices, openBackfill } from '../app/backfill.ts';
import { type Backfilled, runBackfill } from '../app/run-backfill.ts';
import { runIdOf } from '../app/run-id.ts';
import type { Session } from '../app/session.ts';
import { follow } from '../app/stream.ts';
import type { Job } from '../config/job.ts';
import type { Observer } from '../events/run-event.ts';
import { exitCode } from '../report/outcome.ts';
import { resultText } from '../report/terminal.ts';
import { fold, type RunSoFar } from '../result/fold.ts';
import type { JobResult } from '../result/result.ts';
import { resultOf } from '../result/result-of.ts';
import type { Backfill } from '../state/job-state.ts';
import { count, duration, inEnvironment, instant, plural } from '../text/format.ts';
import { print } from './command.ts';
import { printErrors } from './errors.ts';
import type { Output, Terminal } from './host.ts';
import type { OperateOptions } from './operate.ts';

/** Closes the session. Answers the exit code: that of the slice that failed, or 0. */
export async function runSlices(
  terminal: Terminal,
  session: Session,
  planned: BackfillSlices,
  options: OperateOptions,
): Promise<number> {
  const { job, slices } = planned;
  const lines = options.json ? terminal.stderr : terminal.stdout;
  try {
    const backfill = await openBackfill(session, planned, options.reason);
    const runId = runIdOf(session.host, {});
    const stream = runBackfill(session, { job, backfill, runId });
    const { answer, faults } = await follow(stream, [sliceTeller(lines, slices)]);
    await printErrors(terminal, [...faults, ...answer.untold]);
    const { results } = answer;
    const last = results.at(-1);
    const isBusy = last?.result === 'covered';
    if (isBusy) lines.write(sliceLine(last, slices));
    const document = { run: runId, job: job.id, backfill: documentOf(backfill, slices, answer), results };
    print(terminal, options, document, () => textOf(job, backfill, answer, session.environment.name));
    return exitCode(results) || (isBusy ? errorKinds.transient.exit : 0);
  } finally {
    await session.close();
  }
}

/** Says a line when a slice has been read. One that another run covers is waited for without a word. */
function sliceTeller(lines: Output, slices: readonly Interval[]): Observer {
  let run: RunSoFar | undefined;
  return {
    on: (event) => {
      run = fold(run, event);
      if (run.ending !== undefined && run.ending.type !== 'covered') lines.write(sliceLine(resultOf(run), slices));
    },
  };
}

/** `[3/24] 2026-11-01 00:00 UTC → 2026-11-02 00:00 UTC  done: 120 records, 118 inserted, 2 updated, 0.8 s`. */
function sliceLine({ interval, result, totals, seconds }: JobResult, slices: readonly Interval[]): string {
  const place = slices.filter(({ end }) => end.toISOString() <= interval.end).length;
  const changes = `${count(totals.inserted)} inserted, ${count(totals.updated)} updated`;
  const what = `${plural(totals.records, 'record')}, ${changes}, ${duration(seconds)}`;
  return `[${place}/${slices.length}] ${instant(interval.start)} → ${instant(interval.end)}  ${result}: ${what}\n`;
}

function documentOf({ id, from, to }: Backfill, slices: readonly Interval[], answer: Backfilled): object {
  const through = answer.open?.through ?? to;
  return { id, from, to, through, slices: slices.length, finished: endingOf(answer, to) === 'done' };
}

/** `read`: to its end, and the last slice is not loaded everywhere. `elsewhere`: somebody else finished it, or gave it up. */
function endingOf({ results, open }: Backfilled, to: string): 'done' | 'read' | 'open' | 'elsewhere' {
  const last = results.at(-1);
  if (open !== undefined) return 'open';
  if (last === undefined || last.result === 'covered' || last.interval.end < to) return 'elsewhere';
  return last.result === 'done' ? 'done' : 'read';
}

function endingText({ id }: Job, { to }: Backfill, answer: Backfilled, environment: string): string {
  const job = `${id}${inEnvironment(environment)}`;
  const ending = endingOf(answer, to);
  switch (ending) {
    case 'done':
      return 'the backfill is done';
    case 'read':
      return `read to its end, and the last slice is not loaded: the next run loads it, \`npx tidemill run ${job}\``;
    case 'elsewhere':
      return `somebody else finished it, or gave it up: \`npx tidemill status ${job}\``;
    case 'open':
      return `stopped at ${instant(answer.open?.through ?? '')}; \`npx tidemill backfill ${job}\` goes on from there`;
    default:
      return ending satisfies never;
  }
}

function textOf(job: Job, backfill: Backfill, answer: Backfilled, environment: string): string {
  const last = answer.results.at(-1);
  const ending = `${job.id}: ${endingText(job, backfill, answer, environment)}\n`;
  return `${last === undefined || last.result === 'done' ? '' : `\n${resultText([last])}`}\n${ending}`;
}
