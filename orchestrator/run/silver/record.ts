import type { Line } from '../../storage/ndjson.ts';

/** A line of bronze, or a record made of an artifact, and where a row made of it says it comes from. */
export interface SourceRecord {
  readonly text: Line;
  readonly object: string;
  readonly line: number;
  readonly url: string;
  /** Not one of the package's lines: made of an artifact. */
  readonly isParsed?: true;
}
