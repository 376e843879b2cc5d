/** Which jobs have nothing to read any more, by what was collected of their services. */
import type { TidemillError } from '@tidemill/kit';
import { States } from '../catalog/snapshot.ts';
import { eachSnapshot } from '../catalog/store.ts';
import type { Job } from '../config/job.ts';
import type { PlanInput } from '../plan/types.ts';
import type { Bucket } from '../storage/contract.ts';
import { readsUnit } from './reads-unit.ts';

export interface GoneUnits extends Required<Pick<PlanInput, 'gone'>> {
  /** One for each service whose catalog cannot be read: its jobs are planned as if it had none. */
  readonly faults: readonly TidemillError[];
}

/** Asks for the catalogs of the jobs' services, and of no other; for none where they all run programs. */
export async function goneUnits(bucket: Bucket, jobs: readonly Job[]): Promise<GoneUnits> {
  const reading = jobs.filter(readsUnit);
  const services = [...new Set(reading.map(({ service }) => service))];
  const since = new Map<string, ReadonlyMap<string, string>>();
  const faults = await eachSnapshot(bucket, services, States, ({ service, units }) => {
    const vanished = units.filter(({ state }) => state === 'gone');
    since.set(service, new Map(vanished.map(({ name, gone_at }) => [name, gone_at ?? ''])));
  });
  const gone = reading.flatMap(({ id, service, data_type }): [string, string][] => {
    const at = since.get(service)?.get(data_type);
    return at === undefined ? [] : [[id, at]];
  });
  return { gone: new Map(gone), faults };
}
