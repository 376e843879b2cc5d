/**
 * How long things of a table are kept that its newest version does not need. Each number must be longer than what may still need
 * them, and is the time limit of whoever pins an old version.
 */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Snapshots: for readers that have begun, and for people who look at what a table was. They leave the metadata, which is written
 * with each commit and grows by 1.3 kB for each: a table of hourly commits stays below 160 kB.
 */
export const snapshotRetention = { days: 5, atLeast: 100 } as const;

/**
 * Objects that no kept snapshot names, and versions of the metadata. A run that is at work may be about to name what it has
 * written, and builds on the version that it has read: GitHub ends a job after six hours, on a runner of one's own after five days.
 */
const WRITER_DAYS = 7;

/** Objects that were written before that belong to no living writer. */
export const writersBegunAfter = (now: Date): Date => new Date(now.getTime() - WRITER_DAYS * DAY_MS);

/**
 * Nobody runs gc, so a commit now and then does what it would do for its table. To see what is named takes three reads for each
 * snapshot that is kept; with every 50th commit these are fewer than ten a commit, and what waits to be removed is some hundred
 * objects. After a long time without, the rest is left to the next one.
 */
export const sweeping = { everyVersions: 50, mostObjects: 1_000 } as const;

/** Milliseconds since 1970: snapshots that were followed by another one before that may go. */
export const snapshotsOlderThan = (now: Date): number => now.getTime() - snapshotRetention.days * DAY_MS;
