/** What lies in quarantine of a job, and which of it fits its table by now. `load.ts` loads it again. */
import type { Stream } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { quarantineCommand } from '../result/gates.ts';
import type { JobState } from '../state/job-state.ts';
import type { Bucket } from '../storage/contract.ts';
import { type QuarantinedPackage, quarantinedPackages } from './bronze/quarantined.ts';
import type { Source } from './extract/source.ts';
import { recordMapper } from './silver/map.ts';
import { type QuarantinedRecord, readQuarantine } from './silver/quarantine.ts';
import type { Work } from './work.ts';

/** Where to look, and of what. */
export interface InQuarantine {
  readonly bucket: Bucket;
  readonly job: Pick<Job, 'service' | 'data_type'>;
  readonly state: Pick<JobState, 'head' | 'targets'>;
  readonly stream: Pick<Stream, 'write' | 'scope'>;
  /** Names of the warehouses whose rejects are asked for. */
  readonly targets: readonly string[];
}

/** The packages of the job that have rejects, oldest first. */
export function packagesInQuarantine({ bucket, job, state, stream, targets }: InQuarantine) {
  const { service, data_type } = job;
  const without = Object.keys(state.targets).filter((name) => !targets.includes(name));
  return quarantinedPackages(bucket, { head: state.head, table: { service, data_type }, stream, without });
}

/** Each record of the package once, though several warehouses may lack it. */
export async function* recordsInQuarantine(
  bucket: Bucket,
  { keys }: QuarantinedPackage,
): AsyncIterable<QuarantinedRecord> {
  const seen = new Set<string>();
  for (const key of keys) {
    for await (const records of readQuarantine(bucket, key)) {
      for (const record of records) {
        const place = `${record.object}:${record.line}`;
        if (keys.length > 1 && seen.has(place)) continue;
        seen.add(place);
        yield record;
      }
    }
  }
}

/** Names of the packages of which at least one record fits by now. */
export async function fittingPackages(work: Work, { stream }: Source, target: string): Promise<ReadonlySet<string>> {
  const { bucket } = work.world;
  const { packages } = await packagesInQuarantine(quarantineOf(work, stream, [target]));
  const map = recordMapper(stream, () => undefined);
  const fitting = new Set<string>();
  for (const pack of packages) {
    for await (const { text } of recordsInQuarantine(bucket, pack)) {
      if ('reject' in map(text)) continue;
      fitting.add(pack.name);
      break;
    }
  }
  return fitting;
}

/** How many records lie in quarantine for the warehouses of these names. */
export async function countInQuarantine(work: Work, { stream }: Source, targets: readonly string[]): Promise<number> {
  const { packages } = await packagesInQuarantine(quarantineOf(work, stream, targets));
  let count = 0;
  for (const pack of packages) for await (const _ of recordsInQuarantine(work.world.bucket, pack)) count += 1;
  return count;
}

/** What became of the records that lay there. */
export function quarantineText({ order, world }: Work, before: number, after: number): string {
  if (before === 0) return 'nothing lies in quarantine';
  const command = quarantineCommand(order.job.id, world.environment);
  return `records in quarantine: ${before} before, ${after === 0 ? 'none now' : `${after} now (\`${command}\`)`}`;
}

const quarantineOf = ({ order, world, ledger }: Work, stream: Stream, targets: readonly string[]): InQuarantine => ({
  bucket: world.bucket,
  job: order.job,
  state: ledger.state,
  stream,
  targets,
});
