/** Objects that a warehouse has written into the bucket of the environment, and that nothing of it needs. */
export interface Leftover {
  /** What they were of, for people. */
  readonly name: string;
  readonly keys: readonly string[];
  readonly bytes: number;
  /** When the last of them was written. */
  readonly newest: Date;
  /** Why they must stay all the same; undefined for what may go. */
  readonly kept: string | undefined;
}
