/** Whether rows may go because the source does not name them any more. Pure. */
import type { Unnamed } from '../../warehouse/contract.ts';

export interface DeleteLimits {
  /** Share of the table's rows, 0 to 1, that may go; and how many may go whatever share they are. */
  readonly maxRatio: number;
  readonly maxRows: number;
  /** With fewer records than this, none may go. */
  readonly minRecords?: number | undefined;
  /** A person has looked, and says that they are gone. */
  readonly isAccepted: boolean;
}

/**
 * Half an answer looks like one of a source that has lost the other half. So nothing that says everything deletes most of a table
 * unless a person says so, and nothing at all when it is shorter than the job expects.
 */
export function mayDelete({ unnamed, of }: Unnamed, records: number, limits: DeleteLimits): 'delete' | 'leave' {
  const { maxRatio, maxRows, minRecords = 0, isAccepted } = limits;
  if (isAccepted) return 'delete';
  if (records < minRecords) return 'leave';
  return unnamed > maxRows && unnamed > maxRatio * of ? 'leave' : 'delete';
}
