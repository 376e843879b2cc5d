/** A file that is derived from the code, whole or between markers. */
export interface GeneratedDocument {
  /** Relative to the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}
