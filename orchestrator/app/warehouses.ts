/** Which warehouses a person means by a name. */
import { TidemillError } from '@tidemill/kit';
import { suggestion } from '../config/faults.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { targetsOf } from '../run/order.ts';
import type { Session } from './session.ts';

/** Throws `unknown-warehouse`, with the nearest name there is, unless the environment has it. */
export function checkWarehouse({ environment }: Session, name: string | undefined): void {
  const names = [...environment.warehouses.keys()];
  if (name === undefined || names.includes(name)) return;
  throw new TidemillError('config', 'unknown-warehouse', `${environment.name} has no warehouse "${name}"`, {
    hint: suggestion(nearest(name, names), names) ?? '',
  });
}

/** The named one, or all that the job loads into. Throws `not-into-warehouse` when it does not load into the named one. */
export function warehousesOf({ environment }: Session, job: Job, name: string | undefined): string[] {
  const names = targetsOf(job, environment.warehouses);
  if (name === undefined) return names;
  if (names.includes(name)) return [name];
  throw new TidemillError('config', 'not-into-warehouse', `${job.id} does not load into ${name}`, {
    hint: `It loads into: ${names.join(', ')}.`,
  });
}
