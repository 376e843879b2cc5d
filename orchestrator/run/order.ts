/** What a run is asked to do, what it is given to do it with, and what follows from both before anything happens. */
import {
  type Attachment,
  type Interval,
  type KeepTokens,
  type ReadableBucket,
  type Stream,
  TidemillError,
} from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import type { Job, Service } from '../config/job.ts';
import type { EventKind } from '../events/published/kind-names.ts';
import type { Mode, RunEvent } from '../events/run-event.ts';
import type { Claim, JobState } from '../state/job-state.ts';
import type { Bucket } from '../storage/contract.ts';
import type { Warehouse } from '../warehouse/contract.ts';
import type { KeepCatalog } from './extract/datasets.ts';

export interface Order {
  readonly job: Job;
  readonly service: Service;
  /** UTC instant of a cron occurrence, or `manual-<run id>`. */
  readonly slot: string;
  /** Of a backfill the slice. Of the others as it was planned: what they read follows from the state they claim. */
  readonly interval: Interval;
  /** Of a run by hand: the slot that was asked for, where it stops reading. */
  readonly upTo?: Date;
  readonly mode: Mode;
  /** With `replay`: only packages that were finished at this instant or later, or with rejects that fit by now. */
  readonly replayFrom?: Date | 'quarantine';
  /** With `replay`: names of the warehouses that are loaded once more, if not all. */
  readonly replayInto?: readonly string[];
  /** Seconds that the run waits for its crawls, if not as long as its job says. */
  readonly waitSeconds?: number;
  /** A person has looked: what the source does not name may be deleted, however much it is. */
  readonly acceptsDeletes?: true;
  /** Values that the job may see and no event, state or record may hold. */
  readonly secrets: readonly string[];
  /** The job's next slot, as a UTC instant: for people. */
  readonly next?: string;
}

/** Who is told of the events of a job. */
export interface Audience {
  /** Names of sinks. */
  readonly sinks: readonly string[];
  /** Whether any of them is told of events of the kind. */
  wants(kind: EventKind): boolean;
}

export interface World {
  readonly environment: string;
  readonly bucket: Bucket;
  /**
   * By name, in the order of the configuration. Each is opened when its first package is loaded: a run without news never
   * touches one.
   */
  readonly warehouses: ReadonlyMap<string, () => Promise<Warehouse>>;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Another bucket, for connectors that read files. Rejects with kind `config` where no driver opens it. */
  readonly openBucket?: (location: string) => Promise<Bucket>;
  /** Access tokens of services that need them, for all runs of the process. */
  readonly keepTokens: KeepTokens;
  /** For jobs that collect the catalog of their service. */
  readonly keepCatalog?: KeepCatalog;
  /** Those and other secrets that came to be while jobs ran: no event may hold them either. */
  readonly derived?: ReadonlySet<string>;
  /** Unique per process. */
  readonly runId: string;
  readonly holder?: Claim['holder'];
  readonly isAlive?: (holder: NonNullable<Claim['holder']>) => boolean | undefined;
  /** Commit of this code, for the manifests. */
  readonly commit?: string;
  /** Aborted when a person stops the run, or, with a TidemillError as its reason, when the machine's time is over. */
  readonly signal: AbortSignal;
  /** Where the log of this machine can be read. */
  readonly logUrl?: string;
  /** Told everything that happens, as it happens. Never throws: `events/observers.ts` sees to it. */
  readonly onEvent: (event: RunEvent) => void;
  /** Handed what an error brings along, without the secrets of the job, before it is told; nobody keeps it, if not given. */
  readonly onAttachments?: (run: Pick<RunEvent, 'job' | 'slot'>, attachments: readonly Attachment[]) => void;
  /** Whom published events are kept for; nobody, if not given. */
  readonly audienceOf?: (job: Job) => Audience;
}

/** Names of the warehouses that the job loads into, out of those of its environment and in their order. */
export const targetsOf = (
  { warehouses: chosen }: Pick<Job, 'warehouses'>,
  warehouses: ReadonlyMap<string, unknown>,
): string[] => [...warehouses.keys()].filter((name) => chosen.length === 0 || chosen.includes(name));

/** Throws kind `bug` for a name that is none of this world. */
export function openTarget({ warehouses }: World, name: string): Promise<Warehouse> {
  const open = warehouses.get(name);
  if (open === undefined) throw new TidemillError('bug', 'target-missing', `There is no warehouse ${name} here`);
  return open();
}

/** A bucket that can only be read. Throws kind `config` where no driver opens it. */
export async function openReadable({ openBucket }: World, location: string): Promise<ReadableBucket> {
  if (openBucket === undefined) throw new TidemillError('bug', 'no-buckets', 'Nobody opens buckets here');
  const bucket = await openBucket(location);
  return { list: (prefix) => bucket.list(prefix), read: (key) => bucket.read(key) };
}

/** The cursor to go on from. Throws `cursor-version` or `cursor-invalid` for one this connector cannot read. */
export function cursorOf({ job, mode, interval }: Order, { cursor }: Stream, state: JobState): unknown {
  if (cursor === undefined) return undefined;
  const start = mode === 'backfill' ? (cursor.at?.(interval.start) ?? cursor.start) : cursor.start;
  const stored = mode === 'backfill' ? state.backfill?.cursor : state.cursor;
  if (mode === 'full' || stored === undefined) return start;
  if (stored.version !== cursor.version) {
    const versions = `${stored.version}, the connector reads ${cursor.version}`;
    throw new TidemillError('config', 'cursor-version', `${job.id}: the stored cursor has version ${versions}`, {
      hint: 'Run the job once with --full-refresh.',
    });
  }
  const parsed = cursor.schema.safeParse(stored.value);
  if (parsed.success) return parsed.data;
  throw new TidemillError('config', 'cursor-invalid', `${job.id}: the stored cursor is not one of the connector`, {
    hint: 'Run the job once with --full-refresh.',
  });
}

/** `job.slot.run`, unique among all packages there will ever be; a further try of the same run adds its number, from 2. */
export function packagePrefix({ job, slot }: Order, { runId }: World, attempt: number): string {
  const compact = slot.replace(/[-:]|\.000/g, '');
  return [job.id, compact, runId, ...(attempt > 1 ? [attempt] : [])].join('.');
}

/** What every manifest of the run says. */
export function factsOf({ job, slot, interval }: Order, world: World, { attempt }: Claim) {
  return {
    environment: world.environment,
    job: job.id,
    service: job.service,
    data_type: job.data_type,
    slot,
    interval: { start: interval.start.toISOString(), end: interval.end.toISOString() },
    run: world.runId,
    attempt,
    ...(world.commit === undefined ? {} : { commit: world.commit }),
  };
}

/** When the job's time is over. */
export const deadlineOf = ({ job }: Order, startedAt: Date): Date =>
  new Date(startedAt.getTime() + job.timeout_minutes * 60_000);

/** Aborted, with an error as its reason, when the time of what is named is over; not any more once `ended` is aborted. */
export function timeLimit(what: string, minutes: number, clock: Clock, ended: AbortSignal): AbortSignal {
  const limit = new AbortController();
  const over = (): void => {
    const message = `${what} was still running after ${minutes} minutes`;
    const hint =
      'What was committed is kept, and the next run goes on from there. Raise timeout_minutes if it needs more.';
    limit.abort(new TidemillError('transient', 'time-limit', message, { hint }));
  };
  clock.sleep(minutes * 60_000, ended).then(over, () => undefined);
  return limit.signal;
}
