/**
 * One error class and one table. The kind says who must act; retrying, the exit code and the words of the
 * report all follow from it, so nobody ever compares messages.
 */

/** What the table knows of a kind. `exit` is the process's exit code. */
interface KindFacts {
  /** Whether trying again, unchanged, may help. The unknown is not retried. */
  readonly retry: boolean;
  readonly exit: 1 | 2 | 3 | 4 | 5;
  /** Who must act, as the report says it. */
  readonly who: string;
}

export const errorKinds = {
  config: { retry: false, exit: 2, who: 'you: correct the configuration' },
  auth: { retry: false, exit: 3, who: 'you: renew the credentials' },
  quota: { retry: true, exit: 4, who: 'nobody: the source asks to wait' },
  transient: { retry: true, exit: 4, who: 'nobody yet: it may pass by itself' },
  'source-changed': {
    retry: false,
    exit: 5,
    who: 'who maintains the connector or the command: it does not understand the source, or breaks',
  },
  bug: {
    retry: false,
    exit: 1,
    who: 'who maintains Tidemill, or the connector that its trace names: please report it',
  },
} as const satisfies Record<string, KindFacts>;

export type ErrorKind = keyof typeof errorKinds;

/** The exit code of a run whose data is loaded but which missed a gate of `expect:`. */
export const EXIT_GATE = 6;

export interface ErrorDetails {
  /** The next thing to do, as one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Seconds the source asked to wait; only with `quota` and `transient`. */
  readonly retryAfterSeconds?: number;
}

/** A request as anybody may know it: no values of its query, no body, and of the answer what explains a refusal. */
export interface RequestFacts {
  readonly method: string;
  readonly url: string;
  /** Absent when no answer came. */
  readonly status?: number;
  /** Of the answer: its type, waits, limits, and what the source calls the request. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A file beside an error that shows where a run stood, such as a page without its values. Who makes it sees to it that no record and no
 * secret is in it; from a text the secrets that the run knows are taken once more.
 */
export interface Attachment {
  /** Lower-case letters, digits and `-`, and an ending: `page.html`. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** One for all copies of this module: a connector from elsewhere may bring a kit of its own. */
const BRAND = Symbol.for('tidemill.error');

/**
 * Anything that stops a job. `code` is stable and documented (`docs/errors.md`), the message is for people and
 * never holds a record's contents or a secret.
 */
export class TidemillError extends Error {
  override readonly name = 'TidemillError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** The request that failed, as the HTTP client adds it. */
  request: RequestFacts | undefined;
  /** What shows where the run stood, as whoever drives a browser adds it. */
  attachments: readonly Attachment[] | undefined;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.code = code;
    this.hint = details.hint;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  get exitCode(): number {
    return errorKinds[this.kind].exit;
  }

  get [BRAND](): true {
    return true;
  }

  /** Also of another copy of this class, if it says who must act in words that are known here. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class made of this one inherits the test, and knows only its own.
    if (this !== TidemillError) return ordinary.call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value && isKind((value as TidemillError).kind);
  }
}

const ordinary = Function.prototype[Symbol.hasInstance];

const isKind = (kind: string): kind is ErrorKind => Object.hasOwn(errorKinds, kind);

/** Whatever was thrown, as a TidemillError: what nobody classified is a bug, and keeps its cause. */
export function asTidemillError(thrown: unknown): TidemillError {
  if (thrown instanceof TidemillError) return thrown;
  const message = thrown instanceof Error ? wordsOf(thrown) : 'Something was thrown that is no error';
  return new TidemillError('bug', 'unexpected', message, { cause: thrown });
}

/** What the platform says of a text that it cannot read quotes the text, which may be a record. */
const wordsOf = (error: Error): string =>
  error instanceof SyntaxError ? 'SyntaxError: a text could not be read' : `${error.name}: ${error.message}`;
