/** What a replay of jobs would change in their warehouses. Only looks. */
import { TidemillError } from '@tidemill/kit';
import { type DryRun, dryRun } from '../run/dry-run.ts';
import { comparing } from './comparison.ts';
import { jobsOf } from './operate.ts';
import type { ReplayRequest } from './replay.ts';
import type { Session } from './session.ts';
import type { VerifyRequest } from './verify.ts';
import { checkWarehouse, warehousesOf } from './warehouses.ts';

export interface DryRunRequest extends VerifyRequest, Pick<ReplayRequest, 'from' | 'quarantined'> {}

export interface JobDryRun extends DryRun {
  readonly job: string;
  readonly warehouse: string;
  /** Of the warehouse. */
  readonly url: string;
  /** Key of a manifest that is gone: what was committed before it cannot be loaded. */
  readonly missing?: string;
  /** Columns that the warehouse has of another type, a sentence each: a replay is refused. */
  readonly retyped: readonly string[];
}

/** One for each job and warehouse. Throws what the first of them throws, and `dry-run-part` where not all is to be loaded. */
export async function dryRuns(session: Session, request: DryRunRequest): Promise<readonly JobDryRun[]> {
  if (request.from !== undefined || request.quarantined !== undefined) {
    throw new TidemillError('config', 'dry-run-part', 'What would change is only known of a replay of all packages', {
      hint: 'Leave --from and --quarantined out.',
    });
  }
  checkWarehouse(session, request.warehouse);
  const found: JobDryRun[] = [];
  for (const job of jobsOf(session, request.jobs)) {
    const onPackage = (done: number, total: number): void => request.onPackage(job.id, done, total);
    for (const target of warehousesOf(session, job, request.warehouse)) {
      const about = { job, target, extent: 'all', values: request.values, onPackage } as const;
      const one = await comparing(session, about, async ({ about, rehearsal, scratch, missing, retyped }) => ({
        job: job.id,
        warehouse: target,
        url: about.warehouse.url,
        ...(await dryRun(about, rehearsal, scratch)),
        retyped,
        ...(missing === undefined ? {} : { missing }),
      }));
      found.push(one);
    }
  }
  return found;
}
