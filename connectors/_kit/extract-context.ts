/** What a connector's code is given. */
import type { Http } from './http.ts';
import type { ReadableBucket } from './readable-bucket.ts';

/** The half-open span of time a slot answers for: `[start, end)`, UTC instants. */
export interface Interval {
  readonly start: Date;
  readonly end: Date;
}

export interface ExtractContext<Cursor, Options> {
  /** The last committed cursor, or the stream's `start`. */
  readonly cursor: Cursor;
  /** The job's `options`, checked. */
  readonly options: Options;
  /** From where the last run that was read to its end stopped up to the slot, or up to now for a run by hand. */
  readonly interval: Interval;
  /** The instant of the run, taken once. */
  readonly now: Date;
  /** `full`: the cursor was forgotten, and everything is read again. `backfill`: the interval is, and no cursor moves. */
  readonly mode: 'incremental' | 'full' | 'backfill';
  /** In a backfill: yield nothing from this instant on, and stop there. Otherwise read up to `now`. */
  readonly until: Date | undefined;
  /** The connector's declared credentials, by name; optional ones that are not set and have no default are left out. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly http: Http;
  /**
   * For vendor libraries that send their requests themselves; `http` does all this by itself. Answers an access token that
   * is good now. `refused` is one that the service said 401 to: then another one is answered. Rejects with kind `bug` when the
   * connector declares neither `oauth` nor `tokens`.
   */
  accessToken(refused?: string): Promise<string>;
  /**
   * What lies in a bucket, at a location as environments have them: the URL of one, or a folder, which starts from that of the configuration. It
   * is opened by the drivers that are here, with what they read of the environment. Rejects with kind `config` where none
   * opens it.
   */
  openBucket(location: string): Promise<ReadableBucket>;
  /**
   * What a run that was broken off has said last of where its listing goes on: what came before is kept already, and must not come
   * again. Only of a stream with `pageTokens`.
   */
  readonly resume?: string | undefined;
  /** Aborted when the run must end: time limit, Ctrl-C, lost lease. */
  readonly signal: AbortSignal;
  /** The process around the run, for libraries that read a user's own configuration (npm's, a cloud's). */
  readonly system: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string };
  /** One line for the run's summary: a possible gap, a limit met. Never a record's contents. */
  notice(message: string): void;
  /** One line of what a program that the run has started says of itself: shown as it comes. */
  said(line: string): void;
}
