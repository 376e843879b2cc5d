/** What can be wrong with a lake, as errors that say who must act. */
import { type SqlType, TidemillError } from '@tidemill/kit';
import type { TableName } from '../contract.ts';
import { asWarehouseError } from '../engine/errors.ts';

const anew = (folder: string): string =>
  `move ${folder} away, out of silver/, and load the table anew with \`npx tidemill replay JOB\``;

export const objectGone = (url: string, folder: string): TidemillError =>
  new TidemillError('config', 'lake-object-gone', `${url} is a part of a table and is not in the bucket`, {
    hint: `Restore it, if your store keeps what was removed. If not, ${anew(folder)}. Let no rule of the bucket remove objects below silver/.`,
  });

export const fileDamaged = (what: string): TidemillError =>
  new TidemillError('config', 'lake-file-damaged', `${what} is damaged, or is no Parquet file`, {
    hint: 'Restore the object, if your store keeps older versions. If not, move the folder of its table away, out of silver/, and load it anew with `npx tidemill replay JOB`.',
  });

export const columnTypeChanged = (
  { schema, name }: TableName,
  { column, was, is }: { readonly column: string; readonly was: string; readonly is: SqlType },
  folder: string,
): TidemillError =>
  new TidemillError(
    'config',
    'column-type-changed',
    `Column ${schema}.${name}.${column} is ${was} in the lake and declared as ${is} now`,
    { hint: `Give the column another name; or ${anew(folder)}.` },
  );

export const tableBusy = (url: string, attempts: number): TidemillError =>
  new TidemillError(
    'transient',
    'lake-busy',
    `Others have changed ${url} ${attempts} times in a row, each time first`,
    {
      hint: 'Nothing was loaded and nothing is lost: the package waits, and the next run tries again. Let fewer jobs load one table at the same time.',
    },
  );

/** `columns`: those whose type has values that are too large. */
export const modelValue = ({ schema, name }: TableName, columns: readonly string[]): TidemillError =>
  new TidemillError(
    'config',
    'lake-model-value',
    `${schema}.${name} cannot be kept in the lake: a value${columns.length === 0 ? '' : ` of ${columns.join(' or ')}`} is too large, or cannot be made`,
    {
      hint: 'Cast the column in the model, to DOUBLE or VARCHAR. An integer has at most 38 digits here. The table is as it was.',
    },
  );

const IS_FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const IS_CLOSED = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'];

/** What the system throws where copies and spilled rows are kept on the way. */
export function asFolderError(cause: unknown, folder: string): unknown {
  const code = String((cause as { code?: unknown } | undefined)?.code);
  if (IS_FULL.includes(code)) {
    return new TidemillError('config', 'disk-full', `No space left in ${folder}, where the lake is worked at`, {
      hint: 'Free some space (or see `ulimit -f`), or let TMPDIR name a folder on a larger disk. Nothing was lost: the next run goes on from here.',
      cause,
    });
  }
  if (!IS_CLOSED.includes(code)) return cause;
  return new TidemillError(
    'config',
    'lake-no-folder',
    `${folder}, where the lake is worked at, cannot be used (${code})`,
    {
      hint: 'It must be a folder that this user may read and write: let TMPDIR name another one.',
      cause,
    },
  );
}

/** DuckDB reads a Parquet file that is no whole one. It says so in words that it also has for values. */
const OF_A_FILE = /TProtocolException|Failed to read file|No magic bytes|Snappy|ZSTD|too small to be a Parquet file/i;

/** These quote a value, whatever that says. */
const OF_A_VALUE = /^(?:Conversion|Out of Range|Constraint|Mismatch Type) Error/;

const isOfAFile = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  !(thrown instanceof TidemillError) &&
  OF_A_FILE.test(thrown.message) &&
  !OF_A_VALUE.test(thrown.message);

/** What DuckDB throws while it works for the lake. */
export const asLakeError = (thrown: unknown, what: string): TidemillError =>
  isOfAFile(thrown) ? fileDamaged(`A file of ${what}`) : asWarehouseError(thrown, what);
