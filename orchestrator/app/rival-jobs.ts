/** Jobs that load one table of which one deletes what it does not name. */
import type { Stream } from '@tidemill/kit';
import type { FaultList } from '../config/faults.ts';
import type { Job } from '../config/job.ts';

type Scope = NonNullable<Stream['scope']>;

interface Known {
  readonly job: Job;
  readonly scope: Scope;
}

/** Is told one job after the other, with the scope of its runs; a fault is left for each that cannot stand beside an earlier one. */
export function rivalCheck(faults: FaultList): (job: Job, scope: Scope | undefined) => void {
  const known: Known[] = [];
  return (job, scope = 'changes') => {
    const own = { job, scope };
    const rival = known.find((other) => sharesTable(other.job, job) && (isWhole(other) || isWhole(own)));
    known.push(own);
    if (rival === undefined) return;
    const { id, place, service, data_type } = job;
    const message = `${id}: ${rival.job.id} loads ${service}.${data_type} too, and ${lossOf(rival, own)}`;
    faults.add(place, message, () => 'Let one job read all of it, or give them different environments.');
  };
}

const isWhole = ({ scope }: Known): boolean => scope !== 'changes';

const lossOf = (one: Known, other: Known): string => {
  if (isWhole(one) && isWhole(other)) return 'each would delete the rows of the other';
  const [whole, part] = isWhole(one) ? [one, other] : [other, one];
  return `${whole.job.id} would delete the rows of ${part.job.id}`;
};

/** Whether both load the same table of some warehouse. */
function sharesTable(one: Job, other: Job): boolean {
  if (one.service !== other.service || one.data_type !== other.data_type) return false;
  return haveCommon(one.environments, other.environments) && haveCommon(one.warehouses, other.warehouses);
}

/** None named means every one. */
const haveCommon = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === 0 || others.length === 0 || some.some((name) => others.includes(name));
