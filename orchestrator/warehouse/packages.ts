/** The packages of a load: which are new to the warehouse, and what became of each. Pure. */
import type { Load, MergeCounts, MergedPackage, PackageCounts, PackageRows } from './contract.ts';

/** What was recorded of those that are loaded already, by their ids. */
export type Recorded = ReadonlyMap<string, MergeCounts>;

/** Those that are to be applied. */
export const newIn = ({ packages }: Pick<Load, 'packages'>, recorded: Recorded): readonly PackageRows[] =>
  packages.filter(({ id }) => !recorded.has(id));

/** Each package of the load in its order. */
export function mergedPackages(
  { packages }: Pick<Load, 'packages'>,
  recorded: Recorded,
  applied: readonly PackageCounts[] = [],
): MergedPackage[] {
  const now = new Map(applied.map(({ id, counts }) => [id, counts]));
  return packages.flatMap(({ id }) => {
    const before = recorded.get(id);
    const counts = before ?? now.get(id);
    return counts === undefined ? [] : [{ id, counts, alreadyLoaded: before !== undefined }];
  });
}

/** Counts that add up bit by bit. */
export type Tally = { -readonly [Count in (typeof COUNTED)[number]]: number };

export const COUNTED = ['inserted', 'updated', 'unchanged', 'duplicates', 'deleted', 'deletions'] as const;

/** One for each of so many packages. */
export const talliesFor = (packages: number): readonly Tally[] =>
  Array.from({ length: packages }, () => ({
    inserted: 0,
    updated: 0,
    unchanged: 0,
    duplicates: 0,
    deleted: 0,
    deletions: 0,
  }));

/** What packages come to together. */
export function sumOf(packages: readonly PackageCounts[]): MergeCounts {
  const sums = { rows: 0, inserted: 0, updated: 0, unchanged: 0, duplicates: 0, deleted: 0, deletions: 0 };
  for (const { counts } of packages) for (const name of ['rows', ...COUNTED] as const) sums[name] += counts[name];
  return sums;
}

/** Of a table without a key: every row is a new one. */
export function allNew(
  staged: readonly { readonly rows: number }[],
  tallies: readonly Tally[],
): Pick<MergeCounts, 'left'> {
  addCounts(
    tallies,
    staged.map(({ rows }, index) => [index, rows]),
    ['inserted'],
  );
  return {};
}

/** How many rows made room for each package: for the first that names the object they came from. Answered are objects and rows. */
export function addRoom(
  tallies: readonly Tally[],
  packages: readonly PackageRows[],
  rows: readonly (readonly unknown[])[],
): void {
  for (const [object, count] of rows) {
    const number = packages.findIndex(({ replaces = [] }) => replaces.includes(String(object)));
    addCounts(tallies, [[number, count]], ['deleted']);
  }
}

/** Adds rows of an answer, each the number of a package, from 0, and its counts in this order; NULL is none. */
export function addCounts(
  tallies: readonly Tally[],
  rows: readonly (readonly unknown[])[],
  names: readonly (keyof Tally)[] = COUNTED,
): void {
  for (const [number, ...counts] of rows) {
    const tally = tallies[Number(number)];
    if (tally === undefined) throw new TypeError(`The load has no package ${number}`);
    for (const [index, name] of names.entries()) tally[name] += Number(counts[index] ?? 0);
  }
}
