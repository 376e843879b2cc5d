/** From what happened in a run to what became of it: `events.reduce(fold, undefined)`, then `resultOf`. Pure. */
import type {
  Drift,
  Ending,
  Later,
  RejectReason,
  RowCounts,
  RunEvent,
  Started,
  ToldChanges,
} from '../events/run-event.ts';
import { addRows, addTotals, noTotals, type RowTotals, type Totals } from './result.ts';
import { logLine, sameAs, wordsOf } from './run-log.ts';

const MOST_MANIFESTS = 20;
const MOST_LOG_LINES = 100;
const MOST_SAID_LINES = 20;

/** What is known of a run so far. */
export interface RunSoFar {
  readonly job: string;
  readonly slot: string;
  readonly run: string;
  readonly started: Started;
  /** UTC instants of the first and the newest event. */
  readonly startedAt: string;
  readonly at: string;
  /** 0 before the claim. */
  readonly attempt: number;
  readonly stage: 'extract' | 'load';
  /** Records read from the source, and rows on their way into silver. */
  readonly read: number;
  readonly mapped: number;
  readonly totals: Totals;
  /** Names of the warehouses, the first of which has its rows in `totals`; none before the claim. */
  readonly targets: readonly string[];
  readonly rows: Readonly<Record<string, RowTotals>>;
  readonly isUnchanged: boolean;
  /** What the connector counted in crawls that are done, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** It goes on with a slot that an earlier run has parked. */
  readonly isResumed: boolean;
  /** Packages that this run committed, and the records in them. */
  readonly packages: readonly string[];
  readonly kept: number;
  /** Packages whose records are in the totals, for several warehouses load each. */
  readonly counted: readonly string[];
  readonly manifests: readonly string[];
  readonly notices: readonly string[];
  /** Packages of which rejects were told, and what they were rejected for. */
  readonly rejecting: readonly string[];
  readonly rejects: readonly RejectReason[];
  readonly quarantine: readonly string[];
  readonly gates: readonly string[];
  /** By warehouse, where it bills by the bytes that it reads. */
  readonly billed: Readonly<Record<string, number>>;
  /** By warehouse: rows that the newest package of everything did not name, and that were left. */
  readonly left: Readonly<Record<string, RowCounts['left']>>;
  readonly drift: Drift;
  /** What was told to be changed in the table, by the files that have it. */
  readonly changed: Readonly<Record<string, ToldChanges>>;
  /** The last lines of what happened, oldest first. */
  readonly log: readonly string[];
  /** The last lines that the job's own program wrote to stderr. */
  readonly said: readonly string[];
  readonly ending: Ending | undefined;
}

/** The run after one more event. Throws a TypeError when the first one is not `started`. */
export function fold(run: RunSoFar | undefined, event: RunEvent): RunSoFar {
  if (event.type === 'started') return begin(event);
  if (run === undefined) throw new TypeError(`${event.job}: "${event.type}" before the run has started`);
  const next = { ...run, at: event.at, ...changes(run, event) };
  return logged(next, event);
}

function begin({ at, job, slot, run, ...started }: RunEvent & Started): RunSoFar {
  return {
    job,
    slot,
    run,
    started,
    startedAt: at,
    at,
    attempt: 0,
    stage: 'extract',
    read: 0,
    mapped: 0,
    totals: noTotals,
    targets: [],
    rows: {},
    billed: {},
    isUnchanged: false,
    isResumed: false,
    counts: {},
    packages: [],
    kept: 0,
    counted: [],
    manifests: [],
    notices: [],
    rejecting: [],
    rejects: [],
    quarantine: [],
    gates: [],
    left: {},
    drift: { added: [], missing: [] },
    changed: {},
    log: [],
    said: [],
    ending: undefined,
  };
}

function changes(run: RunSoFar, event: Later): Partial<RunSoFar> {
  switch (event.type) {
    case 'claimed':
      return {
        attempt: event.attempt,
        targets: event.targets,
        isResumed: event.state.parked?.slot === run.slot,
        started: { ...run.started, interval: event.interval },
      };
    case 'notice':
      return noticed(run, event.message);
    case 'unchanged':
      return { isUnchanged: true, ...noticed(run, sameAs(event.what)) };
    case 'said':
      return { said: [...run.said, event.line].slice(-MOST_SAID_LINES) };
    case 'requested':
      return {};
    case 'crawled':
      return event.counts === undefined ? {} : { counts: addCounts(run.counts, event.counts) };
    case 'page_read':
      return { stage: 'extract', read: run.read + event.records };
    case 'committed':
      return committed(run, event);
    case 'rows_mapped':
      return { stage: 'load', mapped: run.mapped + event.rows };
    case 'rejected':
      return rejected(run, event);
    case 'loaded':
      return loaded(run, event);
    case 'drifted':
      return {
        drift: { added: union(run.drift.added, event.added), missing: union(run.drift.missing, event.missing) },
      };
    case 'changed':
      return { changed: { ...run.changed, [event.object]: toldOf(event) } };
    case 'gate_unmet':
      return { gates: [...run.gates, event.gate] };
    case 'done':
    case 'parked':
    case 'covered':
    case 'stopped':
    case 'failed':
      return { ending: endingOf(event) };
    default:
      return event satisfies never;
  }
}

const toldOf = ({ inserted, updated, deleted, moved, split, columns, from, to, shown }: ToldChanges): ToldChanges => ({
  ...{ inserted, updated, deleted, moved, split },
  columns,
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
  ...(shown === undefined ? {} : { shown }),
});

const addCounts = (some: RunSoFar['counts'], more: RunSoFar['counts']): RunSoFar['counts'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(some), ...Object.keys(more)])].map((name) => [
      name,
      (some[name] ?? 0) + (more[name] ?? 0),
    ]),
  );

const noticed = ({ notices }: RunSoFar, message: string): Partial<RunSoFar> =>
  notices.includes(message) ? {} : { notices: [...notices, message] };

const union = (some: readonly string[], more: readonly string[]): readonly string[] => [...new Set([...some, ...more])];

function committed(run: RunSoFar, event: Extract<RunEvent, { type: 'committed' }>): Partial<RunSoFar> {
  const { package: id, manifest, records, bytes } = event;
  return {
    stage: 'extract',
    packages: [...run.packages, id],
    kept: run.kept + records,
    manifests: [...run.manifests, manifest].slice(-MOST_MANIFESTS),
    totals: addTotals(run.totals, { records, bytes, packages: 1 }),
  };
}

/** Every warehouse rejects the same records of a package: they are told once. */
function rejected(
  { rejecting, rejects, quarantine }: RunSoFar,
  event: Extract<RunEvent, { type: 'rejected' }>,
): Partial<RunSoFar> {
  const { package: id } = event;
  if (rejecting.includes(id)) return { quarantine: union(quarantine, [event.quarantine]) };
  const sums = new Map(rejects.map(({ reason, records }) => [reason, records]));
  for (const { reason, records } of event.reasons) sums.set(reason, (sums.get(reason) ?? 0) + records);
  return {
    rejecting: [...rejecting, id],
    rejects: [...sums].map(([reason, records]) => ({ reason, records })),
    quarantine: union(quarantine, [event.quarantine]),
  };
}

function loaded(run: RunSoFar, event: Extract<RunEvent, { type: 'loaded' }>): Partial<RunSoFar> {
  const { target, package: id } = event;
  const { deletions: _, left, ...counts } = event.counts;
  const isFirst = run.targets.length < 2 || target === run.targets[0];
  const isCounted = run.counted.includes(id);
  // A package that an earlier run left behind adds its records to the run that loads it.
  const own = run.packages.includes(id) ? (event.parsed ?? 0) : event.records;
  const once = { records: isCounted ? 0 : own, rejected: isCounted ? 0 : event.rejected };
  return {
    stage: 'load',
    totals: addTotals(run.totals, { ...once, ...(isFirst ? counts : {}) }),
    rows: { ...run.rows, [target]: addRows(run.rows[target], counts) },
    billed: billedBy(run.billed, event),
    left: event.scope === 'everything' ? { ...run.left, [target]: left } : run.left,
    counted: run.targets.length < 2 || isCounted ? run.counted : [...run.counted, id],
  };
}

function billedBy(billed: RunSoFar['billed'], { target, bytes_billed }: Extract<RunEvent, { type: 'loaded' }>) {
  return bytes_billed === undefined ? billed : { ...billed, [target]: (billed[target] ?? 0) + bytes_billed };
}

function endingOf({ at: _, job: __, slot: ___, run: ____, ...ending }: RunEvent & Ending): Ending {
  return ending;
}

function logged(run: RunSoFar, event: Later): RunSoFar {
  const lines = wordsOf(event, run.targets).map((words) => logLine(event.at, words));
  return lines.length === 0 ? run : { ...run, log: [...run.log, ...lines].slice(-MOST_LOG_LINES) };
}
