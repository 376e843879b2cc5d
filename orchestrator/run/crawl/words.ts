/** What people are told of crawls that are waited for. Pure. */
import { instant } from '../../text/format.ts';

export interface Waiting {
  readonly open: number;
  readonly of: number;
  readonly next_poll_at: string;
}

/** `waiting for 2 of 5 crawls, asked again after 2026-11-30 14:30 UTC`. */
export const waitingText = ({ open, of, next_poll_at }: Waiting): string =>
  `waiting for ${open} of ${of} ${of === 1 ? 'crawl' : 'crawls'}, asked again after ${instant(next_poll_at)}`;
