/** Which jobs have nothing to read any more, by what was collected of their services. */
import type { TidemillError } from '@tidemill/kit';
import { readSnapshots } from '../catalog/store.ts';
import type { Job } from '../config/job.ts';
import type { PlanInput } from '../plan/types.ts';
import type { Bucket } from '../storage/contract.ts';

/** What a job reads is a data set of its service, unless it has a program of its own. */
export const readsUnit = ({ command }: Pick<Job, 'command'>): boolean => command === undefined;

export interface GoneUnits extends Required<Pick<PlanInput, 'gone'>> {
  /** One for each service whose catalog cannot be read: its jobs are planned as if it had none. */
  readonly faults: readonly TidemillError[];
}

/** Asks for the catalogs of the jobs' services, and of no other; for none where they all run programs. */
export async function goneUnits(bucket: Bucket, jobs: readonly Job[]): Promise<GoneUnits> {
  const reading = jobs.filter(readsUnit);
  const services = [...new Set(reading.map(({ service }) => service))];
  const { snapshots, faults } = await readSnapshots(bucket, services);
  const since = new Map(
    [...snapshots].map(([service, { units }]) => [
      service,
      new Map(units.flatMap(({ name, state, gone_at }) => (state === 'gone' ? [[name, gone_at ?? '']] : []))),
    ]),
  );
  const gone = reading.flatMap(({ id, service, data_type }): [string, string][] => {
    const at = since.get(service)?.get(data_type);
    return at === undefined ? [] : [[id, at]];
  });
  return { gone: new Map(gone), faults };
}
