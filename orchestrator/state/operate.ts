/**
 * What people do to a job's state by hand: pure, from one state to the next, each with who, when and why. Undefined
 * means that there is nothing to do.
 */
import { type Interval, TidemillError } from '@tidemill/kit';
import type { Backfill, Claim, HistoryEntry, JobState, Operation, Target } from './job-state.ts';
import { targetIn, withTarget } from './targets.ts';
import { emptyState, failClaim, recordOperation } from './transitions.ts';

/** Who does it, when and why. */
export type Audit = Pick<HistoryEntry, 'at' | 'who' | 'why'>;

/** Whether the run that holds the claim may still be at work. */
export type IsLive = (claim: Claim) => boolean;

/** No plan runs the job by its schedule any more. A run that is at it goes on to its end. */
export function pause(state: JobState, audit: Audit): JobState | undefined {
  const { paused } = notMoved(state);
  if (paused !== undefined) return undefined;
  return noted({ ...state, paused: { at: audit.at, reason: audit.why } }, 'pause', audit);
}

export function resume(state: JobState, audit: Audit): JobState | undefined {
  const { paused, ...rest } = notMoved(state);
  return paused === undefined ? undefined : noted(rest, 'resume', audit);
}

/**
 * Forgets the cursor, also that of an open backfill, a listing that is open, what failed so far, and what was settled or read ahead of its time,
 * by a clock that was wrong; the data and the chain of packages stay. A
 * state that has moved to another id starts anew: everything it knew lives on there. Throws `claim-live`.
 */
export function reset(state: JobState, isLive: IsLive, audit: Audit): JobState {
  const { cursor, extracted: _, attempt: __, breaker: ___, listing: ____, backfill, ...rest } = idle(state, isLive);
  const { revision, history = [] } = state;
  const opened = backfill === undefined ? {} : { backfill: withoutCursor(backfill) };
  const notAhead = (name: 'settled_through' | 'read_through') =>
    (rest[name] ?? '') > audit.at ? { [name]: audit.at } : {};
  const known = { ...rest, ...notAhead('settled_through'), ...notAhead('read_through') };
  const forgotten =
    state.moved_to === undefined ? { ...known, ...opened } : { ...emptyState(state.job), revision, history };
  return noted(forgotten, 'reset', audit, cursor);
}

/** Puts the cursor somewhere else. Throws `claim-live`. */
export function rewind(
  state: JobState,
  cursor: NonNullable<JobState['cursor']>,
  isLive: IsLive,
  audit: Audit,
): JobState {
  const { cursor: before, extracted: _, listing: __, ...rest } = idle(notMoved(state), isLive);
  return noted({ ...rest, cursor }, 'rewind', audit, before);
}

/** Opens a backfill; undefined when this very one is open already. Throws `backfill-open` for another range. */
export function startBackfill(
  state: JobState,
  { id, from, to }: Pick<Backfill, 'id' | 'from' | 'to'>,
  audit: Audit,
): JobState | undefined {
  const { backfill: open } = notMoved(state);
  if (open === undefined) return noted({ ...state, backfill: { id, from, to, through: from } }, 'backfill', audit);
  if (open.from === from && open.to === to) return undefined;
  const ranges = `from ${open.from} to ${open.to}, not from ${from} to ${to}`;
  throw new TidemillError('config', 'backfill-open', `${state.job}: a backfill is open ${ranges}`, {
    hint: `\`npx tidemill backfill ${state.job}\` goes on with it, with --abandon it is given up.`,
  });
}

/** Gives the open backfill up; what it has read stays. Throws `claim-live`. */
export function abandonBackfill(state: JobState, isLive: IsLive, audit: Audit): JobState | undefined {
  if (state.backfill === undefined) return undefined;
  const { backfill: _, ...rest } = idle(notMoved(state), isLive);
  return noted(rest, 'backfill', { ...audit, why: `abandoned: ${audit.why}` });
}

/** Notes that a replay was asked for. Throws `claim-live`, and `replay-nothing` for a job without packages. */
export function askForReplay(state: JobState, isLive: IsLive, audit: Audit): JobState {
  if (notMoved(state).head !== undefined) return noted(idle(state, isLive), 'replay', audit);
  throw new TidemillError(
    'config',
    'replay-nothing',
    `${state.job} has no package in bronze that could be loaded again`,
  );
}

/**
 * Gives the replays into these warehouses up that were not finished, and the packages that could not be loaded. What was
 * loaded stays, and the job goes on; the history names what it goes on without. Throws `claim-live`.
 */
export function abandonReplays(
  state: JobState,
  names: readonly string[],
  isLive: IsLive,
  audit: Audit,
): JobState | undefined {
  const open = names.filter((name) => hasOpen(targetIn(state, name)));
  if (open.length === 0) return undefined;
  const left = open.flatMap((name) => targetIn(state, name).left_out ?? []).map(({ manifest }) => manifest);
  const given = open.reduce(withoutReplay, idle(notMoved(state), isLive));
  const why = `abandoned: ${audit.why}${without([...new Set(left)])}`;
  return noted(given, 'replay', { ...audit, why });
}

/** The history has room for so many. */
const MOST_NAMED = 3;

function without(manifests: readonly string[]): string {
  const more = manifests.length - MOST_NAMED;
  const named = manifests.slice(0, MOST_NAMED).map((manifest) => `; without ${manifest}`);
  return [...named, ...(more > 0 ? [` and ${more} more`] : [])].join('');
}

const hasOpen = ({ replay, left_out: left = [] }: Target): boolean => replay !== undefined || left.length > 0;

function withoutReplay(state: JobState, name: string): JobState {
  const { replay: _, left_out: __, ...target } = targetIn(state, name);
  return withTarget(state, name, target);
}

/** Takes the claim from the run that holds it, as if it had never been: from here on that run changes nothing. */
export function unlock(state: JobState, audit: Audit): JobState | undefined {
  const { claim, ...rest } = notMoved(state);
  return claim === undefined ? undefined : noted(rest, 'unlock', audit);
}

/** Ends the claim of a run that died: it counts as a failure, and should the run wake up it changes nothing. */
export function endDeadClaim(state: JobState, isLive: IsLive, now: Date): JobState | undefined {
  const { claim } = state;
  if (claim === undefined || isLive(claim)) return undefined;
  return failClaim(state, claim.run, { reason: 'the run ended without a word' }, now);
}

/** The identity of the run that reads one slice of a backfill. */
export const sliceSlot = ({ id }: Pick<Backfill, 'id'>, end: Date): string =>
  `manual-backfill-${id}-${end.toISOString().replace(/[-:]|\.\d{3}/g, '')}`;

/** Why a slice must not be read now: somebody has read it meanwhile, or the backfill was given up. */
export function sliceRefusal({ backfill }: JobState, slice: Interval): string | undefined {
  return backfill?.through === slice.start.toISOString() ? undefined : 'the backfill has moved on';
}

function withoutCursor({ cursor: _, ...backfill }: Backfill): Backfill {
  return backfill;
}

const noted = (state: JobState, operation: Operation, audit: Audit, before?: JobState['cursor']): JobState =>
  recordOperation(state, { ...audit, operation, ...(before === undefined ? {} : { cursor_before: before }) });

/** The state without the claim of a dead run, which must not change it once more when it wakes up. */
function idle(state: JobState, isLive: IsLive): JobState {
  const { claim, ...rest } = state;
  if (claim === undefined) return state;
  if (!isLive(claim)) return rest;
  const until = `until ${claim.lease_until} at the latest`;
  throw new TidemillError('transient', 'claim-live', `${state.job}: run ${claim.run} is at it, ${until}`, {
    hint: `Wait until it is done, or take its claim away: \`npx tidemill unlock ${state.job}\`.`,
  });
}

/** The same. Throws `job-renamed` for a signpost. */
export function notMoved(state: JobState): JobState {
  if (state.moved_to === undefined) return state;
  throw new TidemillError('config', 'job-renamed', `${state.job} was renamed to ${state.moved_to}`, {
    hint: `If it is another job that has the old id now: \`npx tidemill reset ${state.job}\`.`,
  });
}
