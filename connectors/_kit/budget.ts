/** Limits that a vendor counts itself and tells with every answer: what is known to be refused is not sent. */

import type { Headers } from './http-response.ts';
import type { Budget } from './limits.ts';
import { exhausted, type Permit } from './rate-limit.ts';
import type { Clock } from './retry.ts';

export interface BudgetBook {
  /** Reads what an answer says; headers that are missing or no numbers change nothing. */
  note(headers: Headers): void;
  /** Share that is used up, 0 to 1 and beyond, of the window that has least left; 0 while nobody has said anything. */
  spent(): number;
  /** Until the next request may be answered: for a refusal that names no wait. Undefined without budgets. */
  secondsToWait(): number | undefined;
  /** Resolves when no budget is used up. Throws kind `quota` instead of waiting longer than the longest wait. */
  readonly permit: Permit;
}

/** What is known of one window. */
interface Account {
  readonly share: number;
  /** Epoch milliseconds of its end; then the vendor counts from nothing again. */
  readonly end: number;
}

/** The vendor's clock is not ours: a window is taken to be over this much later. */
const SKEW_MS = 1_000;

/** The book of one service, for one run. `maxWaitMs` is the longest wait. */
export function budgetBook(budgets: readonly Budget[], clock: Clock, maxWaitMs: number): BudgetBook {
  const accounts = new Map<string, Account>();
  const open = (): Account[] => [...accounts.values()].filter(({ end }) => end > clock.now().getTime());
  const usedUp = (): number[] => open().flatMap(({ share, end }) => (share >= 1 ? [end] : []));
  const until = (end: number): number => Math.max(0, end - clock.now().getTime());
  return {
    note(headers) {
      for (const budget of budgets) {
        const [limits, uses] = [numbersIn(headers[budget.limit]), numbersIn(headers[budget.usage])];
        for (const [place, seconds] of budget.windows.entries()) {
          const [limit = 0, used = Number.NaN] = [limits[place], uses[place]];
          const end = endOfWindow(seconds, clock.now());
          if (limit > 0 && used >= 0) accounts.set(`${budget.limit} ${seconds}`, { share: used / limit, end });
        }
      }
    },
    spent: () => Math.max(0, ...open().map(({ share }) => share)),
    secondsToWait() {
      const shortest = Math.min(...budgets.flatMap(({ windows }) => windows));
      if (shortest === Number.POSITIVE_INFINITY) return undefined;
      const ends = usedUp();
      return Math.ceil(until(ends.length > 0 ? Math.max(...ends) : endOfWindow(shortest, clock.now())) / 1000);
    },
    async permit(signal) {
      const wait = until(Math.max(0, ...usedUp()));
      if (wait > maxWaitMs) throw exhausted(wait);
      if (wait > 0) await clock.sleep(wait, signal);
    },
  };
}

/** `200,2000` → its numbers. */
const numbersIn = (header = ''): number[] => header.split(',').map((number) => Number.parseInt(number, 10));

/** Windows begin at whole multiples of their length since 1970: a quarter of an hour at :00, a day at 00:00 UTC. */
function endOfWindow(seconds: number, now: Date): number {
  const length = seconds * 1000;
  return (Math.floor(now.getTime() / length) + 1) * length + SKEW_MS;
}
