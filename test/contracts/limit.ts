/** Ends what hangs. In a repository of one's own nobody has told vitest that a check may take longer than its five seconds. */
export const LIMIT_MILLISECONDS = 300_000;
