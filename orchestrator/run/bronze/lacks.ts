import { TidemillError } from '@tidemill/kit';

/** What no other attempt makes better: a person has to mend bronze, the connector's parse or the configuration. */
const LIES_IN_BRONZE: ReadonlySet<string> = new Set([
  'bronze-missing',
  'bronze-damaged',
  'artifact-unparsable',
  'package-of-other-table',
]);

/** Whether a package is to blame that bronze cannot give. */
export const liesInBronze = (error: unknown): error is TidemillError =>
  error instanceof TidemillError && LIES_IN_BRONZE.has(error.code);
