import manifest from '../package.json' with { type: 'json' };
import { MADE_BY } from '../workflows/made-by.ts';
import { type Host, setting } from './host.ts';

/** Of this Tidemill. */
export const { version } = manifest;
/** What it runs on, as a range. */
export const nodeRange = manifest.engines.node;

/** That the workflow which starts this was written by another version; undefined where it was not, or where nobody knows. */
export function staleWorkflows(host: Pick<Host, 'env'>): string | undefined {
  const madeBy = setting(host, MADE_BY);
  if (madeBy === undefined || madeBy === version) return undefined;
  const act = isNewer(madeBy)
    ? 'run npm install, and commit package-lock.json'
    : 'run npx tidemill generate, and commit what it writes';
  return `The workflows were written by Tidemill ${madeBy}, and this is ${version}: ${act}`;
}

/** Whether a version is a later one than this; whatever stands behind the third number. */
export const isNewer = (other: string): boolean =>
  numbersOf(other).localeCompare(numbersOf(version), 'en', { numeric: true }) > 0;

const numbersOf = (text: string): string => text.replace(/[-+].*$/, '');
