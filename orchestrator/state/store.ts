/** Reads and swaps job states in a bucket. */
import { TidemillError } from '@tidemill/kit';
import type { Bucket, Version } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { sideBySide } from '../storage/side-by-side.ts';
import { readText, writeJson } from '../storage/text.ts';
import { JobState, STATE_VERSION, versionOf } from './job-state.ts';
import { withRoom } from './outbox-aside.ts';
import { emptyState } from './transitions.ts';

/** A state and the version of the object it was read from; undefined when there was none. */
export interface StoredState {
  readonly state: JobState;
  readonly version: Version | undefined;
}

/** Answers the state of a job, as `readState` does. */
export type ReadState = (job: string) => Promise<StoredState>;

/** The job's state, or an empty one for a job that has none yet. */
export async function readState(bucket: Bucket, job: string): Promise<StoredState> {
  const object = await readText(bucket, keys.state(job));
  if (object === undefined) return { state: emptyState(job), version: undefined };
  return { state: parseState(bucket, job, object.text), version: object.version };
}

export interface States {
  /** By job id; a job that has none is left out. */
  readonly states: ReadonlyMap<string, JobState>;
  /** Why a job's state cannot be read, by job id: the other jobs do not wait for it. */
  readonly faults: ReadonlyMap<string, TidemillError>;
}

/** The states of the given jobs, each as `read` finds it. */
export async function readStates<J extends { readonly id: string }>(
  jobs: readonly J[],
  read: (job: J) => Promise<StoredState>,
): Promise<States> {
  const states = new Map<string, JobState>();
  const faults = new Map<string, TidemillError>();
  await sideBySide(jobs, async (job) => {
    const stored = await read(job).catch((error: unknown) => {
      if (!isUnreadable(error)) throw error;
      faults.set(job.id, error);
    });
    if (stored?.version !== undefined) states.set(job.id, stored.state);
  });
  return { states, faults };
}

/** Puts `next` in the place of `stored`; undefined when somebody else changed the object first. */
export async function swapState(bucket: Bucket, stored: StoredState, next: JobState): Promise<StoredState | undefined> {
  const roomy = await withRoom(bucket, stored.state, next);
  const state = { ...roomy, version: versionOf(next), revision: stored.state.revision + 1 };
  const onlyIf = stored.version === undefined ? 'absent' : { version: stored.version };
  const written = await writeJson(bucket, keys.state(state.job), state, { onlyIf });
  return written === undefined ? undefined : { state, version: written.version };
}

/** Nobody can say if a state was written: as after a lost race, the one that is there now tells. */
export function unlessUnknown(error: unknown): undefined {
  if (!(error instanceof TidemillError && error.code === 'bucket-write-unknown')) throw error;
}

/**
 * Reads, changes and swaps until the swap holds: losing the race, or its answer, means to read again and decide again.
 * `change` answers undefined when there is nothing to do, and may throw to give up.
 */
export async function updateState(
  bucket: Bucket,
  job: string,
  change: (state: JobState) => JobState | undefined,
): Promise<StoredState> {
  for (let tries = 1; ; tries += 1) {
    const stored = await readState(bucket, job);
    const next = change(stored.state);
    if (next === undefined) return stored;
    const swapped = await swapState(bucket, stored, next).catch(unlessUnknown);
    if (swapped !== undefined) return swapped;
    giveUpAfter(tries, job);
  }
}

/** Races that may be lost one after the other; twenty legs at once lose fewer than twenty. */
const MOST_TRIES = 200;

/** Throws `state-contended` when that is no race any more, but a store that never lets anybody win. */
export function giveUpAfter(tries: number, job: string): void {
  if (tries < MOST_TRIES) return;
  throw new TidemillError(
    'transient',
    'state-contended',
    `The state of ${job} could not be changed in ${tries} tries`,
    {
      hint: 'Either many runs change it at once, or the store refuses every conditional write, which `npx tidemill doctor` finds. Look at what lies under its key.',
    },
  );
}

/** Faults of one state: the other jobs do not wait for it. */
const UNREADABLE = new Set(['state-newer', 'state-damaged', 'bucket-key-folder']);

const isUnreadable = (error: unknown): error is TidemillError =>
  error instanceof TidemillError && UNREADABLE.has(error.code);

/** Throws `state-newer` and `state-damaged`. */
export function parseState(bucket: Bucket, job: string, text: string): JobState {
  const where = `${bucket.url}/${keys.state(job)}`;
  const raw = parseJson(text);
  const version = (raw as { version?: unknown } | undefined)?.version;
  if (typeof version === 'number' && version > STATE_VERSION) {
    throw new TidemillError('config', 'state-newer', `${where} was written by a newer Tidemill (version ${version})`, {
      hint: `This one reads version ${STATE_VERSION}. Update it; the object was left as it is.`,
    });
  }
  const parsed = JobState.safeParse(raw);
  if (!parsed.success)
    throw damaged(where, raw === undefined ? 'it is not JSON' : wrongAt(parsed.error.issues[0]?.path));
  if (parsed.data.job !== job) throw damaged(where, wrongAt(['job']));
  return parsed.data;
}

const wrongAt = (path: readonly PropertyKey[] = []): string =>
  path.length === 0 ? 'it is something else' : `see "${path.join('.')}"`;

const damaged = (where: string, what: string): TidemillError =>
  new TidemillError('config', 'state-damaged', `${where} is not the state of this job (${what})`, {
    hint: 'Restore the newest sound version of the object, which a bucket with object versioning keeps. It was left as it is, and the job does not run meanwhile.',
  });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A race that was lost 200 times is none. */
export const isPassing = (error: unknown): boolean =>
  error instanceof TidemillError && error.kind === 'transient' && error.code !== 'state-contended';

/** The claim is another run's by now, or nobody's. */
export const isLoss = (error: unknown): boolean => error instanceof TidemillError && error.code === 'lease-lost';
