/**
 * The rows of a matrix:
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
 */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './expression.ts';

export type Row = Readonly<Record<string, Json>>;

/** https://docs.github.com/en/actions/reference/limits */
const MAX_ROWS = 256;

/**
 * Every combination of the vectors, without what `exclude` matches. An entry of `include` is added to each combination
 * none of whose original values it would change, and is a row of its own where there is none. Throws for what GitHub
 * fails a job for: no row at all, an empty vector, more than 256 rows.
 */
export function expandMatrix(matrix: Json): Row[] {
  const {
    include = [],
    exclude = [],
    ...vectors
  } = matrix as Row & { include?: readonly Row[]; exclude?: readonly Row[] };
  const combinations = combine(vectors).filter((row) => !exclude.some((part) => contains(row, part)));
  const rows = combinations.map((row) => ({ ...row }));
  const added: Row[] = [];
  for (const entry of include) {
    const fitting = combinations.flatMap((row, index) => (isCompatible(row, entry) ? [index] : []));
    for (const index of fitting) Object.assign(rows[index]!, entry);
    if (fitting.length === 0) added.push(entry);
  }
  const all = [...rows, ...added];
  if (all.length === 0) throw new Error('Matrix must define at least one vector');
  if (all.length > MAX_ROWS) throw new Error(`The matrix has ${all.length} rows, and at most ${MAX_ROWS} are allowed`);
  return all;
}

function combine(vectors: Row): Row[] {
  const entries = Object.entries(vectors);
  if (entries.length === 0) return [];
  return entries.reduce<Row[]>(
    (rows, [name, values]) => {
      if (!Array.isArray(values) || values.length === 0) {
        throw new Error(`Matrix vector '${name}' does not contain any values`);
      }
      return rows.flatMap((row) => values.map((value: Json) => ({ ...row, [name]: value })));
    },
    [{}],
  );
}

const contains = (row: Row, part: Row): boolean =>
  Object.entries(part).every(([name, value]) => isDeepStrictEqual(row[name], value));

const isCompatible = (row: Row, entry: Row): boolean =>
  Object.entries(entry).every(([name, value]) => !(name in row) || isDeepStrictEqual(row[name], value));
