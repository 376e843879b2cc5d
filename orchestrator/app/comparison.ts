/** What it takes to hold the chain of a job against one of its warehouses. */
import { TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { type Source, sourceOf } from '../run/extract/source.ts';
import { type Extent, packagesFor, type Rehearsal, type Rehearsed, rehearse, type Scratch } from '../run/rehearse.ts';
import { tableOf } from '../run/silver/table.ts';
import type { Verification } from '../run/verify.ts';
import type { JobState } from '../state/job-state.ts';
import { readRenamed } from '../state/rename.ts';
import { targetIn } from '../state/targets.ts';
import type { ListedTable, Table } from '../warehouse/contract.ts';
import { provenance } from '../warehouse/table.ts';
import { serviceOf } from './assignments.ts';
import { inScratch } from './scratch.ts';
import type { Session } from './session.ts';
import { warehouseFor } from './warehouses.ts';

export interface ComparisonRequest {
  readonly job: Job;
  /** Name of the warehouse. */
  readonly target: string;
  readonly extent: Extent;
  readonly values: Verification['values'];
  /** Told how many packages of how many are loaded. */
  readonly onPackage: (done: number, total: number) => void;
}

/** All that is compared, where it is thrown away after, and what the packages came to. */
export interface Comparison {
  readonly about: Verification;
  readonly scratch: Scratch;
  readonly rehearsal: Rehearsal;
  /** Key of a manifest of the chain that is gone. */
  readonly missing: string | undefined;
  /** Columns that the warehouse has of another type than is declared now, a sentence each: it refuses every load until then. */
  readonly retyped: readonly string[];
}

/**
 * Loads the packages with today's code, and lets `compare` look. Throws `changed-meanwhile` when a run has worked on the job since
 * then: what was found may be of that.
 */
export async function comparing<T>(
  session: Session,
  { job, target, extent, values, onPackage }: ComparisonRequest,
  compare: (comparison: Comparison) => Promise<T>,
): Promise<T> {
  const { bucket, host } = session;
  const { state } = await readRenamed(bucket, job);
  const stream = await streamNow(session, job);
  const rehearsed: Rehearsed = { bucket, job, stream, state };
  const { manifests, missing } = await packagesFor(rehearsed, target, extent);
  const { warehouse } = await warehouseFor(session, target);
  const table = tableOf(job.service, stream);
  const listed = (await warehouse.tables()).find(({ schema, name }) => schema === table.schema && name === table.name);
  const retyped = retypedIn(listed, table);
  const about: Verification = {
    ...rehearsed,
    ...{ target, warehouse, table, manifests, values },
    isBroken: missing !== undefined,
    otherJobs: otherJobsOf(session, job),
    hasOtherColumns: hasOtherColumns(listed, table) || retyped.length > 0,
  };
  const { clock, interrupted: signal } = host;
  const compared = await inScratch(session, async (scratch) => {
    const rehearsal = await rehearse(rehearsed, manifests, scratch, { clock, signal, onPackage });
    return compare({ about, scratch, rehearsal, missing, retyped });
  });
  const after = await readRenamed(bucket, job);
  if (isSame(state, after.state, target)) return compared;
  throw new TidemillError('transient', 'changed-meanwhile', `A run of ${job.id} has worked while it was compared`, {
    hint: 'Do it again when no run is at work.',
  });
}

/** With today's code: the connector's stream, or that of the command. */
export const streamNow = async (session: Session, job: Job): Promise<Rehearsed['stream']> =>
  (await sourceNow(session, job)).stream;

export function sourceNow({ config, environment, host }: Session, job: Job): Promise<Source> {
  const service = serviceOf(config, job);
  return sourceOf({ job, service, slot: '', environment: environment.name, env: host.env });
}

/** Ids that packages of other jobs of the same table begin with. */
const otherJobsOf = ({ config }: Session, { id, service, data_type }: Job): string[] =>
  config.jobs
    .filter((job) => job.id !== id && job.service === service && job.data_type === data_type)
    .flatMap((job) => [job.id, ...job.previous_ids]);

function hasOtherColumns(listed: ListedTable | undefined, { columns }: Pick<Table, 'columns'>): boolean {
  const declared = new Set([...columns, ...provenance].map((column) => column.name.toLowerCase()));
  return listed?.columns.some((column) => !declared.has(column.name.toLowerCase())) ?? false;
}

function retypedIn(listed: ListedTable | undefined, { columns }: Pick<Table, 'columns'>): string[] {
  const has = new Map(listed?.columns.map((column) => [column.name.toLowerCase(), column]));
  return columns.flatMap(({ name, type }) => {
    const { type: called, declarable = [] } = has.get(name.toLowerCase()) ?? {};
    if (declarable.length === 0 || declarable.includes(type)) return [];
    return [
      `column ${name} is ${called} in the warehouse and declared as ${type} now: loads are refused until that is mended`,
    ];
  });
}

const isSame = (one: JobState, other: JobState, target: string): boolean =>
  one.head === other.head && JSON.stringify(targetIn(one, target)) === JSON.stringify(targetIn(other, target));
