/** Jobs that load one table and of which each deletes what it does not name. */
import type { Stream } from '@tidemill/kit';
import type { FaultList } from '../config/faults.ts';
import type { Job } from '../config/job.ts';

/** Is told one job after the other, with its stream; a fault is left for each that cannot stand beside an earlier one. */
export function rivalCheck(faults: FaultList): (job: Job, stream: Stream) => void {
  const wholes: Job[] = [];
  return (job, stream) => {
    if ((stream.scope ?? 'changes') === 'changes') return;
    const rival = wholes.find((other) => sharesTable(other, job));
    wholes.push(job);
    if (rival === undefined) return;
    const { id, place, service, data_type } = job;
    const message = `${id}: ${rival.id} loads ${service}.${data_type} too, and each would delete the rows of the other`;
    faults.add(place, message, () => 'Let one job read all of it, or give them different environments.');
  };
}

/** Whether both load the same table of some warehouse. */
function sharesTable(one: Job, other: Job): boolean {
  if (one.service !== other.service || one.data_type !== other.data_type) return false;
  return haveCommon(one.environments, other.environments) && haveCommon(one.warehouses, other.warehouses);
}

/** None named means every one. */
const haveCommon = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === 0 || others.length === 0 || some.some((name) => others.includes(name));
