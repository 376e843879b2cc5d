/** The promises of a service, by their short names, in the words of the checks. */
export const promises = {
  'first-run': 'loads everything the source has',
  'no-news': 'changes nothing when there is no news',
  news: 'finds the news',
  late: 'finds a record that comes late',
  edited: 'brings an edit',
  deleted: 'brings a deletion',
  'rate-limited': 'waits when it is told to in the middle, or goes on with the next run',
  unavailable: 'asks again when the service stumbles',
  moved: 'is red, and stands where it stood, when its addresses are gone or answer a page',
  blank: 'is red, and stands where it stood, when every answer is empty',
  'expired-token': 'renews an expired token, once',
  'revoked-token': 'names the remedy for a revoked token, loses nothing, and goes on with a new one',
  killed: 'has the same rows when it is killed at any moment and run again',
  'killed-with-news': 'has the same rows when it is killed while it reads the news',
  'killed-midway': 'asks for little again when it is killed in the middle of much',
  'field-missing': 'loads or rejects a record without a field, as declared',
  'field-retyped': 'puts a record that does not fit into quarantine, and loads the others',
  empty: 'takes an empty account for what it is',
  many: 'reads 100,000 records in flat memory',
  secrets: 'leaves no secret behind in all these runs, however it is written',
} as const;

export type PromiseName = keyof typeof promises;

/** One field of the table of promises: attached to the test that proves it. */
export interface Cell {
  readonly service: string;
  readonly stream: string;
  /** In the words of the check. */
  readonly promise: string;
  /** Why the vendor makes it impossible. */
  readonly reason: string | undefined;
}
