/** What applying a package makes of a table, in a few lines of JavaScript: a driver must come to the same. */
import type { Load, MergeCounts, StagedRow } from '../../orchestrator/warehouse/contract.ts';
import type { Values } from './warehouse-samples.ts';

/** What is remembered of a row: its values, where it came from, when it was last written. */
export interface Kept {
  readonly values: Values;
  readonly row: StagedRow;
  readonly now: Date;
}

/** Rows by their key. */
export type Rows = ReadonlyMap<string, Kept>;

type Package = Pick<Load, 'packageId' | 'table' | 'scope' | 'replaces' | 'now' | 'unnamed'>;

const valuesOf = ({ table }: Package, row: StagedRow): Values =>
  Object.fromEntries(table.columns.map(({ name }, index) => [name, row.values[index] ?? null]));

/** As the checksum has it: neither the order of columns matters, nor one that is added and empty. */
const isSame = (one: Values, other: Values): boolean => {
  const said = (values: Values): string =>
    JSON.stringify(
      Object.entries(values)
        .filter(([, value]) => value !== null)
        .sort(),
    );
  return said(one) === said(other);
};

/** The rows after the package, and the counts. */
export function model(
  before: Rows,
  load: Package,
  staged: readonly StagedRow[],
  rejected: number,
): [Rows, MergeCounts] {
  const { table, scope, replaces = [], now } = load;
  const keyOf = (values: Values, index: number): string =>
    JSON.stringify(table.key.length === 0 ? [load.packageId, index] : table.key.map((name) => values[name]));
  const after = new Map([...before].filter(([, { row }]) => !replaces.includes(row.bronzeObjectPath)));
  const room = new Map(after);
  const latest = new Map(
    staged.map((row, index) => {
      const values = valuesOf(load, row);
      return [keyOf(values, index), { values, row, now }];
    }),
  );
  const isWhole = scope === 'everything' && rejected === 0;
  const unnamed = isWhole ? [...room.keys()].filter((key) => !latest.has(key)) : [];
  const left = { unnamed: unnamed.length, of: room.size };
  const isLeft = unnamed.length > 0 && load.unnamed(left) === 'leave';
  if (!isLeft) for (const key of unnamed) after.delete(key);
  const counts = {
    rows: staged.length,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    deletions: 0,
    ...(isLeft ? { left } : {}),
  };
  for (const [key, kept] of latest) {
    const old = room.get(key);
    if (kept.row.isDeletion === true) {
      after.delete(key);
      counts.deletions += 1;
    } else if (old !== undefined && (table.write === 'append' || isSame(old.values, kept.values))) {
      counts.unchanged += 1;
    } else {
      after.set(key, kept);
      counts[old === undefined ? 'inserted' : 'updated'] += 1;
    }
  }
  const deleted = before.size + counts.inserted - after.size;
  return [after, { ...counts, duplicates: staged.length - latest.size, deleted }];
}
