/** What a job's own program said last, behind what became of it: words that somebody else wrote. Pure. */

const BEFORE = '; the last it said: ';

export const withLastWords = (message: string, last: string | undefined): string =>
  last === undefined ? message : `${message}${BEFORE}${last}`;

/** For places that anybody may look at. */
export const withoutLastWords = (message: string): string => message.split(BEFORE, 1)[0] ?? '';
