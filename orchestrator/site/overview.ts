/** Everything the page shows, worked out from what was read. Pure. */
import type { Job } from '../config/job.ts';
import type { Decision, DecisionWord } from '../plan/types.ts';
import type { JobState } from '../state/job-state.ts';
import { type Cell, cellOf } from './cells.ts';
import { type Column, columnOf, columnsOf } from './columns.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import type { History } from './read.ts';
import { type Ended, endedOf, type Run, settledOf } from './records.ts';

export interface Known {
  readonly environment: string;
  readonly now: Date;
  /** In the order of the configuration. */
  readonly jobs: readonly Job[];
  readonly states: ReadonlyMap<string, JobState>;
  readonly decisions: readonly Decision[];
  readonly history: History;
}

export interface Row {
  readonly job: string;
  readonly service: string;
  /** Undefined for one that only the history knows. */
  readonly freshness: Freshness | undefined;
  readonly decision: Decision | undefined;
  /** One for each column; undefined where nothing happened. */
  readonly cells: readonly (Cell | undefined)[];
  /** Late, or its last run did not end well. */
  readonly needsAttention: boolean;
}

export interface Total extends Column {
  readonly done: number;
  readonly red: number;
  readonly runs: number;
  readonly records: number;
  /** Of the runs, in seconds; undefined when there were none. */
  readonly median: number | undefined;
  readonly slow: number | undefined;
}

export interface Overview {
  readonly environment: string;
  readonly now: Date;
  readonly history: History;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly totals: readonly Total[];
  /** Newest first. */
  readonly failures: readonly Run[];
  /** Slots that have no run of their own that ended well, newest first. */
  readonly unrun: readonly Ended[];
  /** What was given up unread and is still not read. */
  readonly unread: readonly { readonly job: string; readonly from: string; readonly to: string }[];
  /** Soonest first. */
  readonly next: readonly { readonly job: string; readonly slot: string }[];
}

export function overviewOf(known: Known): Overview {
  const { environment, now, history, jobs } = known;
  const columns = columnsOf(history.from, history.to);
  const runs = Map.groupBy(history.runs, ({ job }) => job);
  const ended = endedByJob(known);
  const configured = new Set(jobs.map(({ id }) => id));
  const former = [...runs].filter(([job]) => !configured.has(job));
  const eventsOf = (job: string): Events => ({ runs: runs.get(job) ?? [], ended: ended.get(job) ?? [] });
  const rows = [
    ...jobs.map((job) => rowOf(job, columns, known, eventsOf(job.id))),
    ...former.map(([job, own]) => formerRow(job, own, columns)),
  ];
  return {
    environment,
    now,
    history,
    columns,
    rows,
    totals: columns.map((column, index) => totalOf(column, rows, index, history.runs, columns)),
    failures: history.runs
      .filter(({ failure, ending }) => failure !== undefined || ending === 'lost' || ending === 'gate')
      .reverse(),
    unrun: unrunOf(known),
    unread: jobs.flatMap(({ id }) => (known.states.get(id)?.unread ?? []).map((span) => ({ job: id, ...span }))),
    next: known.decisions
      .filter(({ decision }) => !resting.has(decision))
      .flatMap(({ job, next }) => (next === undefined ? [] : [{ job, slot: next }]))
      .sort((a, b) => a.slot.localeCompare(b.slot)),
  };
}

interface Events {
  readonly runs: readonly Run[];
  readonly ended: readonly Ended[];
}

/** From the plans, and from the states: a `tick` leaves no record of its plan. */
const endedByJob = (known: Known): Map<string, Ended[]> => Map.groupBy(remembered(known, endedOf), ({ job }) => job);

/** Those that a run settled with its own, too. */
const unrunOf = (known: Known): Ended[] =>
  remembered(known, settledOf)
    .filter(({ outcome, slot }) => outcome !== 'done' && !slot.startsWith('manual-'))
    .sort((a, b) => b.at - a.at || b.slot.localeCompare(a.slot));

function remembered({ history, states }: Known, read: typeof endedOf): Ended[] {
  const own = [...states].flatMap(([job, { recent }]) => recent.flatMap((settlement) => read(job, settlement) ?? []));
  const all = [...history.ended, ...own].filter(({ at }) => at >= history.from.getTime());
  return [...new Map(all.map((one) => [`${one.job} ${one.slot} ${one.outcome}`, one])).values()];
}

const resting: ReadonlySet<DecisionWord> = new Set(['disabled', 'paused', 'other_environment', 'renamed']);

function rowOf(job: Job, columns: readonly Column[], { now, states, decisions }: Known, events: Events): Row {
  const state = states.get(job.id);
  const decision = decisions.find((one) => one.job === job.id);
  const freshness = freshnessOf(job, {
    now,
    isResting: decision !== undefined && resting.has(decision.decision),
    lastDone: lastDone(state, events.runs),
    effectiveFrom: state?.schedule === undefined ? undefined : new Date(state.schedule.effective_from),
  });
  const last = events.runs.findLast(({ ending, isAgain }) => ending !== 'stopped' && isAgain !== true);
  const isRed = last !== undefined && last.ending !== 'done';
  return {
    job: job.id,
    service: job.service,
    freshness,
    decision,
    cells: cellsOf(columns, events),
    needsAttention: freshness.word === 'late' || (isRed && freshness.word !== 'resting'),
  };
}

function formerRow(job: string, runs: readonly Run[], columns: readonly Column[]): Row {
  const service = runs.find((run) => run.service !== '')?.service ?? '';
  const cells = cellsOf(columns, { runs, ended: [] });
  return { job, service, freshness: undefined, decision: undefined, cells, needsAttention: false };
}

/** Up to where the data is in: not by what was read or loaded once more. A run by hand reads up to when it ran. */
function lastDone(state: JobState | undefined, runs: readonly Run[]): Date | undefined {
  const settled = (state?.recent ?? []).filter(({ outcome }) => outcome === 'done');
  const good = runs.filter(({ ending, isAgain }) => (ending === 'done' || ending === 'gate') && isAgain !== true);
  const instants = [
    ...settled.map(({ slot, read_through = '' }) => Date.parse(slot.startsWith('manual-') ? read_through : slot)),
    ...good.map(({ slot, startedAt, through = startedAt }) =>
      slot.startsWith('manual-') ? through : Date.parse(slot),
    ),
  ].filter((instant) => !Number.isNaN(instant));
  return instants.length === 0 ? undefined : new Date(Math.max(...instants));
}

function cellsOf(columns: readonly Column[], { runs, ended }: Events): (Cell | undefined)[] {
  const runsIn = Map.groupBy(runs, ({ startedAt }) => columnOf(columns, startedAt));
  const endedIn = Map.groupBy(ended, ({ at }) => columnOf(columns, at));
  return columns.map((_, index) => cellOf(runsIn.get(index) ?? [], endedIn.get(index) ?? []));
}

function totalOf(
  column: Column,
  rows: readonly Row[],
  index: number,
  all: readonly Run[],
  columns: readonly Column[],
): Total {
  const cells = rows.flatMap(({ cells: own }) => own[index] ?? []);
  const sum = (what: 'done' | 'red' | 'runs' | 'records'): number => cells.reduce((all, cell) => all + cell[what], 0);
  const seconds = all
    .filter(({ startedAt, ending }) => ending !== 'lost' && columnOf(columns, startedAt) === index)
    .map((run) => run.seconds)
    .sort((a, b) => a - b);
  return {
    ...column,
    done: sum('done'),
    red: sum('red'),
    runs: sum('runs'),
    records: sum('records'),
    median: seconds[Math.floor(seconds.length / 2)],
    slow: seconds[Math.floor(seconds.length * 0.9)],
  };
}
