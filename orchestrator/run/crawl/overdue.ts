/** Crawls whose deadline is behind them, and of which the source says nothing that is understood. */
import { errorKinds, type TidemillError } from '@tidemill/kit';
import type { Crawl } from '../../state/crawl.ts';
import { instant } from '../../text/format.ts';
import { type Desk, step } from './desk.ts';

/**
 * Gives a crawl up that could not be asked after, or not fetched, where its deadline is over: the job would never come to its next slot.
 * What may pass by itself is waited for once as long. What a person must correct first says nothing of the crawl. Answers whether it did.
 */
export async function givenUp(desk: Desk, { id }: Crawl, error: TidemillError): Promise<boolean> {
  const crawl = desk.book.state.crawls?.find((one) => one.id === id);
  const now = desk.world.clock.now().toISOString();
  if (crawl?.deadline === undefined || mostOf(crawl, crawl.deadline, error) > now) return false;
  const reason = `no answer up to its deadline, ${instant(crawl.deadline)}: ${error.message}`;
  await step(desk, { ...crawl, status: 'timed_out', reason, ended_at: now });
  return true;
}

const NEVER = '~';

function mostOf({ intent_at: from }: Crawl, deadline: string, { kind }: TidemillError): string {
  if (kind === 'config' || kind === 'auth' || kind === 'quota') return NEVER;
  if (!errorKinds[kind].retry) return deadline;
  return new Date(2 * Date.parse(deadline) - Date.parse(from)).toISOString();
}
