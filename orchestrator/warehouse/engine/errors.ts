/** What DuckDB throws, as errors that say who must act. */
import { TidemillError } from '@tidemill/kit';

/**
 * DuckDB tells its errors apart by the beginning of their text alone: https://duckdb.org/docs/stable/clients/c/api.
 * This is the one place that reads it.
 */
const known: readonly (readonly [pattern: RegExp, refuse: (file: string, cause: Error) => TidemillError])[] = [
  [
    /set lock on file|Conflicting lock|being used by another process/,
    (file, cause) =>
      new TidemillError('transient', 'warehouse-busy', `Another process has the warehouse ${file} open`, {
        hint: 'Close it there (a DuckDB shell, a notebook, another run), or wait: the next run goes on from here.',
        cause,
      }),
  ],
  [
    /not a valid DuckDB database|Corrupt database|Serialization Error|Failed to deserialize|database file with version/,
    (file, cause) =>
      new TidemillError('config', 'warehouse-unreadable', `${file} is damaged, or is not a DuckDB file`, {
        hint: 'Name another file, or move this one away: everything in it can be loaded again from bronze.',
        cause,
      }),
  ],
  [
    /No space left on device|Disk quota exceeded|File too large|max_temp_directory_size|not enough space on the disk/,
    (file, cause) =>
      new TidemillError('config', 'disk-full', `No space left for the warehouse ${file}`, {
        hint: 'Free some space (or see `ulimit -f`), or put the warehouse on another disk. Nothing was lost: the next run goes on from here.',
        cause,
      }),
  ],
  [
    /Out of Memory Error|could not allocate block|failed to (?:pin block|allocate data)/,
    (file, cause) =>
      new TidemillError('config', 'warehouse-memory', `This machine has too little memory to write to ${file}`, {
        hint: 'Use a larger machine, or let the source give smaller packages or records.',
        cause,
      }),
  ],
  [
    /Permission denied|Read-only file system|Operation not permitted|Is a directory|Not a directory|attached in read-only/,
    (file, cause) =>
      new TidemillError('config', 'warehouse-not-writable', `The warehouse ${file} cannot be opened for writing`, {
        hint: 'It must be a file, in a folder, that this user may read and write.',
        cause,
      }),
  ],
  [
    /^IO Error/,
    (file, cause) =>
      new TidemillError('transient', 'warehouse-io', `The warehouse ${file} could not be read or written`, {
        hint: 'Is its disk there and sound? Nothing was lost: the next run goes on from here.',
        cause,
      }),
  ],
];

/** What DuckDB says first where it cannot even tell one statement from the next. */
const BEFORE = /^Failed to extract statements: /;

/** Errors whose text speaks of the statement; that of the others may quote a value, and so a record. */
const SPEAKS_OF_SQL =
  /^(?:Failed to extract statements: )?(?:Parser|Binder|Catalog|Dependency|TransactionContext|Not implemented) Error/;

/** Errors that a value can cause. Any other that is not known is a failure that no row is to blame for. */
const SPEAKS_OF_A_VALUE = /^(?:Conversion|Out of Range|Invalid Input|Constraint|Invalid type|Mismatch Type) Error/;

/** The error with its kind. It has no cause, and no text of DuckDB's, where that could hold a record's contents. */
export function asWarehouseError(thrown: unknown, file: string): TidemillError {
  if (thrown instanceof TidemillError) return thrown;
  const cause = thrown instanceof Error ? thrown : new Error(String(thrown));
  const [, refuse] = known.find(([pattern]) => pattern.test(cause.message)) ?? [];
  if (refuse !== undefined) return refuse(file, cause);
  if (SPEAKS_OF_SQL.test(cause.message)) {
    return new TidemillError('bug', 'warehouse-statement', firstLine(cause.message), { cause });
  }
  const what = /^[\w ]{1,40}(?= Error:)/.exec(cause.message)?.[0] ?? 'unknown';
  if (!SPEAKS_OF_A_VALUE.test(cause.message)) {
    return new TidemillError('bug', 'warehouse-failed', `DuckDB failed (${what} error)`, {
      hint: 'What it says is not shown here: it may hold a value. The package waits, and the next run tries it again.',
    });
  }
  return new TidemillError('bug', 'warehouse-value', `DuckDB refused a value (${what} error)`, {
    hint: 'A value passed the checks of its column and yet does not fit; its text is not shown here.',
  });
}

/** A query somebody typed: what is wrong with it is theirs to correct, and shown with its place in what they typed. */
export function asQueryError(error: TidemillError): TidemillError {
  if (error.kind !== 'bug') return error;
  const message = error.code === 'warehouse-statement' ? textOf(error.cause) : error.message;
  return new TidemillError('config', 'query-refused', message, {
    hint: 'Correct the query; it must be one statement that only reads.',
  });
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : '').replace(BEFORE, '');

export const warehouseClosed = (what: string): TidemillError =>
  new TidemillError('transient', 'warehouse-closed', `${what} was closed before all that was asked was read`);

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
