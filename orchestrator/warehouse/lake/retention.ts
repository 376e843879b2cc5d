/**
 * How long things of a table are kept that its newest version does not need. Each number must be longer than what may still need
 * them, and is the time limit of whoever pins an old version.
 *
 * Nothing here removes an object. Whoever does must leave versions of the metadata, and files that no version names, for seven days:
 * GitHub lets a job live for five, and until then a writer may build on the one and name the other (`iceberg/versions.ts`).
 */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Snapshots: for readers that have begun, and for people who look at what a table was. They leave the metadata, which is written
 * with each commit and grows by 1.3 kB for each: a table of hourly commits stays below 160 kB.
 */
export const snapshotRetention = { days: 5, atLeast: 100 } as const;

/** Milliseconds since 1970: snapshots that were followed by another one before that may go. */
export const snapshotsOlderThan = (now: Date): number => now.getTime() - snapshotRetention.days * DAY_MS;
