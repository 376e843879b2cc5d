/** Texts of runs for a page that anybody may look at. Pure. */
import { withoutLastWords } from '../text/last-words.ts';
import { shortened } from '../text/table.ts';

const MOST_CHARACTERS = 300;

/** In an address, the sign may be written for a URL. */
const PERSON = /[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/gi;

/**
 * What happened, in our own words: without those of a job's own program, and without addresses of people. Secrets are out of every
 * message already, before it is recorded.
 */
export const publicText = (text: string): string =>
  shortened(withoutLastWords(text).replace(PERSON, '***').replace(/\s+/g, ' ').trim(), MOST_CHARACTERS);
