/** Holds what lies in bronze against what lies in silver, for each warehouse of each job. Only looks. */
import { asTidemillError, type TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { type Verdict, verify } from '../run/verify.ts';
import { readRenamed } from '../state/rename.ts';
import { targetIn } from '../state/targets.ts';
import { plural } from '../text/format.ts';
import { comparing } from './comparison.ts';
import { jobsOf } from './operate.ts';
import type { Session } from './session.ts';
import { checkWarehouse, warehousesOf } from './warehouses.ts';

export interface VerifyRequest {
  /** Ids and globs. */
  readonly jobs: readonly string[];
  /** The name of one; without it, every one of the job. */
  readonly warehouse?: string | undefined;
  /** Whether the answer may hold values of rows. */
  readonly values: 'shown' | 'hidden';
  readonly onPackage: (job: string, done: number, total: number) => void;
}

/**
 * `explained`: no row differs but for a reason that is known, as a package that waits. `different`: somebody has to look.
 */
export type Outcome = 'equal' | 'explained' | 'different';

export interface Verified extends Verdict {
  readonly job: string;
  readonly warehouse: string;
  /** Of the warehouse. */
  readonly url: string;
  readonly outcome: Outcome;
  /** What the warehouse need not have, a sentence each. */
  readonly notes: readonly string[];
}

/** What could not be held against each other, and why. */
export interface Unverified {
  readonly job: string;
  readonly warehouse: string;
  readonly error: TidemillError;
}

export interface Verifications {
  readonly verified: readonly Verified[];
  readonly refusals: readonly Unverified[];
}

/** Throws `unknown-job`, `unknown-warehouse` and `not-into-warehouse`; what else is thrown for one warehouse does not keep it from the others. */
export async function verifyJobs(session: Session, request: VerifyRequest): Promise<Verifications> {
  checkWarehouse(session, request.warehouse);
  const pairs = jobsOf(session, request.jobs).flatMap((job) =>
    warehousesOf(session, job, request.warehouse).map((warehouse) => ({ job, warehouse })),
  );
  const verified: Verified[] = [];
  const refusals: Unverified[] = [];
  for (const { job, warehouse } of pairs) {
    try {
      verified.push(await verifyOne(session, job, warehouse, request));
    } catch (thrown) {
      session.host.interrupted.throwIfAborted();
      refusals.push({ job: job.id, warehouse, error: asTidemillError(thrown) });
    }
  }
  return { verified, refusals };
}

async function verifyOne(session: Session, job: Job, target: string, request: VerifyRequest): Promise<Verified> {
  const onPackage = (done: number, total: number): void => request.onPackage(job.id, done, total);
  const about = { job, target, extent: 'loaded', values: request.values, onPackage } as const;
  return comparing(session, about, async ({ about, scratch, missing, retyped }) => {
    const verdict = await verify(about, scratch);
    const notes = [...retyped, ...(await notesOf(session, job, target))];
    if (missing !== undefined) notes.push(`nothing before ${missing}, which is gone, can be held against silver`);
    return { job: job.id, warehouse: target, url: about.warehouse.url, outcome: outcomeOf(verdict), ...verdict, notes };
  });
}

const outcomeOf = ({ findings }: Verdict): Outcome => {
  if (findings.some(({ isFault }) => isFault)) return 'different';
  return findings.length === 0 ? 'equal' : 'explained';
};

async function notesOf({ bucket }: Session, job: Job, target: string): Promise<string[]> {
  const { state } = await readRenamed(bucket, job);
  const {
    pending,
    left_out: left = [],
    begins_after: before,
    replay,
    doubted_since: doubted,
  } = targetIn(state, target);
  return [
    ...(pending.length === 0 ? [] : [`not looked at, for not loaded yet: ${plural(pending.length, 'package')}`]),
    ...(left.length === 0 ? [] : [`not looked at, for left out: ${plural(left.length, 'package')}`]),
    ...(before === undefined ? [] : [`not looked at, for only a replay loads it: what was committed up to ${before}`]),
    ...(replay === undefined
      ? []
      : [`a replay is open: ${replay.done} of ${plural(replay.total, 'package')} are done`]),
    ...(doubted === undefined ? [] : [`rows that ${doubted} does not name were left, in silver and for this`]),
  ];
}
