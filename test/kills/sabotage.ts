/**
 * Buckets and warehouses under which the pipeline's order is broken, as if its code were: what it has been told is done
 * is done later, twice, or in two halves. As long as nobody dies, none of them shows. The suite must find every one.
 */
import { randomUUID } from 'node:crypto';
import type { Bucket, StoredObject } from '../../orchestrator/storage/contract.ts';
import type {
  Load,
  MergeCounts,
  MergeResult,
  PackageCounts,
  PackageRows,
  StagedRow,
  Warehouse,
} from '../../orchestrator/warehouse/contract.ts';
import type { World } from './points.ts';

type Sabotage = (world: World) => World;

export const sabotages: Readonly<Record<string, Sabotage>> = {
  'the cursor is committed before the manifest': (world) => {
    const later = new Later();
    return delayed(world, later, {
      write: (bucket, [key, body, options]) => {
        if (!key.endsWith('/manifest.json')) return undefined;
        later.hold(() => bucket.write(key, body, options), isState);
        return Promise.resolve(pretended(key));
      },
    });
  },
  'the cursor is committed after its package': (world) => {
    let cursor: unknown;
    return delayed(world, new Later(), {
      write: (bucket, [key, body, options]) => {
        if (!isState({ key }) || !(body instanceof Uint8Array)) return undefined;
        const { cursor: next, ...state } = JSON.parse(Buffer.from(body).toString()) as { cursor?: unknown };
        const held = cursor === undefined ? state : { ...state, cursor };
        cursor = next;
        return bucket.write(key, Buffer.from(JSON.stringify(held)), options);
      },
    });
  },
  'a package is dropped before its merge commits': (world) => mergingLater(world, isState),
  'the slot is settled before the load': (world) => mergingLater(world, ({ state }) => state?.claim === undefined),
  'the merge records its package in a transaction of its own': (world) => mergingInTwo(world, (rows) => rows.length),
  'the merge commits in the middle': (world) => mergingInTwo(world, (rows) => Math.ceil(rows.length / 2)),
  'of packages merged together only the first is recorded with their rows': (world) => recordingLater(world),
  'a checkpoint of pages in order stands a page ahead': (world) =>
    cursorAhead(world, (value) => ({ page: (value as { page: number }).page + 4 })),
  'a checkpoint of a command stands a page ahead': (world) => cursorAhead(world, (value) => String(Number(value) + 1)),
  'a listing goes on a page too late': (world) =>
    listing(world, (listed) => ({ ...listed, resume: String(Number(listed.resume) + 1) })),
  'a listing forgets the last part that it has': (world) =>
    listing(world, ({ parts, records, ...listed }) => {
      const last = parts.at(-1)?.records ?? 0;
      return { ...listed, parts: parts.slice(0, -1), records: records - last };
    }),
  'a listing goes on where it began': (world) => listing(world, (listed) => ({ ...listed, resume: '0' })),
  'a write is not atomic': (world) =>
    delayed(world, new Later(), {
      write: async (bucket, [key, body, options]) => {
        if (body instanceof Uint8Array) return bucket.write(key, body, options);
        const chunks: Uint8Array[] = [];
        let written: StoredObject | undefined;
        for await (const chunk of body) {
          chunks.push(chunk);
          const onlyIf = written === undefined ? options.onlyIf : { version: written.version };
          written = await bucket.write(key, Buffer.concat(chunks), {
            ...options,
            ...(onlyIf === undefined ? {} : { onlyIf }),
          });
        }
        return written ?? bucket.write(key, Buffer.concat(chunks), options);
      },
    }),
};

/** What each of them is found by: a scenario in which runs mark as they go, if nothing else is said. */
export const scenarioOf: Readonly<Record<string, string>> = {
  'a checkpoint of pages in order stands a page ahead': 'feed',
  'a checkpoint of a command stands a page ahead': 'lines',
  'a listing goes on a page too late': 'shelf',
  'a listing forgets the last part that it has': 'shelf',
  'a listing goes on where it began': 'shelf',
};

const OF_MERGES = /merge|load/;

/** The first operation at which something is not as it should be: a merge, a manifest, or what names an open listing. */
export const isWrongFrom = (sabotage: string): RegExp =>
  OF_MERGES.test(sabotage) ? /^merge: open/ : /^(manifest|keep: write listing)/;

/** A cursor that is always so much ahead of what is out; a run that ends by itself does not need it any more. */
function cursorAhead(world: World, ahead: (value: unknown) => unknown): World {
  return delayed(world, new Later(), {
    write: (bucket, [key, body, options]) => {
      if (!isState({ key }) || !(body instanceof Uint8Array)) return undefined;
      const state = JSON.parse(Buffer.from(body).toString()) as { cursor?: { value: unknown } };
      if (state.cursor === undefined) return undefined;
      const cursor = { ...state.cursor, value: ahead(state.cursor.value) };
      return bucket.write(key, Buffer.from(JSON.stringify({ ...state, cursor })), options);
    },
  });
}

interface Listed {
  readonly resume: string;
  readonly parts: readonly { readonly records: number }[];
  readonly records: number;
}

/** What names a listing that is open says something else of it. */
const listing = (world: World, change: (listed: Listed) => Listed): World =>
  delayed(world, new Later(), {
    write: (bucket, [key, body, options]) => {
      if (!key.startsWith('_tidemill/listings/') || !(body instanceof Uint8Array)) return undefined;
      const listed = JSON.parse(Buffer.from(body).toString()) as Listed;
      return bucket.write(key, Buffer.from(JSON.stringify(change(listed))), options);
    },
  });

/** A write that took effect; the state, when it is one. */
interface Written {
  readonly key: string;
  readonly state?: { readonly claim?: object } | undefined;
}

const isState = ({ key }: Written): boolean => key.startsWith('_tidemill/state/');

/** Actions that are held back until some write has been done, and then until whatever comes after it. */
class Later {
  #held: { readonly action: () => Promise<unknown>; readonly until: (write: Written) => boolean; isDue: boolean }[] =
    [];

  hold(action: () => Promise<unknown>, until: (write: Written) => boolean): void {
    this.#held.push({ action, until, isDue: false });
  }

  written(write: Written): void {
    for (const held of this.#held) held.isDue ||= held.until(write);
  }

  async catchUp(which: 'due' | 'all' = 'due'): Promise<void> {
    const ready = this.#held.filter(({ isDue }) => isDue || which === 'all');
    this.#held = this.#held.filter((held) => !ready.includes(held));
    for (const { action } of ready) await action();
  }
}

type WriteArguments = Parameters<Bucket['write']>;

interface Changes {
  /** In the place of a write; undefined leaves it as it is. */
  readonly write?: (bucket: Bucket, write: WriteArguments) => ReturnType<Bucket['write']> | undefined;
  readonly apply?: (warehouse: Warehouse, load: Load) => Promise<MergeResult>;
}

/** The world with the changes, in which what is held back catches up before each operation. */
function delayed(world: World, later: Later, { write: change, apply }: Changes): World {
  const { bucket } = world;
  const changed = (warehouse: Warehouse): Warehouse => ({
    ...warehouse,
    async apply(load) {
      await later.catchUp();
      return apply === undefined ? warehouse.apply(load) : apply(warehouse, load);
    },
  });
  return {
    bucket: {
      url: bucket.url,
      async read(key, options) {
        await later.catchUp();
        return bucket.read(key, options);
      },
      async write(...write) {
        await later.catchUp();
        const written = await (change?.(bucket, write) ?? bucket.write(...write));
        later.written({ key: write[0], state: stateIn(write) });
        return written;
      },
      list: (prefix) => bucket.list(prefix),
      remove: (key) => bucket.remove(key),
      check: () => bucket.check(),
    },
    warehouses: new Map([...world.warehouses].map(([name, open]) => [name, async () => changed(await open())])),
    async close() {
      await later.catchUp('all');
      await world.close();
    },
  };
}

function stateIn([key, body]: WriteArguments): Written['state'] {
  if (!isState({ key }) || !(body instanceof Uint8Array)) return undefined;
  return JSON.parse(Buffer.from(body).toString()) as NonNullable<Written['state']>;
}

const pretended = (key: string): StoredObject => ({ key, version: 'none', bytes: 0, updatedAt: new Date(0) });

/** A merge that says it is done, and is done later. */
function mergingLater(world: World, until: (write: Written) => boolean): World {
  const later = new Later();
  return delayed(world, later, {
    async apply(warehouse, load) {
      const packages = await taken(load);
      const counted = countsOf(packages);
      await load.beforeCommit(counted);
      later.hold(() => warehouse.apply({ ...again(load, packages), beforeCommit: () => undefined }), until);
      return { packages: counted.map((one) => ({ ...one, alreadyLoaded: false })) };
    },
  });
}

/** A merge in two transactions; only the second one knows the packages. */
function mergingInTwo(world: World, cut: (rows: readonly StagedRow[]) => number): World {
  return delayed(world, new Later(), {
    async apply(warehouse, load) {
      const packages = await taken(load);
      const half = packages.map(({ rows }) => ({ id: '', rows: once(rows.slice(0, cut(rows))) }));
      const nobody = half.map((one, index) => ({ ...one, id: `${randomUUID()} ${index}` }));
      const first = await warehouse.apply({ ...load, packages: nobody, job: 'nobody', beforeCommit: () => undefined });
      return secondly(warehouse, load, first, {
        ...load,
        packages: packages.map(({ id, rows }) => ({ id, rows: once(rows.slice(cut(rows))) })),
      });
    },
  });
}

/** The rows of all packages come with the first of them, and the others are recorded after that. */
function recordingLater(world: World): World {
  return delayed(world, new Later(), {
    async apply(warehouse, load) {
      const packages = await taken(load);
      const [first, ...others] = packages;
      if (first === undefined || others.length === 0) return warehouse.apply(again(load, packages));
      const whole = { id: first.id, rows: packages.flatMap(({ rows }) => rows) };
      const done = await warehouse.apply({ ...again(load, [whole]), beforeCommit: () => undefined });
      if (done.packages[0]?.alreadyLoaded === true) return warehouse.apply(again(load, packages));
      const counted = countsOf(packages);
      const beforeCommit = (): void | Promise<void> => load.beforeCommit(counted);
      const rest = others.map(({ id }) => ({ id, rows: [] }));
      await warehouse.apply({ ...again(load, rest), beforeCommit });
      return { packages: counted.map((one) => ({ ...one, alreadyLoaded: false })) };
    },
  });
}

/** The second of two transactions, told as if it were both. */
async function secondly(warehouse: Warehouse, load: Load, first: MergeResult, rest: Load): Promise<MergeResult> {
  const firstOf = new Map(load.packages.map(({ id }, index) => [id, first.packages[index]?.counts ?? NOTHING]));
  const both = (packages: readonly PackageCounts[]): PackageCounts[] =>
    packages.map(({ id, counts }) => ({ id, counts: sum(firstOf.get(id) ?? NOTHING, counts) }));
  const second = await warehouse.apply({ ...rest, beforeCommit: (packages) => load.beforeCommit(both(packages)) });
  const told = both(second.packages);
  return { packages: second.packages.map((one, index) => ({ ...one, counts: told[index]?.counts ?? one.counts })) };
}

function sum(a: MergeCounts, b: MergeCounts): MergeCounts {
  const names = Object.keys(NOTHING) as (keyof typeof NOTHING)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as MergeCounts;
}

const NOTHING = {
  rows: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  duplicates: 0,
  deletions: 0,
  deleted: 0,
} satisfies MergeCounts;

interface Taken {
  readonly id: string;
  readonly rows: readonly StagedRow[];
}

/** The packages of the load with all of their rows. */
async function taken({ packages }: Load): Promise<Taken[]> {
  const all: Taken[] = [];
  for (const { id, rows: batches } of packages) {
    const rows: StagedRow[] = [];
    for await (const batch of batches) rows.push(...batch.rows);
    all.push({ id, rows });
  }
  return all;
}

/** The load with these packages. */
const again = (load: Load, packages: readonly Taken[]): Load => ({
  ...load,
  packages: packages.map(({ id, rows }) => ({ id, rows: once(rows) })),
});

/** As if every row were a new one. */
const countsOf = (packages: readonly Taken[]): PackageCounts[] =>
  packages.map(({ id, rows }) => ({ id, counts: { ...NOTHING, rows: rows.length, inserted: rows.length } }));

async function* once(rows: readonly StagedRow[]): PackageRows['rows'] {
  yield { rows, rejected: 0 };
}
