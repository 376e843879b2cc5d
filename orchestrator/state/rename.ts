/**
 * A renamed job takes its state along. The old object stays as a signpost (`moved_to`), so that a leg or a planner with
 * an older configuration does not run the job under its old id as well.
 */
import type { Bucket } from '../storage/contract.ts';
import type { Claim, JobState } from './job-state.ts';
import { type ReadState, readState, type StoredState, swapState } from './store.ts';
import { endClaimAsFailure, recordOperation } from './transitions.ts';

/** A job and the ids it had before. */
export interface Renamed {
  readonly id: string;
  readonly previous_ids: readonly string[];
}

/**
 * The job's own state, or else the one under a previous id, which then still says so in its `job`. `read` may know states
 * without asking the bucket for each.
 */
export async function readRenamed(
  bucket: Bucket,
  job: Renamed,
  read: ReadState = (id) => readState(bucket, id),
): Promise<StoredState> {
  const own = await read(job.id);
  if (!isVacant(own)) return own;
  const previous = await findPrevious(read, job);
  if (previous === undefined) return own;
  // Somebody has put up the signpost and got no further: it is what there is of the job.
  const { moved_to: _, ...state } = previous.state;
  return { ...previous, state };
}

/**
 * Moves the state to the job's own id, if it still lies under a previous one. First the signpost, then the new object:
 * between the two, nobody can run the job, and the next one who looks goes on from the signpost. Answers why it has to
 * wait: somebody is running the job under its old id. `isAbandoned` knows of claims whose process is gone.
 */
export async function adoptState(
  bucket: Bucket,
  job: Renamed,
  now: Date,
  isAbandoned: (claim: Claim) => boolean = () => false,
): Promise<{ readonly busy: string } | undefined> {
  if (job.previous_ids.length === 0) return undefined;
  for (;;) {
    const own = await readState(bucket, job.id);
    if (!isVacant(own)) return undefined;
    const previous = await findPrevious((id) => readState(bucket, id), job);
    if (previous === undefined) return undefined;
    const { claim, job: oldId } = previous.state;
    if (claim !== undefined && Date.parse(claim.lease_until) > now.getTime() && !isAbandoned(claim)) {
      return { busy: `run ${claim.run} is at it under the old id ${oldId}` };
    }
    // A listing that is open is begun anew: its package has the old id in its name.
    const { listing: _, ...state } = endClaimAsFailure(previous.state, now.toISOString());
    const signpost = state.moved_to === job.id || (await swapState(bucket, previous, { ...state, moved_to: job.id }));
    if (signpost && (await swapState(bucket, own, arrived(state, job.id, now)))) return undefined;
  }
}

function arrived({ moved_to: _, ...state }: JobState, id: string, now: Date): JobState {
  const why = `renamed from ${state.job} to ${id}`;
  return recordOperation({ ...state, job: id }, { at: now.toISOString(), who: 'tidemill', operation: 'rename', why });
}

const isVacant = ({ version, state }: StoredState): boolean => version === undefined || state.moved_to !== undefined;

async function findPrevious(read: ReadState, { id, previous_ids }: Renamed): Promise<StoredState | undefined> {
  for (const previous of previous_ids) {
    const stored = await read(previous);
    const isHere = stored.state.moved_to === undefined || stored.state.moved_to === id;
    if (stored.version !== undefined && isHere) return stored;
  }
  return undefined;
}
