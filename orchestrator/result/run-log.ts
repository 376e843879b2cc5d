/** How a run went, in lines. Pure. */
import type { Later } from '../events/run-event.ts';
import { shortened } from '../text/table.ts';

const MOST_CHARACTERS = 300;

/** What happened then, on one line: `06:17:02 claimed …`, UTC. */
export const logLine = (at: string, what: string): string =>
  shortened(`${at.slice(11, 19)} ${what.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`, MOST_CHARACTERS);

export const sameAs = (what: string): string => `${what}, as at the last run`;

/** What the log says of an event of a run into these warehouses; nothing of those that only count. */
export function wordsOf(event: Later, targets: readonly string[]): string[] {
  switch (event.type) {
    case 'claimed':
      return [`claimed ${event.slot}, attempt ${event.attempt}`];
    case 'notice':
      return [event.message];
    case 'unchanged':
      return [sameAs(event.what)];
    case 'requested':
      return [`${event.method} ${event.url} → ${event.status ?? 'no answer'}`];
    case 'committed':
      return [`kept ${event.records} records: ${event.manifest}`];
    case 'loaded':
      return [`loaded ${placeOf(event, targets)}: ${event.counts.rows} rows, ${event.rejected} records rejected`];
    case 'crawled':
      return [
        `${event.target}: ${event.status.replaceAll('_', ' ')}${event.ticket === undefined ? '' : `, ${event.ticket}`}`,
      ];
    case 'parked':
      return [event.reason];
    case 'changed':
      return [`changes of the table: ${event.object}`];
    case 'gate_unmet':
      return [`gate not met: ${event.gate}`];
    case 'failed':
      return [`failed: ${event.failure.kind} ${event.failure.code}`, ...event.frames];
    default:
      return [];
  }
}

const placeOf = ({ package: id, target }: Extract<Later, { type: 'loaded' }>, targets: readonly string[]): string =>
  targets.length > 1 ? `${id} into ${target}` : id;
