/** What became of a run, from all that is known of it. Pure. */
import { bytes, count } from '../text/format.ts';
import type { RunSoFar } from './fold.ts';
import { type JobResult, noRows, type RowTotals, type Trace } from './result.ts';

const MOST_OF_A_DESCRIPTION = 300;
const MOST_REASONS = 5;

/** The most frequent of all packages together, and how often. */
export const rejectsOf = ({ rejects }: Pick<RunSoFar, 'rejects'>): string[] =>
  rejects
    .toSorted((a, b) => b.records - a.records)
    .slice(0, MOST_REASONS)
    .map(({ reason, records }) => `${reason} (${records}×)`);

/** Start minus slot, in seconds; manual runs are never late, nor are those that go on with what has begun in time. */
export const latenessOf = ({
  slot,
  startedAt,
  isResumed,
}: Pick<RunSoFar, 'slot' | 'startedAt' | 'isResumed'>): number =>
  isResumed || slot.startsWith('manual-') ? 0 : Math.round((Date.parse(startedAt) - Date.parse(slot)) / 1000);

/** The run as a whole. Throws a TypeError before its end. */
export function resultOf(run: RunSoFar): JobResult {
  const { started, startedAt, at, totals, drift, ending, gates } = run;
  if (ending === undefined) throw new TypeError(`${run.job}: the run has not ended`);
  const { service, data_type, environment, mode, interval, next, log_url, description, tolerance_minutes } = started;
  const lateness = latenessOf(run);
  const isRed = ending.type === 'failed' || gates.length > 0;
  return {
    job: run.job,
    service,
    data_type,
    environment,
    slot: run.slot,
    ...(mode === 'incremental' ? {} : { mode }),
    interval,
    run: run.run,
    attempt: run.attempt,
    result: ending.type,
    lateness_seconds: lateness,
    ...(lateness > tolerance_minutes * 60 ? { is_late: true } : {}),
    started_at: startedAt,
    seconds: (Date.parse(at) - Date.parse(startedAt)) / 1000,
    totals,
    ...(run.targets.length > 1 ? { targets: rowsOf(run) } : {}),
    superseded: ending.type === 'done' ? ending.superseded : 0,
    notices: [...run.notices, ...countsOf(run), ...billsOf(run)],
    ...(Object.keys(run.counts).length === 0 ? {} : { counts: run.counts }),
    rejects: rejectsOf(run),
    quarantine: run.quarantine,
    gates,
    is_settled: ending.type === 'done' || (ending.type === 'failed' && ending.is_settled),
    ...(ending.type === 'failed' ? { failure: ending.failure, outlook: ending.outlook } : {}),
    ...('reason' in ending ? { reason: ending.reason } : {}),
    ...(ending.type === 'parked' ? { waits: waitsOf(ending) } : {}),
    ...(description === '' ? {} : { description: description.slice(0, MOST_OF_A_DESCRIPTION) }),
    ...(drift.added.length + drift.missing.length === 0 ? {} : { drift }),
    ...(Object.keys(run.changed).length === 0 ? {} : { changed: run.changed }),
    ...(isRed ? { trace: traceOf(run) } : {}),
    ...(next === undefined ? {} : { next }),
    ...(log_url === undefined ? {} : { log_url }),
  };
}

const waitsOf = ({ open, of, next_poll_at }: Extract<NonNullable<RunSoFar['ending']>, { type: 'parked' }>) => ({
  open,
  of,
  next_poll_at,
});

const countsOf = ({ counts }: RunSoFar): string[] => {
  const told = Object.entries(counts).map(([name, number]) => `${name} ${count(number)}`);
  return told.length === 0 ? [] : [`counted: ${told.join(', ')}`];
};

const rowsOf = ({ targets, rows }: RunSoFar): Record<string, RowTotals> =>
  Object.fromEntries(targets.map((name) => [name, rows[name] ?? noRows]));

const billsOf = ({ billed }: RunSoFar): string[] =>
  Object.entries(billed).flatMap(([name, read]) =>
    read === 0 ? [] : [`the warehouse ${name} bills ${bytes(read)} that it read`],
  );

const traceOf = ({ log, said, manifests, read, kept, ending }: RunSoFar): Trace => ({
  log,
  ...(said.length === 0 ? {} : { said }),
  ...(ending?.type === 'failed' && ending.frames.length > 0 ? { frames: ending.frames } : {}),
  manifests,
  uncommitted: Math.max(0, read - kept),
});
