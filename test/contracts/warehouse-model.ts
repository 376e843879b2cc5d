/** What applying a package makes of a table, in a few lines of JavaScript: a driver must come to the same. */
import type { Load, MergeCounts, PackageRows, StagedRow } from '../../orchestrator/warehouse/contract.ts';
import type { Values } from './warehouse-samples.ts';

/** What is remembered of a row: its values, where it came from, when it was last written. */
export interface Kept {
  readonly values: Values;
  readonly row: StagedRow;
  readonly now: Date;
}

/** Rows by their key. */
export type Rows = ReadonlyMap<string, Kept>;

/** What is asked of a load but its rows. */
type Asked = Pick<Load, 'table' | 'scope' | 'now' | 'unnamed'>;

/** A package that was read. */
export interface StagedPackage extends Pick<PackageRows, 'id' | 'replaces'> {
  readonly rows: readonly StagedRow[];
  readonly rejected: number;
}

const valuesOf = ({ table }: Asked, row: StagedRow): Values =>
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

/** The rows after the packages, and the counts of each: room is made for all of them, then one after the other is applied. */
export function model(before: Rows, load: Asked, packages: readonly StagedPackage[]): [Rows, MergeCounts[]] {
  const counts: MergeCounts[] = [];
  let rows = before;
  const room = packages.map(({ replaces = [] }) => {
    const stays = new Map([...rows].filter(([, { row }]) => !replaces.includes(row.bronzeObjectPath)));
    const gone = rows.size - stays.size;
    rows = stays;
    return gone;
  });
  for (const [index, one] of packages.entries()) {
    const [after, found] = applied(rows, load, one);
    counts.push({ ...found, deleted: found.deleted + (room[index] ?? 0) });
    rows = after;
  }
  return [rows, counts];
}

function applied(room: Rows, load: Asked, { id, rows: staged, rejected }: StagedPackage): [Rows, MergeCounts] {
  const { table, scope, now } = load;
  const keyOf = (values: Values, index: number): string =>
    JSON.stringify(table.key.length === 0 ? [id, index] : table.key.map((name) => values[name]));
  const after = new Map(room);
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
  const deleted = room.size + counts.inserted - after.size;
  return [after, { ...counts, duplicates: staged.length - latest.size, deleted }];
}
