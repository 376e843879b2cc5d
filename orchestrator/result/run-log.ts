/** How a run went, in lines. Pure. */
import { shortened } from '../text/table.ts';

const MOST_CHARACTERS = 300;

/** What happened then, on one line: `06:17:02 claimed …`, UTC. */
export const logLine = (at: string, what: string): string =>
  shortened(`${at.slice(11, 19)} ${what.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`, MOST_CHARACTERS);
