/** Records of a file. Some are none: they say what was expected instead, and are rejected. */

/** Names that files must not have for fields of their own. */
export const OWN_FIELDS = ['_file', '_row', '_fault'] as const;

/** Where a record stands. */
export interface Place {
  readonly file: string;
  /** Counted from 1, those that are rejected as well. */
  readonly row: number;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The longest record, in signs or bytes: what is larger is none. */
export const MOST_IN_RECORD = 16 * 2 ** 20;

export const placed = (fields: Fields, { file, row }: Place): Fields => ({ ...fields, _file: file, _row: row });

/** `expected` ends up in the reason: nothing of the record belongs into it. */
export const unfit = (expected: string, fields: Fields, place: Place): Fields =>
  placed({ _fault: expected, ...fields }, place);

/** Any JSON value as a record; what is no object is left as it is. */
export function recordOf(value: unknown, place: Place): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const own = OWN_FIELDS.find((name) => Object.hasOwn(value, name));
  if (own === undefined) return placed(value as Fields, place);
  return unfit(`no field called ${own}: that is ours`, { record: value }, place);
}

/** See `OpenReading`. */
export function faultOf(record: unknown): string | undefined {
  const fault = typeof record === 'object' && record !== null ? (record as Fields)['_fault'] : undefined;
  return typeof fault === 'string' ? fault : undefined;
}
