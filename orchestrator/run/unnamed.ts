/** Rows that a package of everything does not name: how many may go, and what is said of those that were left. */
import type { Scope, Stream } from '@tidemill/kit';
import { rowsLeft } from '../result/gates.ts';
import type { LoadedPackage } from '../state/loading.ts';
import type { Order } from './order.ts';
import type { LoadReport } from './silver/load.ts';
import type { DeleteLimits } from './silver/may-delete.ts';
import type { Telling } from './telling.ts';

export interface LoadedOne extends LoadReport, Pick<LoadedPackage, 'unnamed'> {
  readonly scope: Scope;
}

/** Of what somebody reads or loads again of the past no gate is asked: what was left is only told. */
export function noticed(loaded: LoadReport, telling: Telling): LoadReport {
  const { left, ...counts } = loaded.counts;
  if (left !== undefined) telling.notice(rowsLeft(left));
  return { ...loaded, counts };
}

/** What the job lets a package of everything delete. */
export const deleteLimits = ({ job, acceptsDeletes }: Pick<Order, 'job' | 'acceptsDeletes'>): DeleteLimits => ({
  maxRatio: job.max_delete_ratio,
  maxRows: job.max_delete_rows,
  minRecords: job.expect.min_records,
  isAccepted: acceptsDeletes === true,
});

/**
 * What became of the rows that a package of everything does not name, where the job's own state is about it. Of a source that
 * tells changes from then on, those that stay for a reject would stay for ever.
 */
export function unnamedBy(
  { scope, rejected, counts }: Pick<LoadedOne, 'scope' | 'rejected' | 'counts'>,
  { mode }: Order,
  stream: Pick<Stream, 'scope'>,
): Pick<LoadedPackage, 'unnamed'> {
  if (scope !== 'everything' || mode === 'backfill') return {};
  if (counts.left !== undefined) return { unnamed: 'left' };
  if (rejected === 0) return { unnamed: 'settled' };
  return stream.scope === 'either' ? { unnamed: 'unclear' } : {};
}

/** What is said of a package of everything of which records were rejected. */
export function keptForRejects({ rejected, scope, unnamed }: LoadedOne): string | undefined {
  if (rejected === 0 || scope !== 'everything') return undefined;
  const kept = 'nothing was deleted for not being named: it may be one of the rejected records';
  return unnamed === 'unclear' ? `${kept}: the next run asks for everything again` : kept;
}
