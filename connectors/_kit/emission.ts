/** What a reading of a source is made of: what came, and what the source says of it. */

/** How a record was obtained, kept in every manifest. */
export type ExtractionMethod = 'api_json' | 'xhr_json' | 'dom_html' | 'dom_html_snapshot' | 'export_download';

/**
 * Records as the source wrote them: JSON texts, each on one line. They lie in bronze byte for byte, and nothing looks at
 * them before they are loaded: one that is no JSON, or not UTF-8, is rejected then. A line break between the tokens of a
 * record has become a blank, as in the answers of `Http`; nothing else is changed. `url` is where they come from, without
 * secrets.
 */
export interface Lines {
  readonly lines: readonly Uint8Array[];
  readonly url: string;
  readonly method?: ExtractionMethod;
}

/** Records that no source wrote so, but code has made: of a data set's file, of a library's answer. */
export interface Page {
  readonly records: readonly unknown[];
  readonly url: string;
  readonly method?: ExtractionMethod;
}

/** Raw bytes that are kept as they are: HTML, CSV, archives. */
export interface Artifact {
  readonly artifact: Uint8Array | AsyncIterable<Uint8Array>;
  /** Name inside the package: letters, digits, `.`, `_`, `-`, `%`, and `/` between folders. */
  readonly name: string;
  readonly contentType: string;
  readonly url: string;
  readonly method?: ExtractionMethod;
}

/** An artifact as bronze has it. */
export interface StoredArtifact {
  readonly name: string;
  readonly contentType: string;
  readonly url: string;
  /** Can be read once. Damage is noticed at their end, also when nobody reads so far. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** "Every record before this cursor is out." Only a mark moves a cursor, and each one costs a commit. */
export interface Mark<Cursor> {
  readonly mark: Cursor;
  /** Nothing comes after it: the source was read to its end. */
  readonly isLast?: true;
}

/**
 * "Every record before this cursor is out", said as often as it is true: it becomes a mark once enough has come since the last one
 * (`checkpoints` of the stream), and where the reading breaks off right behind it.
 */
export interface Checkpoint<Cursor> {
  readonly checkpoint: Cursor;
}

/**
 * "Every record of the interval before this instant is out, and none from there on": the checkpoint of a stream that reads its
 * interval. A mark that is made of it moves the line, and the next run begins there. Where the run cannot move the line, because
 * it reads again what lies before it, and in a run that says everything, it changes nothing.
 */
export interface Through {
  readonly through: Date;
}

/**
 * "The pages do not come in the order that the checkpoints of this run rely on": the cursor goes back to where the run began, and
 * no further checkpoint of it counts.
 */
export interface OutOfOrder {
  /** The address of the page that shows it, without secrets. */
  readonly outOfOrder: string;
}

/** "Nothing has changed since the cursor": a run that says so, and yields nothing else, is done without news. */
export interface Unchanged {
  /** What was found unchanged, for the summary: `web-features 3.40.0`. */
  readonly unchanged: string;
}

/**
 * "From here on this run says everything there is": rows that the rest of the run does not name are deleted. For sources
 * that tell changes and, when asked too late, can only tell everything; their stream has the scope `either`. Marks that
 * follow are one commit, at the end. A run that was to go on with a listing (`resume`) and cannot says so as well: what that had
 * is kept as changes, and everything is begun anew.
 */
export interface Everything {
  readonly everything: true;
}

/**
 * "The source says that it has so many": every total that it told while the records since the last such statement came, none where
 * it told none. A run that says everything, and was given another number of records, does not say everything: it is tried again,
 * and at last what came is kept as changes, so that nothing is deleted. Elsewhere it changes nothing.
 */
export interface Complete {
  readonly complete: readonly number[];
}

/**
 * "Everything up to here is out, and who is handed this text gives the rest": between the pages of a run that says everything, of a
 * stream that declares `pageTokens`. A run that breaks off leaves its package open there, and the next one goes on in it.
 */
export interface Resume {
  /** A page token, or whatever else the connector needs to go on. It lies in the bucket as it is: no secret. */
  readonly resume: string;
  /** Totals that the source has told since the last `complete`: whichever run goes on holds them against what came. */
  readonly told?: readonly number[];
}

export type Emission<Cursor> =
  | Lines
  | Page
  | Artifact
  | Mark<Cursor>
  | Checkpoint<Cursor>
  | Through
  | OutOfOrder
  | Unchanged
  | Everything
  | Complete
  | Resume;
