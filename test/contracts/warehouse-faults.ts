/** Ways in which a driver of a warehouse can be broken, for the test that shows that the contract finds each of them. */
import { setImmediate } from 'node:timers/promises';
import type { SqlType } from '@tidemill/kit';
import type {
  Load,
  MergeCounts,
  MergeResult,
  PackageRows,
  SilverRow,
  StagedBatch,
  StagedRow,
  Table,
} from '../../orchestrator/warehouse/contract.ts';
import { withRows } from './mortal.ts';
import { batches, NONE, type Tested } from './warehouse-samples.ts';

export type Fault = (sound: Tested) => Tested;

export const onLoad =
  (change: (load: Load) => Load): Fault =>
  (sound) => ({ ...sound, apply: async (load) => sound.apply(change(load)) });

export const onTable = (change: (table: Table) => Table): Fault =>
  onLoad((load) => ({ ...load, table: change(load.table) }));

export const onBatches = (change: (rows: PackageRows['rows'], load: Load) => PackageRows['rows']): Fault =>
  onLoad((load) => withRows(load, ({ rows }) => change(rows, load)));

export const onRows = (change: (row: StagedRow, index: number, load: Load) => readonly StagedRow[]): Fault =>
  onBatches(async function* (batches, load) {
    let index = 0;
    for await (const { rows, rejected } of batches)
      yield { rows: rows.flatMap((row) => change(row, index++, load)), rejected };
  });

const onValues = (change: (text: string, type: SqlType | undefined) => string): Fault =>
  onRows((row, _, { table }) => [
    { ...row, values: row.values.map((text, index) => text && change(text, table.columns[index]?.type)) },
  ]);

export const onType = (type: SqlType, change: (text: string) => string): Fault =>
  onValues((text, found) => (found === type ? change(text) : text));

export const onPackages = (change: (one: PackageRows, index: number) => PackageRows): Fault =>
  onLoad((load) => ({ ...load, packages: load.packages.map(change) }));

/** What is said of packages of which nothing was done. */
export const nothingDone = ({ packages }: Load): MergeResult => ({
  packages: packages.map(({ id }) => ({ id, counts: NONE, alreadyLoaded: false })),
});

/** Answers a refusal with "nothing to do". */
export const forgiving: Fault = (sound) => ({
  ...sound,
  apply: (load) => sound.apply(load).catch(() => nothingDone(load)),
});

/** The load with all rows of its packages taken in. */
async function takenIn(load: Load): Promise<{ readonly load: Load; readonly batches: readonly StagedBatch[] }> {
  const packages: PackageRows[] = [];
  const all: StagedBatch[] = [];
  for (const one of load.packages) {
    const taken = await Array.fromAsync(one.rows);
    all.push(...taken);
    packages.push({
      ...one,
      rows: (async function* () {
        yield* taken;
      })(),
    });
  }
  return { load: { ...load, packages }, batches: all };
}

export const onScan =
  (change: (row: SilverRow) => SilverRow): Fault =>
  (sound) => ({
    ...sound,
    async *scan(...what) {
      for await (const rows of sound.scan(...what)) yield rows.map(change);
    },
  });

export const reversed = onBatches(async function* (batches) {
  const rows = (await Array.fromAsync(batches)).flatMap((batch) => batch.rows);
  yield { rows: rows.reverse(), rejected: 0 };
});

export const untilItBreaks = onBatches(async function* (batches) {
  try {
    yield* batches;
  } catch {
    return;
  }
});

/** Writes every row anew, whether it changed or not. */
export const wiping: Fault = (sound) => ({
  ...sound,
  async apply(load) {
    const [{ id } = { id: '' }] = load.packages;
    const nothing = { id: `${id}-wipe`, rows: (async function* () {})() };
    await sound.apply({ ...load, packages: [nothing], scope: 'everything', beforeCommit: () => undefined });
    return sound.apply(load);
  },
});

export const forgetful: Fault = (sound) => {
  let merges = 0;
  return onPackages((one) => ({ ...one, id: `${one.id} ${merges++}` }))(sound);
};

/** Leaves everything undone when there is no row. */
export const lazy: Fault = (sound) => ({
  ...sound,
  async apply(load) {
    const taken = await takenIn(load);
    return taken.batches.length === 0 ? nothingDone(load) : sound.apply(taken.load);
  },
});

export const oneAtATime: Fault = (sound) => {
  let isBusy = false;
  return {
    ...sound,
    async apply(load) {
      if (isBusy) throw new Error('busy');
      isBusy = true;
      return sound.apply(load).finally(() => {
        isBusy = false;
      });
    },
  };
};

/** Knows a table only as it first was. */
export const inflexible: Fault = (sound) => {
  let first: Table | undefined;
  return onLoad((load) => {
    first ??= load.table;
    return { ...load, table: { ...load.table, columns: first.columns } };
  })(sound);
};

export const talkative: Fault = (sound) => ({
  ...sound,
  async apply(load) {
    const taken = await takenIn(load);
    return sound.apply(taken.load).catch((error) => {
      throw Object.assign(error, { rows: taken.batches });
    });
  },
});

export const swapsCounts: Fault = (sound) => ({
  ...sound,
  async apply(load) {
    const { packages } = await sound.apply({ ...load, beforeCommit: () => undefined });
    const swapped = ({ inserted, updated, ...counts }: MergeCounts) => ({
      ...counts,
      inserted: updated,
      updated: inserted,
    });
    return { packages: packages.map((one) => ({ ...one, counts: swapped(one.counts) })) };
  },
});

/** Makes a package visible in two portions, and waits between them until somebody has looked. */
export const inPortions: Fault = (sound) => {
  let looks = 0;
  return {
    ...sound,
    async read(...what) {
      const rows = await sound.read(...what);
      looks += 1;
      return rows;
    },
    async apply(load) {
      if (load.packages[0]?.id !== 'p2') return sound.apply(load);
      const rows = (await takenIn(load)).batches.flatMap((batch) => batch.rows);
      const half = Math.ceil(rows.length / 2);
      await sound.apply({ ...load, packages: [{ id: 'half', rows: batches(rows.slice(0, half), half) }] });
      // One that began before may end after.
      for (const seen = looks; looks < seen + 2; ) await setImmediate();
      return sound.apply({ ...load, packages: [{ id: 'p2', rows: batches(rows.slice(half), half) }] });
    },
  };
};

/** Forgets that it was several packages. */
export const asOnePackage: Fault = (sound) => ({
  ...sound,
  async apply(load) {
    const { batches: rows } = await takenIn(load);
    const last = load.packages.at(-1)?.id ?? '';
    const all = {
      id: last,
      rows: batches(
        rows.flatMap((batch) => batch.rows),
        2,
      ),
    };
    const { packages } = await sound.apply({ ...load, packages: [all], beforeCommit: () => undefined });
    const [{ counts, alreadyLoaded } = { counts: NONE, alreadyLoaded: false }] = packages;
    return { packages: load.packages.map(({ id }) => ({ id, alreadyLoaded, counts: id === last ? counts : NONE })) };
  },
});

/** Applies the packages one after the other, and is seen at it. */
export async function oneByOne(sound: Tested, load: Load, between: () => Promise<unknown> = async () => undefined) {
  const merged: MergeResult['packages'][number][] = [];
  for (const one of load.packages) {
    merged.push(...(await sound.apply({ ...load, packages: [one] })).packages);
    await between();
  }
  return { packages: merged };
}

export const isReserved = ({ columns }: Table): boolean => columns.some(({ name }) => name === 'select');
