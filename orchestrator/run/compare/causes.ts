/** Why a row of silver is another than the chain makes today. Pure. */
import { packageOf } from '../bronze/places.ts';
import type { Place } from './fingerprint.ts';
import type { Difference } from './join.ts';
import type { Rejects } from './rejects.ts';

/** What explains a row that differs; the others are faults. In the order in which they are told. */
export const causes = {
  edited: { isFault: true, says: 'the checksum is not that of the values: written by other means' },
  missing: { isFault: true, says: 'in bronze, and not in silver' },
  extra: { isFault: true, says: 'in silver, and said by no package of the chain' },
  stale: { isFault: true, says: 'as an older package says, and a newer one says otherwise' },
  'other-code': { isFault: false, says: 'made by other code than today’s: a replay makes them anew' },
  'rejected-today': { isFault: false, says: 'made of records that today’s code rejects' },
  'in-quarantine': { isFault: false, says: 'not in silver but in quarantine, and would fit by now' },
  waiting: { isFault: false, says: 'of packages that wait, or were left out' },
  'of-other-job': { isFault: false, says: 'of another job that loads the same table' },
  'before-break': { isFault: false, says: 'older than what is left of the chain' },
} as const satisfies Record<string, { readonly isFault: boolean; readonly says: string }>;

export type Cause = keyof typeof causes;

/** What is known beside the rows. Packages by their names. */
export interface Circumstances {
  /** Those that were loaded for the comparison. */
  readonly loaded: ReadonlySet<string>;
  /** Those that the warehouse need not have yet. */
  readonly waiting: ReadonlySet<string>;
  /** Records that the warehouse lacks, and those that today's code rejects. */
  readonly quarantined: Rejects;
  readonly rejectedToday: Rejects;
  /** Ids of other jobs that load the table. */
  readonly otherJobs: readonly string[];
  /** A manifest of the chain is gone. */
  readonly isBroken: boolean;
  /** The table has columns that are declared no more, or as another type: checksums may be over those. */
  readonly hasOtherColumns: boolean;
}

/** The cause; `look` where only the record that the row was made of can tell. */
export function causeOf(difference: Difference, about: Circumstances): Cause | 'look' | undefined {
  switch (difference.what) {
    case 'mislabelled':
      return about.hasOtherColumns ? undefined : 'edited';
    case 'missing':
      return about.quarantined.has(difference.expected) ? 'in-quarantine' : 'missing';
    case 'extra':
    case 'changed': {
      const { found } = difference;
      const from = elsewhere(found, about);
      if (!found.isSound) return about.hasOtherColumns ? (from ?? 'other-code') : 'edited';
      if (from !== undefined) return from;
      if (about.rejectedToday.has(found)) return 'rejected-today';
      if (difference.what === 'changed') return causeOfChange(difference, about);
      return about.loaded.has(packageOf(found.object) ?? '') ? 'look' : 'extra';
    }
    default:
      return difference satisfies never;
  }
}

function causeOfChange(
  { expected, found }: Extract<Difference, { readonly what: 'changed' }>,
  { quarantined }: Circumstances,
): Cause | 'look' {
  if (quarantined.has(expected)) return 'in-quarantine';
  return expected.object === found.object && expected.line === found.line ? 'other-code' : 'look';
}

function elsewhere({ object }: Place, about: Circumstances): Cause | undefined {
  const name = packageOf(object);
  if (name === undefined || about.loaded.has(name)) return undefined;
  if (about.waiting.has(name)) return 'waiting';
  if (about.otherJobs.some((id) => name.startsWith(`${id}.`))) return 'of-other-job';
  return about.isBroken ? 'before-break' : undefined;
}
