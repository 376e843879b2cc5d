import { type Known, overviewOf } from './overview.ts';
import { pageOf } from './page.ts';

export { type History, readHistory } from './read.ts';

/** The history as one HTML file. Pure, but for the style sheet and the script it has beside it. */
export const drawPage = (known: Known): string => pageOf(overviewOf(known));
