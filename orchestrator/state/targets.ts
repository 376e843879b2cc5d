/** What waits for each warehouse that a job loads into: pure, from one state to the next. */
import type { JobState, PendingPackage, Target } from './job-state.ts';

/** The state with one target changed. */
export const withTarget = (state: JobState, name: string, target: Target): JobState => ({
  ...state,
  targets: { ...state.targets, [name]: target },
});

/** What the warehouse does not have yet; nothing where no claim has named it so far. */
export const targetIn = ({ targets }: Pick<JobState, 'targets'>, name: string): Target =>
  Object.hasOwn(targets, name) ? (targets[name] ?? EMPTY) : EMPTY;

const EMPTY: Target = { pending: [] };

/** Every warehouse gets the package in its turn. */
export const addToAll = ({ targets }: JobState, added: PendingPackage): JobState['targets'] =>
  Object.fromEntries(
    Object.entries(targets).map(([name, target]) => [name, { ...target, pending: [...target.pending, added] }]),
  );

/** Packages that at least one warehouse lacks, oldest first: what one lacks is the end of what another lacks. */
export const waiting = ({ targets }: Pick<JobState, 'targets'>): readonly PendingPackage[] =>
  Object.values(targets).reduce<readonly PendingPackage[]>(
    (longest, { pending }) => (pending.length > longest.length ? pending : longest),
    [],
  );

export interface Aligned {
  readonly state: JobState;
  /** What has become of packages, a sentence each; none for a job that has committed nothing yet. */
  readonly notices: readonly string[];
}

/** Whose notices they are. */
export interface Alignment {
  /** What names the environment behind a command that is printed to be typed: ` --environment prd`. */
  readonly inEnvironment: string;
  /** Warehouses that this very run loads from the first package on: for these nothing is left to be typed. */
  readonly replayed: readonly string[];
}

/**
 * The state of a job that loads into the warehouses of these names from now on. One that is new waits for what is
 * committed from now on, and for what waited for those that are not configured any more; where there is no new one, that
 * waits no longer. One alone that comes for one alone that goes is taken for the same under another name.
 */
export function alignTargets(state: JobState, names: readonly string[], about: Alignment): Aligned {
  const gone = Object.keys(state.targets).filter((name) => !names.includes(name));
  const added = names.filter((name) => !Object.hasOwn(state.targets, name));
  const [before = ''] = gone;
  const isRenamed = gone.length === 1 && added.length === 1;
  const left = Object.fromEntries(gone.map((name) => [name, targetIn(state, name)]));
  const fresh = isRenamed ? targetIn(state, before) : newTarget(state, waiting({ targets: left }));
  const targets = names.map((name) => [name, added.includes(name) ? fresh : targetIn(state, name)] as const);
  const came = added.map((name) => {
    const [what, then] = isRenamed ? [`takes the place of ${before}`, EMPTY_ONE] : ['is new', EARLIER];
    const isWhole = about.replayed.includes(name);
    return `the warehouse ${name} ${what}${isWhole ? '' : `; ${then} ${replayOf(state, name, about)}`}`;
  });
  const notices = isRenamed ? came : [...came, ...losses(left, added)];
  return {
    state: { ...state, targets: Object.fromEntries(targets) },
    notices: state.head === undefined ? [] : notices,
  };
}

const newTarget = ({ head }: JobState, pending: readonly PendingPackage[]): Target =>
  head === undefined ? { pending: [...pending] } : { pending: [...pending], begins_after: head };

const EMPTY_ONE = 'if it is an empty one:';
const EARLIER = 'what was committed before it is loaded by';

const replayOf = ({ job }: JobState, name: string, { inEnvironment }: Alignment): string =>
  `\`npx tidemill replay ${job} --warehouse ${name}${inEnvironment}\``;

function losses(left: JobState['targets'], added: readonly string[]): string[] {
  return Object.entries(left).flatMap(([name, { pending, replay }]) => [
    ...(pending.length === 0 || added.length > 0
      ? []
      : [`not loaded into ${name}, which is no warehouse of the job any more: ${namesOf(pending)}`]),
    ...(replay === undefined ? [] : [`the replay into ${name} is given up: it is no warehouse of the job any more`]),
  ]);
}

const MOST_NAMED = 3;

function namesOf(packages: readonly PendingPackage[]): string {
  const more = packages.length - MOST_NAMED;
  const named = packages.slice(0, MOST_NAMED).map(({ id }) => id);
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** Keys of the manifests since which what the source says of everything is doubted, in whatever warehouse. */
export const doubtedIn = ({ targets }: Pick<JobState, 'targets'>): readonly string[] =>
  Object.values(targets).flatMap(({ doubted_since: since }) => since ?? []);
