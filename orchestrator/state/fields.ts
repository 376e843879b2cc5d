/** What a job remembers of the fields its records had, and how new records differ from it. Pure. */
import type { Fields } from './job-state.ts';

/** Before so many records nobody can say which fields are always there. */
const LEARNED = 100;
/** With more names than this a record is a mapping, whose keys are data: then nothing is remembered. */
const MOST_NAMES = 200;
/** Enough to have learned; a count that grows for ever is of no use. */
const MOST_RECORDS = 1_000_000;

export interface Seen {
  readonly records: number;
  /** In how many of them each field is. */
  readonly counts: ReadonlyMap<string, number>;
  /** Columns whose field some record has, of a stream that says so. */
  readonly columns?: ReadonlySet<string>;
  /** Fields that the stream knows of, whether or not a record had them before. */
  readonly declared: ReadonlySet<string>;
}

export interface Drift {
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

interface Noted {
  readonly fields: Fields | undefined;
  readonly drift: Drift;
}

export const NO_DRIFT: Drift = { added: [], missing: [] };

/** One after the other. */
export const bothDrifts = (one: Drift, other: Drift): Drift => ({
  added: [...new Set([...one.added, ...other.added])],
  missing: [...new Set([...one.missing, ...other.missing])],
});

/** A drift is told once: from then on the new fields are known, and the missing ones are not expected any more. */
export function noteFields(known: Fields | undefined, seen: Seen): Noted {
  const { records, counts, declared } = seen;
  if (records === 0) return { fields: known, drift: NO_DRIFT };
  const first: Fields = { always: [...counts.keys()], sometimes: [], records: 0, learning: true };
  const { always, sometimes, records: before, learning } = known ?? first;
  const columns = [...new Set([...(known?.columns ?? []), ...(seen.columns ?? [])])].sort();
  const filled = columns.length === 0 ? {} : { columns };
  const names = new Set([...always, ...sometimes, ...counts.keys()]);
  if (names.size > MOST_NAMES) return { fields: { always: [], sometimes: [], records: 0, ...filled }, drift: NO_DRIFT };
  const expected = new Set(always);
  const isAlways = (name: string): boolean => expected.has(name) && counts.get(name) === records;
  const [still, not] = [[...names].filter(isAlways), [...names].filter((name) => !isAlways(name))];
  const fields = { always: still, sometimes: not, records: Math.min(before + records, MOST_RECORDS), ...filled };
  if (learning) return { fields: { ...fields, learning }, drift: NO_DRIFT };
  if (before < LEARNED) return { fields, drift: NO_DRIFT };
  const old = new Set([...always, ...sometimes]);
  return {
    fields,
    drift: {
      added: [...counts.keys()].filter((name) => !old.has(name) && !declared.has(name)),
      missing: always.filter((name) => !counts.has(name)),
    },
  };
}

/** A run has ended well: from the next one on, what is seen for the first time is new. */
export function learned<S extends { readonly fields?: Fields | undefined }>(state: S): S {
  if (state.fields?.learning === undefined) return state;
  const { learning: _, ...fields } = state.fields;
  return { ...state, fields };
}
