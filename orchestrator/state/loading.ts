/**
 * What a running leg has loaded: pure, from one state to the next, and the same state when it says so already. All throw
 * `lease-lost` when `run` has no claim.
 */
import { isDeepStrictEqual } from 'node:util';
import { bothDrifts, type Drift, NO_DRIFT, noteFields, type Seen } from './fields.ts';
import type { JobState, LeftOut, PendingPackage, Replay, Target } from './job-state.ts';
import { targetIn, withTarget } from './targets.ts';
import type { TellingChanges } from './telling-changes.ts';
import { held } from './transitions.ts';

/** Packages that a warehouse has now. */
export interface Loaded {
  readonly target: string;
  readonly packages: readonly LoadedPackage[];
}

export interface LoadedPackage {
  readonly id: string;
  /** The fields of its records; none when they were not read. */
  readonly seen?: Seen;
  /**
   * Of a package of everything: rows that it does not name were `left`, for nobody believes it yet, or it is `unclear` which it
   * does not name, for records were rejected; then the next run begins anew, for only another one of everything can say more of
   * them. Or all is `settled`.
   */
  readonly unnamed?: 'left' | 'unclear' | 'settled';
}

interface Dropped {
  readonly state: JobState;
  readonly drift: Drift;
}

/** The warehouse has the packages, in their order. */
export function dropPackages(state: JobState, run: string, { target, packages }: Loaded): Dropped {
  held(state, run);
  return packages.reduce<Dropped>(
    (before, one) => {
      const { state: next, drift } = dropPackage(before.state, target, one);
      return { state: next, drift: bothDrifts(before.drift, drift) };
    },
    { state, drift: NO_DRIFT },
  );
}

/** Its fields are noted once, when the first warehouse has it: no other one has taken it before. */
function dropPackage(state: JobState, name: string, { id: packageId, seen, unnamed }: LoadedPackage): Dropped {
  const target = targetIn(state, name);
  const isIt = ({ id }: PendingPackage): boolean => id === packageId;
  if (!target.pending.some(isIt)) return { state, drift: NO_DRIFT };
  const left = unnamed === 'left' ? target.pending.find(isIt) : undefined;
  const { cursor: _, ...anew } = state;
  const { doubted_since: since = left?.manifest, ...believed } = target;
  const doubt = since === undefined || unnamed === 'settled' ? {} : { doubted_since: since };
  const pending = target.pending.filter((waiting) => !isIt(waiting));
  const isSaidAgain = unnamed === 'left' || unnamed === 'unclear';
  const dropped = withTarget(isSaidAgain ? anew : state, name, { ...believed, ...doubt, pending });
  const isFirst = Object.values(state.targets).every(({ pending }) => pending.some(isIt));
  if (seen === undefined || !isFirst) return { state: dropped, drift: NO_DRIFT };
  const { fields, drift } = noteFields(state.fields, seen);
  return { state: { ...dropped, ...(fields === undefined ? {} : { fields }) }, drift };
}

/** The warehouse has nothing of what was committed up to the manifest, as if it had been configured after it. */
export function foundEmpty(state: JobState, run: string, name: string, before: string): JobState {
  held(state, run);
  const target = targetIn(state, name);
  return target.begins_after === undefined ? withTarget(state, name, { ...target, begins_after: before }) : state;
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
  const { begins_after: lacks, left_out: left, ...target } = targetIn(state, name);
  if (replay.total === 0) return state;
  // From the first package on, what cannot be loaded is found anew.
  const still = {
    ...(lacks === undefined ? {} : { begins_after: lacks }),
    ...(left === undefined ? {} : { left_out: left }),
  };
  return withTarget(state, name, { ...target, ...(begins === 'later' ? still : {}), replay });
}

/** A state has room for so many; what makes it known that there are any is the first. */
const MOST_LEFT_OUT = 100;

/** The package cannot be had from bronze: it waits no longer, and the state remembers it. */
export function leaveOut(state: JobState, run: string, name: string, left: LeftOut): JobState {
  held(state, run);
  const target = targetIn(state, name);
  const pending = target.pending.filter(({ manifest }) => manifest !== left.manifest);
  return withTarget(state, name, withLeftOut({ ...target, pending }, [...othersLeftOut(target, left.manifest), left]));
}

/** What was left out is had by other means, or nobody waits for it any more. */
export function forgetLeftOut(state: JobState, run: string, name: string, manifests: readonly string[]): JobState {
  held(state, run);
  const target = targetIn(state, name);
  const { left_out: left = [] } = target;
  return withTarget(
    state,
    name,
    withLeftOut(
      target,
      left.filter(({ manifest }) => !manifests.includes(manifest)),
    ),
  );
}

const othersLeftOut = ({ left_out: all = [] }: Target, manifest: string): readonly LeftOut[] =>
  all.filter((other) => other.manifest !== manifest);

function withLeftOut({ left_out: _, ...target }: Target, left: readonly LeftOut[]): Target {
  return left.length === 0 ? target : { ...target, left_out: left.slice(0, MOST_LEFT_OUT) };
}

/** Packages of a replay that are done: brought into a warehouse, or left out. */
export interface Replayed {
  readonly target: string;
  readonly manifests: readonly string[];
  /** How many packages of the replay are done with them. */
  readonly done: number;
  /** Why they were left out, where they were. */
  readonly why?: string | undefined;
}

/**
 * The replay has come so far: the packages are in the warehouse, or were left out for a reason. If one was still to be loaded for the
 * first time, that is done with it, and so is what was committed before it: it came earlier in the replay, or was replaced.
 */
export function advanceReplay(
  state: JobState,
  run: string,
  { target: name, manifests, done, why }: Replayed,
): JobState {
  held(state, run);
  const { replay, ...target } = targetIn(state, name);
  if (replay === undefined || replay.done >= done) return state;
  let rest: Target = target;
  for (const manifest of manifests) {
    const pending = rest.pending.slice(rest.pending.findIndex((waiting) => waiting.manifest === manifest) + 1);
    const left = othersLeftOut(rest, manifest);
    rest = withLeftOut({ ...rest, pending }, why === undefined ? left : [...left, { manifest, reason: why }]);
  }
  return withTarget(state, name, done >= replay.total ? rest : { ...rest, replay: { ...replay, done } });
}

/** The changes of the table are told so far. */
export function tellChanges(state: JobState, run: string, changes: TellingChanges): JobState {
  held(state, run);
  return isDeepStrictEqual(state.changes, changes) ? state : { ...state, changes };
}
