/** What a running leg has loaded: pure, from one state to the next. All throw `lease-lost` when `run` has no claim. */
import { type Drift, NO_DRIFT, noteFields, type Seen } from './fields.ts';
import type { JobState, PendingPackage, Replay } from './job-state.ts';
import { targetIn, withTarget } from './targets.ts';
import { held } from './transitions.ts';

/** A package that a warehouse has now. */
export interface Loaded {
  readonly target: string;
  readonly package: string;
  /** The fields of its records; none when they were not read. */
  readonly seen?: Seen;
  /**
   * Of a package of everything: rows that it does not name were `left`, and the next run begins anew, for only another one of
   * everything can say more of them; or all is `settled`.
   */
  readonly unnamed?: 'left' | 'settled';
}

/**
 * The warehouse has the package. Its fields are noted once, when the first warehouse has it: no other one has taken it
 * before.
 */
export function dropPackage(state: JobState, run: string, loaded: Loaded): { state: JobState; drift: Drift } {
  held(state, run);
  const { target: name, package: packageId, seen, unnamed } = loaded;
  const target = targetIn(state, name);
  const isIt = ({ id }: PendingPackage): boolean => id === packageId;
  const left = unnamed === 'left' ? target.pending.find(isIt) : undefined;
  const { cursor: _, ...anew } = state;
  const { doubted_since: since = left?.manifest, ...believed } = target;
  const doubt = since === undefined || unnamed === 'settled' ? {} : { doubted_since: since };
  const pending = target.pending.filter((waiting) => !isIt(waiting));
  const dropped = withTarget(left === undefined ? state : anew, name, { ...believed, ...doubt, pending });
  const isFirst = Object.values(state.targets).every(({ pending }) => pending.some(isIt));
  if (seen === undefined || !isFirst) return { state: dropped, drift: NO_DRIFT };
  const { fields, drift } = noteFields(state.fields, seen);
  return { state: { ...dropped, ...(fields === undefined ? {} : { fields }) }, drift };
}

/** A replay into one warehouse, and whether it begins with the first package there is. */
export interface ReplayStart {
  readonly target: string;
  readonly replay: Replay;
  readonly begins: 'at the first package' | 'later';
}

/** From here on bronze's packages are loaded once more; an earlier replay that was not finished is over. */
export function startReplay(state: JobState, run: string, { target: name, replay, begins }: ReplayStart): JobState {
  held(state, run);
  const { begins_after: lacks, ...target } = targetIn(state, name);
  if (replay.total === 0) return state;
  const still = begins === 'later' && lacks !== undefined ? { begins_after: lacks } : {};
  return withTarget(state, name, { ...target, ...still, replay });
}

/**
 * The next package of the replay is in the warehouse. If it was still to be loaded for the first time, that is done with
 * it, and so is what was committed before it: it came earlier in the replay, or was replaced.
 */
export function advanceReplay(state: JobState, run: string, name: string, manifest: string): JobState {
  held(state, run);
  const { replay, pending: before, ...others } = targetIn(state, name);
  const pending = before.slice(before.findIndex((waiting) => waiting.manifest === manifest) + 1);
  const rest = { ...others, pending };
  if (replay === undefined || replay.done + 1 >= replay.total) return withTarget(state, name, rest);
  return withTarget(state, name, { ...rest, replay: { ...replay, done: replay.done + 1 } });
}
