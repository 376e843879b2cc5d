/**
 * A writer of a table that is killed at everything it changes in the bucket, one change after the other: whoever reads sees the old
 * table or the new one, and the next writer ends it, once. Killed while it reads, it leaves the bucket as it does right before its
 * next change.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { readText } from '../../orchestrator/storage/text.ts';
import type { Load, MergedPackage, MergeResult, SqlWarehouse, Table } from '../../orchestrator/warehouse/contract.ts';
import type { LakeOptions } from '../../orchestrator/warehouse/lake/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { MemoryBucket } from '../fakes/memory-bucket.ts';
import { lakeIn } from './lake-bucket.ts';
import { type Lifeline, mortal } from './mortal.ts';

export interface Killing {
  /** Loads that are through. */
  readonly before: readonly (() => Load)[];
  /** Made anew for each attempt, for its rows are consumed. */
  readonly load: () => Load;
  readonly options?: Partial<LakeOptions>;
  /** How a broken writer has its bucket. */
  readonly spoil?: (bucket: Bucket) => Bucket;
}

export interface Killed {
  readonly kills: number;
  /** Sentences; none when every promise was kept. */
  readonly complaints: readonly string[];
}

/** Kills the writer before each of its changes. */
export async function killEverywhere(killing: Killing): Promise<Killed> {
  const { before, load, options } = killing;
  const start = new MemoryBucket();
  for (const one of before) await appliedIn(start, one(), options);
  const seen = { of: start as Bucket };
  await using reader = lakeIn(through(seen));
  const rowsIn = (bucket: Bucket): Promise<string[]> => {
    seen.of = bucket;
    return rowsOf(reader, load().table);
  };
  const end = await copyOf(start);
  let changes = 0;
  const counting = watched(end, () => {
    changes += 1;
  });
  const { packages } = await appliedIn(counting, load(), options);
  const truth = { old: await rowsIn(start), new: await rowsIn(end), packages };
  const complaints: string[] = [];
  for (let at = 1; at <= changes; at += 1) {
    const bucket = await copyOf(start);
    const last = await die(bucket, at, killing);
    const cannot = (error: unknown): string[] => [`what is left cannot be gone on with: ${error}`];
    const all = [
      ...(await looked(bucket, rowsIn, truth)),
      ...(await ended(bucket, killing, truth).catch(cannot)),
      ...(await rowsIn(bucket).then((rows) => differing('the rows in the end', rows, truth.new), cannot)),
    ];
    complaints.push(...all.map((complaint) => `killed before change ${at} (${last}): ${complaint}`));
  }
  return { kills: changes, complaints };
}

interface Truth {
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly packages: readonly MergedPackage[];
}

/** What other programs find, which believe the hint, and what we do. */
async function looked(bucket: Bucket, rowsIn: (bucket: Bucket) => Promise<string[]>, truth: Truth): Promise<string[]> {
  const complaints: string[] = [];
  for (const [who, view] of [['we', bucket] as const, ['others', believingTheHint(bucket)] as const]) {
    const rows = await rowsIn(view).catch((error: unknown) => [`nothing: ${error}`]);
    if (![truth.old, truth.new].some((one) => isDeepStrictEqual(one, rows))) complaints.push(`${who} see ${rows}`);
  }
  return complaints;
}

async function ended(bucket: Bucket, { load, options }: Killing, truth: Truth): Promise<string[]> {
  await using lake = lakeIn(bucket, fakeClock(), options);
  const next = await lake.apply(load());
  const { schema, name } = load().table;
  const views = (await readText(bucket, 'silver/views.sql'))?.text ?? '';
  const again = await lake.apply(load());
  return [
    ...differing('what the next attempt says', countsOf(next), countsOf(truth)),
    ...differing('what one more attempt says', again, {
      packages: truth.packages.map((one) => ({ ...one, alreadyLoaded: true })),
    }),
    ...differing('the script of views names it', views.includes(`"${schema}"."${name}"`), true),
  ];
}

const countsOf = ({ packages }: Pick<MergeResult, 'packages'>): unknown[] =>
  packages.map(({ id, counts }) => [id, counts]);

async function appliedIn(bucket: Bucket, load: Load, options: Partial<LakeOptions> = {}) {
  await using lake = lakeIn(bucket, fakeClock(), options);
  return await lake.apply(load);
}

/** Answers what the change was that the writer died before. */
async function die(bucket: Bucket, at: number, { load, options, spoil = (same) => same }: Killing): Promise<string> {
  const life: Lifeline = { isOver: false };
  let changes = 0;
  let last = 'nothing';
  const deadly = watched(mortal(spoil(bucket), life), (what) => {
    changes += 1;
    if (changes !== at) return;
    life.isOver = true;
    last = what;
  });
  await appliedIn(deadly, load(), options).catch((error: unknown) => {
    // Some things are not told to anybody when they fail, so that a load may end all the same.
    if (!life.isOver) throw error;
  });
  return last;
}

/** Every row, with all of its values. */
async function rowsOf(lake: SqlWarehouse, table: Table): Promise<string[]> {
  const rows = (await Array.fromAsync(lake.scan(table))).flat();
  return rows.map(({ values, bronzeObjectPath }) => JSON.stringify([values, bronzeObjectPath])).sort();
}

/** Tells of each change before it is made. */
function watched(bucket: Bucket, reach: (what: string) => void): Bucket {
  return {
    ...through({ of: bucket }),
    write(key, body, options) {
      reach(`write ${key}`);
      return bucket.write(key, body, options);
    },
    remove(key) {
      reach(`remove ${key}`);
      return bucket.remove(key);
    },
  };
}

const through = (seen: { readonly of: Bucket }): Bucket => ({
  url: seen.of.url,
  read: (...args) => seen.of.read(...args),
  write: (...args) => seen.of.write(...args),
  list: (prefix) => seen.of.list(prefix),
  remove: (key) => seen.of.remove(key),
  check: () => seen.of.check(),
});

/** The bucket as PyIceberg and DuckDB have it: the version that the hint names is the newest, and without one there is no table. */
function believingTheHint(bucket: Bucket): Bucket {
  return {
    ...through({ of: bucket }),
    async read(key, options) {
      const [, folder, number] = /^(.*)\/v(\d+)\.metadata\.json$/.exec(key) ?? [];
      if (folder === undefined) return bucket.read(key, options);
      const hint = await readText(bucket, `${folder}/version-hint.text`);
      return hint === undefined || Number(number) > Number(hint.text) ? undefined : bucket.read(key, options);
    },
    async *list(prefix) {
      if (!prefix.endsWith('/metadata/v')) yield* bucket.list(prefix);
    },
  };
}

async function copyOf(bucket: Bucket): Promise<MemoryBucket> {
  const copy = new MemoryBucket();
  for await (const { key } of bucket.list('')) {
    const object = await bucket.read(key);
    if (object !== undefined) await copy.write(key, object.body, { contentType: 'x' });
  }
  return copy;
}

const differing = (what: string, found: unknown, expected: unknown): string[] =>
  isDeepStrictEqual(found, expected)
    ? []
    : [`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
