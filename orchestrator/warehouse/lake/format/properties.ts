/**
 * What a table remembers of Tidemill, in its own properties, so that it changes in the same commit as the rows: the packages that
 * were loaded, and the types that columns were declared as.
 */
import { type Column, type SqlType, sqlTypes } from '@tidemill/kit';
import { z } from 'zod';
import type { MergeCounts } from '../../contract.ts';
import { notReadable } from './faults.ts';
import type { Metadata } from './metadata.ts';

const PACKAGES = 'tidemill.packages';
const TYPES = 'tidemill.types';

/** At least so many packages of a table stay recorded. */
export const MOST_PACKAGES = 50;

const Count = z.int().min(0);

const Counts = z.object({
  rows: Count,
  inserted: Count,
  updated: Count,
  unchanged: Count,
  duplicates: Count,
  deleted: Count,
  deletions: Count,
  left: z.object({ unnamed: Count, of: Count }).exactOptional(),
}) satisfies z.ZodType<MergeCounts>;

/** A package that was loaded; `at` is the `now` of its load. */
const LoadedPackage = z.object({
  id: z.string(),
  job: z.string(),
  at: z.iso.datetime(),
  counts: Counts,
  /** Of the last of several packages of one commit: how many they are. */
  together: z.int().min(2).exactOptional(),
});
export type LoadedPackage = z.infer<typeof LoadedPackage>;

/** In the order in which they were loaded. */
export const loadedPackages = (metadata: Metadata): readonly LoadedPackage[] =>
  propertyOf(metadata, PACKAGES, z.array(LoadedPackage)) ?? [];

/**
 * With more packages, those of one commit. Old ones are forgotten, but never the last of a job, for `loadedJobs` and `lastPackage` are
 * answered by these; nor the last commit of a job, however many packages it was made of: a crash may have kept them from its state.
 */
export function withPackages(metadata: Metadata, loaded: readonly LoadedPackage[]): Metadata {
  const isLast = (index: number): boolean => loaded.length > 1 && index === loaded.length - 1;
  const added = loaded.map((one, index) => (isLast(index) ? { ...one, together: loaded.length } : one));
  const all = [...loadedPackages(metadata), ...added];
  const jobs = Map.groupBy(all, ({ job }) => job);
  const last = [...jobs.values()].flatMap((own) => [newestOf(own), ...own.slice(-(own.at(-1)?.together ?? 1))]);
  const kept = new Set([...last, ...all.slice(-MOST_PACKAGES)]);
  return withProperty(
    metadata,
    PACKAGES,
    all.filter((one) => kept.has(one)),
  );
}

/** The one that was recorded last, by its time and then by its id. */
export function newestOf(packages: readonly LoadedPackage[]): LoadedPackage | undefined {
  const isNewer = (one: LoadedPackage, other: LoadedPackage): boolean =>
    one.at === other.at ? one.id > other.id : one.at > other.at;
  return packages.reduce<LoadedPackage | undefined>(
    (newest, one) => (newest === undefined || isNewer(one, newest) ? one : newest),
    undefined,
  );
}

/** By name in lower case; also of columns that are declared no more. */
export const declaredTypes = (metadata: Metadata): Readonly<Record<string, SqlType>> =>
  propertyOf(metadata, TYPES, z.record(z.string(), z.enum(sqlTypes))) ?? {};

export function withTypes(metadata: Metadata, columns: readonly Column[]): Metadata {
  const types = columns.map(({ name, type }) => [name.toLowerCase(), type] as const);
  return withProperty(metadata, TYPES, { ...declaredTypes(metadata), ...Object.fromEntries(types) });
}

/** Those and no others. */
export const withOnlyTypes = (metadata: Metadata, types: Readonly<Record<string, SqlType>>): Metadata =>
  withProperty(metadata, TYPES, types);

const withProperty = (metadata: Metadata, name: string, value: unknown): Metadata => ({
  ...metadata,
  properties: { ...metadata.properties, [name]: JSON.stringify(value) },
});

function propertyOf<T>({ properties, location }: Metadata, name: string, schema: z.ZodType<T>): T | undefined {
  const text = properties[name];
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw notReadable(location, `its property ${name} is not as Tidemill writes it`, error);
  }
}
