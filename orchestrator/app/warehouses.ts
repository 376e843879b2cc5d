/** Which warehouses a person means by a name. */
import { TidemillError } from '@tidemill/kit';
import { suggestion } from '../config/faults.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { targetsOf } from '../run/order.ts';
import type { Warehouse } from '../warehouse/contract.ts';
import type { Session } from './session.ts';

/** Throws `unknown-warehouse`, with the nearest name there is, unless the environment has it. */
export function checkWarehouse({ environment }: Session, name: string | undefined): void {
  const names = [...environment.warehouses.keys()];
  if (name === undefined || names.includes(name)) return;
  throw new TidemillError('config', 'unknown-warehouse', `${environment.name} has no warehouse "${name}"`, {
    hint: suggestion(nearest(name, names), names) ?? '',
  });
}

export interface NamedWarehouse {
  readonly name: string;
  readonly warehouse: Warehouse;
}

/** The named one, or the first, open. Throws as `checkWarehouse` does. */
export async function warehouseFor(session: Session, name: string | undefined): Promise<NamedWarehouse> {
  checkWarehouse(session, name);
  for (const [known, open] of session.warehouses) {
    if (name === undefined || name === known) return { name: known, warehouse: await open() };
  }
  throw new TidemillError('bug', 'no-warehouse', `${session.environment.name} has no warehouse`);
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
