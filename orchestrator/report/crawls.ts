/** Where a crawl stands, as text. Pure. */
import { instant } from '../text/format.ts';
import { lineText } from '../text/table.ts';

/** Instants are ISO texts. */
interface Shown {
  readonly crawl_id: string;
  readonly snapshot_id: string | null;
  readonly status: string;
  readonly says?: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly triggered_at?: string;
  readonly next_poll_at?: string;
  readonly deadline?: string;
  readonly ended_at?: string;
  readonly reason?: string;
  readonly counts?: Readonly<Record<string, number>>;
}

/** Two lines: the id alone and whole, for it is made to be copied. */
export const crawlLines = (crawl: Shown, now: Date): string =>
  `${crawl.crawl_id}\n  ${lineText(standing(crawl, now))}\n`;

const UNCLEAR = 'triggering: whether the source has begun it is not known, and the next run looks for it';

function standing(crawl: Shown, now: Date): string {
  const { facts, snapshot_id: ticket, says, triggered_at: at, ended_at: ended, counts = {} } = crawl;
  const counted = Object.entries(counts).map(([name, number]) => `${name} ${number}`);
  const source = says === undefined ? 'at the source' : `at the source, which says "${says}"`;
  const parts = [
    statusText(crawl),
    ...(ticket === null ? [] : [`${ticket} ${source}`]),
    ...(at === undefined ? [] : [`triggered ${instant(at)}`]),
    ...(ended === undefined ? nextTexts(crawl, now) : [`ended ${instant(ended)}`]),
    ...(counted.length === 0 ? [] : [counted.join(', ')]),
  ].join('; ');
  const { competitor } = facts;
  return competitor == null ? parts : `${competitor}: ${parts}`;
}

function statusText({ status, reason = '' }: Shown): string {
  const word = status === 'triggering' ? UNCLEAR : status.replaceAll('_', ' ');
  if (reason === '') return word;
  return reason.startsWith(word) ? reason : `${word}: ${reason}`;
}

/** Of one that is open. Nobody asks for a moment that has passed. */
function nextTexts({ status, next_poll_at: next, deadline }: Shown, now: Date): string[] {
  const isAhead = next !== undefined && Date.parse(next) > now.getTime();
  const again = isAhead ? `asked again after ${instant(next)}` : 'asked again by the next plan';
  return [
    ...(status === 'triggering' && !isAhead ? [] : [again]),
    ...(deadline === undefined ? [] : [`given up after ${instant(deadline)}`]),
  ];
}
