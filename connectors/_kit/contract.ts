/**
 * What a connector declares and what it is given. A connector is data (name, key, cursor, limits) plus two pieces
 * of code: `extract`, which yields what the source says, and `toRow`, which turns one source record into silver rows.
 */
import type { z } from 'zod';
import type { Crawl } from './crawl.ts';
import type { Choices, Discover } from './discover.ts';
import type { Emission, ExtractionMethod, StoredArtifact } from './emission.ts';
import type { ExtractContext } from './extract-context.ts';
import type { Classify, Http } from './http.ts';
import type { Budget, RateLimit, ShutOut } from './limits.ts';
import type { Credential } from './manifest.ts';
import type { Authorize, OAuth, SignIn, Tokens } from './oauth.ts';
import type { RowSchema } from './rows.ts';

export interface CursorSpec<Cursor> {
  /** Raised when the meaning changes; a stored cursor of another version is an error that names the remedy. */
  readonly version: number;
  readonly schema: z.ZodType<Cursor>;
  readonly start: Cursor;
  /**
   * The cursor that stands at the instant: with it, `extract` yields what the source has from then on. Only a stream
   * whose source can be asked for the past has it; it makes `rewind --to INSTANT` and `backfill` possible.
   */
  at?(instant: Date): Cursor;
}

/** How much may come before a checkpoint becomes a mark: what a kill costs. Whichever is reached first. */
export interface CheckpointPace {
  /** Pages that a killed run may have to ask for again; no limit if not given. */
  readonly pages?: number;
  /** Records that a killed run may have to read again; no limit if not given. */
  readonly records?: number;
  /** Since the last mark; a page alone is never worth one. */
  readonly seconds: number;
}

/** An example query the command line shows after a run. `sql` must run on every warehouse. */
export interface Example {
  readonly question: string;
  readonly sql: string;
}

/**
 * - `upsert`: rows are inserted, or updated where they differ.
 * - `append`: rows are only ever added; a key that exists is left as it is.
 */
export type WriteMode = 'upsert' | 'append';

/** How much of the source a package says. Of `changes`, rows that it does not name stay; of `everything`, they are deleted. */
export type Scope = 'changes' | 'everything';

/**
 * What shows that half of everything is not all of it. `total`: the source tells how many there are, and the run says
 * `{ complete }`. `last-page`: only the last page has what the kit or the connector looks for, as a token for the next sync; a
 * page without it is followed by another one, or an error. `one-answer`: it comes as a whole or not at all, as a file with a
 * checksum. `exit-code`: a program that ends with 0 has said it all.
 */
export type EndProof = 'total' | 'last-page' | 'one-answer' | 'exit-code';

/** One data type of a service. Made with `stream()`, which infers the types from the schemas. */
export interface Stream<
  Source extends z.ZodType = z.ZodType,
  Row extends RowSchema = RowSchema,
  Cursor = unknown,
  Options extends z.ZodObject = z.ZodObject,
> {
  readonly name: string;
  readonly description: string;
  /** What the source answers: only the fields we use. Everything else stays in bronze. */
  readonly source: Source;
  /** The silver row; keys, indexes and SQL types come from it. */
  readonly row: Row;
  /** Columns that identify a row. Empty only with `append`: then a row is identified by where it lies in bronze. */
  readonly key: readonly (keyof z.output<Row> & string)[];
  readonly indexes?: readonly (keyof z.output<Row> & string)[];
  readonly write: WriteMode;
  /**
   * What a run says; `changes` if not given. With `everything`, a run that yields nothing says that there is nothing, unless
   * it says `unchanged`. With `either`, it says changes until it yields `{ everything: true }`. Both need `upsert`, and no
   * two jobs may load the table: each would delete the rows of the other.
   */
  readonly scope?: Scope | 'either';
  /** How a run that says everything knows that it was given everything; every stream that may say so declares it. */
  readonly end?: EndProof;
  readonly cursor?: CursorSpec<Cursor>;
  /** How many of its checkpoints become marks; 25 pages or 30 seconds if not given. */
  readonly checkpoints?: CheckpointPace;
  /**
   * The source's page tokens name a place in its list, by its documentation, and not a number of records to pass over. Then a
   * listing of everything that is broken off goes on there, with `{ resume }` and `resume`, for so many hours; a source that
   * refuses the token before that has everything begun anew.
   */
  readonly pageTokens?: { readonly goodForHours: number };
  /** A run reads its interval, though its source may go on from a cursor, too: a command decides that for itself. */
  readonly byInterval?: true;
  readonly options?: Options;
  readonly method: ExtractionMethod;
  readonly examples?: readonly Example[];
  /**
   * A few of its records may be read at any time, for a person who looks: that costs nothing, changes nothing at the source, and the
   * first of them are there within seconds. A stream of crawls never is.
   */
  readonly preview?: true;
  /** OAuth scopes this stream reads with: `tidemill auth` asks for those of the enabled jobs and no more. */
  readonly oauthScopes?: readonly string[];
  extract(context: ExtractContext<Cursor, z.output<Options>>): AsyncIterable<Emission<Cursor>>;
  /**
   * Its source answers later, by crawls that are triggered, polled and downloaded; its `extract` is `fromCrawls`. It says changes, and
   * has no cursor.
   */
  readonly crawl?: Crawl<z.output<Options>>;
  /**
   * The records in an artifact, always the same in the same order; without it, artifacts are only kept. Read anew whenever the
   * package is loaded, so that a fix is `replay`. Where it throws, nothing of the package is loaded; a record that does not fit
   * is rejected alone.
   */
  parse?(artifact: StoredArtifact): AsyncIterable<unknown>;
  /**
   * Names of the columns whose field the record has, be it null. For streams whose columns somebody wrote into a configuration: a
   * column that no record ever has is told.
   */
  columnsIn?(record: unknown): readonly string[];
  /** One source record → its silver rows. Pure, so bronze can be loaded again at any time. */
  toRow(record: z.output<Source>): z.input<Row> | readonly z.input<Row>[];
  /**
   * The key of the row that is gone, when the record says that one is; undefined for any other record. For sources that
   * tell deletions one by one; needs `upsert`. Such a record makes no row.
   */
  deletes?(record: z.output<Source>): Partial<z.input<Row>> | undefined;
  /**
   * Where the row of a key has gone, when the record says that; undefined for any other record. Such a record makes no row and
   * takes none away: it tells who compares two points in time (`tidemill diff`) that what is gone and what is new are one thing.
   * Needs a key.
   */
  renames?(record: z.output<Source>): Renamed<Partial<z.input<Row>>> | undefined;
}

/** What was `from` is this one now, or was split into these. */
export interface Renamed<Key> {
  readonly from: Key;
  readonly to: readonly Key[];
}

/** Declares a stream; only here for the inference: a key that is no column does not compile. */
export function stream<
  Source extends z.ZodType,
  Row extends RowSchema,
  Cursor = undefined,
  Options extends z.ZodObject = z.ZodObject<Record<never, z.ZodType>>,
>(declaration: Stream<Source, Row, Cursor, Options>): Stream<Source, Row, Cursor, Options> {
  return declaration;
}

/** A service's identity card. */
export interface Connector {
  /** The service's name: the folder, the npm package `@tidemill/<service>` and the silver schema. */
  readonly service: string;
  readonly title: string;
  readonly homepage: string;
  readonly credentials: readonly Credential[];
  /**
   * Whoever asks is given the same, without an account, and may publish it: rows may stand in logs and summaries, of what has changed
   * in them.
   */
  readonly isPublic?: true;
  /** Where its API lives; a service's `base_url` in the configuration overrides it. */
  readonly baseUrl?: string;
  readonly limits?: readonly RateLimit[];
  readonly budgets?: readonly Budget[];
  /** Answers of 429 that make the service shut out whoever gets them; all machines of the environment count them together. */
  readonly shutOut?: ShutOut;
  /** Services with OAuth 2: how runs get their access tokens and how `tidemill auth` signs in. */
  readonly oauth?: OAuth;
  /** Services with access tokens that are no OAuth 2, instead of `oauth`. */
  readonly tokens?: Tokens;
  readonly signIn?: SignIn;
  /** One call that says who is signed in, in words the person knows: a name, not a secret. */
  whoami?(http: Http): Promise<string>;
  /** The data sets that the account has, where they differ from one to the other. Without it, the declared streams are they. */
  readonly discover?: Discover;
  /** By name of the option, whichever stream it is of: the values that the account has for it. */
  readonly choices?: Readonly<Record<string, Choices>>;
  /**
   * Headers that prove who asks; they go to the origin of the base URL and nowhere else. With `oauth` or `tokens`, if not
   * given: `Authorization: Bearer` and the access token.
   */
  readonly authorize?: Authorize;
  /** What the vendor means by an answer where the status alone does not say it. */
  readonly classify?: Classify;
  // biome-ignore lint/suspicious/noExplicitAny: streams of different types stand side by side; each was checked by `stream()`.
  readonly streams: readonly Stream<any, any, any, any>[];
}

/** Declares a connector: the default export of its `index.ts`. */
export function connector(declaration: Connector): Connector {
  return declaration;
}
