import type { Waits } from '../read.ts';
import type { Work } from '../work.ts';
import { readSoFar, waitingText } from './words.ts';

/** Ends well, with its slot open: a machine that waits is billed by the minute. */
export async function park({ order, ledger, telling }: Work, { nextPollAt, open, of, hasAsked }: Waits): Promise<void> {
  const interval = { start: order.interval.start.toISOString(), end: order.interval.end.toISOString() };
  const waiting = { next_poll_at: nextPollAt.toISOString(), open, of };
  await ledger.park({ ...waiting, has_asked: hasAsked, interval, ...readSoFar({ order, ledger, telling }) });
  telling.tell({ type: 'parked', reason: waitingText(waiting), ...waiting });
}
