/** Everything the page shows, worked out from what was read. Pure. */
import type { Job } from '../config/job.ts';
import type { Decision, DecisionWord } from '../plan/types.ts';
import type { JobState } from '../state/job-state.ts';
import { type Cell, cellOf } from './cells.ts';
import { type Column, columnOf, columnsOf } from './columns.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import type { History } from './read.ts';
import { type Ended, endedOf, type Held, type Run, settledOf } from './records.ts';

export interface Known {
  readonly environment: string;
  readonly now: Date;
  /** In the order of the configuration. */
  readonly jobs: readonly Job[];
  readonly states: ReadonlyMap<string, JobState>;
  readonly decisions: readonly Decision[];
  readonly history: History;
  /** Where people are told that a job fails; undefined where nobody can know. */
  readonly issueOf?: ((job: string) => string) | undefined;
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
  /** Its last run by its schedule or by hand. */
  readonly last: Run | undefined;
  /** The same, where it did not end well. */
  readonly trouble: Run | undefined;
  /** Why the last plan did not run it, where this page cannot know that. */
  readonly held: Held | undefined;
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
  /** Jobs that only run in other environments, and which these are. */
  readonly elsewhere: readonly { readonly job: string; readonly reason: string }[];
  readonly issueOf: Known['issueOf'];
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
  const decisions = new Map(known.decisions.map((decision) => [decision.job, decision]));
  const held = new Map(history.held.map((one) => [one.job, one]));
  const isAway = (job: string): boolean => decisions.get(job)?.decision === 'other_environment' && !runs.has(job);
  const rows = [
    ...jobs
      .filter(({ id }) => !isAway(id))
      .map((job) =>
        rowOf(job, columns, known, { ...eventsOf(job.id), decision: decisions.get(job.id), held: held.get(job.id) }),
      ),
    ...former.map(([job, own]) => formerRow(job, own, columns)),
  ];
  return {
    environment,
    now,
    history,
    columns,
    rows,
    elsewhere: known.decisions.filter(({ job }) => isAway(job)).map(({ job, reason }) => ({ job, reason })),
    issueOf: known.issueOf,
    totals: totalsOf(columns, rows, history.runs),
    failures: history.runs.filter(isTrouble).reverse(),
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

const isTrouble = ({ failure, ending }: Run): boolean =>
  failure !== undefined || ending === 'lost' || ending === 'gate';

interface Told extends Events {
  readonly decision: Decision | undefined;
  readonly held: Held | undefined;
}

function rowOf(job: Job, columns: readonly Column[], { now, states }: Known, events: Told): Row {
  const state = states.get(job.id);
  const { decision } = events;
  const freshness = freshnessOf(job, {
    now,
    isResting: decision !== undefined && resting.has(decision.decision),
    isWaiting: decision?.decision === 'waiting' || decision?.decision === 'resume',
    lastDone: lastDone(state, events.runs),
    effectiveFrom: state?.schedule === undefined ? undefined : new Date(state.schedule.effective_from),
  });
  const last = lastOf(events.runs);
  const trouble = last !== undefined && isTrouble(last) ? last : undefined;
  return {
    job: job.id,
    service: job.service,
    freshness,
    decision,
    cells: cellsOf(columns, events),
    needsAttention: freshness.word === 'late' || (trouble !== undefined && freshness.word !== 'resting'),
    last,
    trouble,
    held: events.held,
  };
}

/** That says how the job does: of what is read once more, or was stopped by hand, none does. */
const lastOf = (runs: readonly Run[]): Run | undefined =>
  runs.findLast(({ ending, isAgain }) => ending !== 'stopped' && ending !== 'parked' && isAgain !== true);

function formerRow(job: string, runs: readonly Run[], columns: readonly Column[]): Row {
  const service = runs.find((run) => run.service !== '')?.service ?? '';
  const cells = cellsOf(columns, { runs, ended: [] });
  const none = { freshness: undefined, decision: undefined, trouble: undefined, held: undefined };
  return { ...none, job, service, cells, needsAttention: false, last: lastOf(runs) };
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

function totalsOf(columns: readonly Column[], rows: readonly Row[], runs: readonly Run[]): Total[] {
  const told = runs.filter(({ ending }) => ending !== 'lost');
  const timed = Map.groupBy(told, ({ startedAt }) => columnOf(columns, startedAt));
  return columns.map((column, index) => {
    const cells = rows.flatMap(({ cells: own }) => own[index] ?? []);
    const sum = (what: 'done' | 'red' | 'runs' | 'records'): number => cells.reduce((all, cell) => all + cell[what], 0);
    const seconds = (timed.get(index) ?? []).map((run) => run.seconds).sort((a, b) => a - b);
    return {
      ...column,
      done: sum('done'),
      red: sum('red'),
      runs: sum('runs'),
      records: sum('records'),
      median: seconds[Math.floor(seconds.length / 2)],
      slow: seconds[Math.floor(seconds.length * 0.9)],
    };
  });
}
