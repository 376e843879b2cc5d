/**
 * Where a leg can be killed: before, in the middle of and right after everything it does to its bucket and its
 * warehouse. Points are counted from 1 in the order they are reached; a label says which one it is, the same in every
 * run that comes the same way.
 */
import type { Bucket, StoredObject } from '../../orchestrator/storage/contract.ts';
import type { PackageRows, Warehouse } from '../../orchestrator/warehouse/contract.ts';

export const stages = [
  'claim',
  'ask',
  'keep',
  'manifest',
  'commit',
  'merge',
  'drop',
  'settle',
  'report',
  'other',
] as const;
export type Stage = (typeof stages)[number];

export interface Point {
  readonly number: number;
  readonly stage: Stage;
  readonly label: string;
}

/**
 * What a label is one of: the first of its kind, or one that comes again. A third is met with nothing that the second is not:
 * something of the same is there already.
 */
export const kindOf = (label: string): string => label.replace(/ #(?!1$)\d+$/, ' again');

export const stageOf = (label: string): Stage => label.slice(0, label.indexOf(':')) as Stage;

/** The last point before a merge's transaction commits. */
export const COMMITS = 'before its transaction commits';

/** Told of every point that is reached, before anything else happens. */
export interface Watcher {
  reached(point: Point): void;
  /** Whether the process dies at the next point if that has this label: then the body of a write comes in halves. */
  isFatal(point: Point): boolean;
}

export interface World {
  readonly bucket: Bucket;
  /** By name. */
  readonly warehouses: ReadonlyMap<string, () => Promise<Warehouse>>;
  readonly close: () => Promise<void>;
}

class Points {
  readonly #watcher: Watcher;
  readonly #seen = new Map<string, number>();
  #number = 0;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  reach(stage: Stage, what: string): void {
    const point = this.#next(stage, what);
    this.#number = point.number;
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1);
    this.#watcher.reached(point);
  }

  isFatal(stage: Stage, what: string): boolean {
    return this.#watcher.isFatal(this.#next(stage, what));
  }

  #next(stage: Stage, what: string): Point {
    const label = `${stage}: ${what} #${(this.#seen.get(what) ?? 0) + 1}`;
    return { number: this.#number + 1, stage, label };
  }
}

/**
 * The same bucket and warehouses with points all around their operations. `warehousesOn` opens them on the bucket that has points,
 * so that those of one that keeps its tables there are among them.
 */
export function withPoints(
  world: World,
  watcher: Watcher,
  warehousesOn: (bucket: Bucket) => World['warehouses'] = () => world.warehouses,
): World & { readonly asks: (when: string) => void } {
  const points = new Points(watcher);
  const bucket = bucketWithPoints(world.bucket, points);
  return {
    bucket,
    asks: (when) => points.reach('ask', `ask for a page, ${when}`),
    warehouses: new Map([...warehousesOn(bucket)].map(([name, open]) => [name, opener(name, open, points)])),
    async close() {
      points.reach('report', 'close, before');
      await world.close();
      points.reach('report', 'close, after');
    },
  };
}

function opener(name: string, open: () => Promise<Warehouse>, points: Points): () => Promise<Warehouse> {
  let opened: Promise<Warehouse> | undefined;
  const openIt = async (): Promise<Warehouse> => {
    points.reach('merge', `open the warehouse ${name}, before`);
    const warehouse = await open();
    await warehouse.check();
    points.reach('merge', `open the warehouse ${name}, after`);
    return warehouseWithPoints(name, warehouse, points);
  };
  return () => {
    opened ??= openIt();
    return opened;
  };
}

function bucketWithPoints(bucket: Bucket, points: Points): Bucket {
  const stageOf = stageFinder();
  return {
    url: bucket.url,
    async read(key, options) {
      const [stage, what] = readerOf(key);
      points.reach(stage, `read ${what}, before`);
      const object = await bucket.read(key, options);
      return object && { ...object, body: reading(object.body, () => points.reach(stage, `read ${what}, amid`)) };
    },
    async write(key, body, options) {
      const [stage, what] = stageOf(key, body);
      points.reach(stage, `write ${what}, before`);
      const written = await bucket.write(key, bodyWithPoints(body, points, stage, what), options);
      points.reach(stage, `write ${what}, ${written === undefined ? 'refused' : 'after'}`);
      return written;
    },
    async *list(prefix): AsyncIterable<StoredObject> {
      points.reach('other', 'list, before');
      yield* bucket.list(prefix);
      points.reach('other', 'list, after');
    },
    async remove(key) {
      points.reach('other', 'remove, before');
      await bucket.remove(key);
      points.reach('other', 'remove, after');
    },
    check: () => bucket.check(),
  };
}

async function* reading(body: AsyncIterable<Uint8Array>, amid: () => void): AsyncIterable<Uint8Array> {
  let chunks = 0;
  for await (const chunk of body) {
    if (chunks++ === 0) amid();
    yield chunk;
  }
}

type Body = Uint8Array | AsyncIterable<Uint8Array>;

function bodyWithPoints(body: Body, points: Points, stage: Stage, what: string): Body {
  const amid = (): void => points.reach(stage, `write ${what}, amid`);
  if (!(body instanceof Uint8Array)) return sending(body, amid, () => points.reach(stage, `write ${what}, all sent`));
  // Only where it matters: drivers take bytes in one piece another way than a stream.
  if (points.isFatal(stage, `write ${what}, amid`)) return halves(body, amid);
  amid();
  return body;
}

async function* sending(body: AsyncIterable<Uint8Array>, amid: () => void, end: () => void) {
  let chunks = 0;
  for await (const chunk of body) {
    yield chunk;
    if (chunks++ === 0) amid();
  }
  end();
}

async function* halves(bytes: Uint8Array, between: () => void): AsyncIterable<Uint8Array> {
  const half = Math.ceil(bytes.length / 2);
  yield bytes.subarray(0, half);
  between();
  yield bytes.subarray(half);
}

function warehouseWithPoints(name: string, warehouse: Warehouse, points: Points): Warehouse {
  return {
    ...warehouse,
    async apply(load) {
      // Killed at one of them alone, it is not yet killed at several.
      const into = `${load.packages.length > 1 ? 'merge of several' : 'merge'} into ${name}`;
      const reach = (what: string): void => points.reach('merge', `${into}, ${what}`);
      reach('before');
      const result = await warehouse.apply({
        ...load,
        packages: load.packages.map((one) => ({ ...one, rows: merging(one.rows, reach) })),
        beforeCommit: async (packages) => {
          await load.beforeCommit(packages);
          reach(COMMITS);
        },
      });
      reach('after');
      return result;
    },
  };
}

async function* merging(rows: PackageRows['rows'], reach: (what: string) => void): PackageRows['rows'] {
  let batches = 0;
  for await (const batch of rows) {
    yield batch;
    if (batches++ === 0) reach('amid its rows');
  }
  reach('all rows taken');
}

function readerOf(key: string): [Stage, string] {
  if (key.startsWith('_tidemill/state/')) return ['claim', 'state'];
  if (key.endsWith('/manifest.json')) return ['merge', 'manifest'];
  if (key.startsWith('silver/')) return ['merge', lakeObject(key)];
  if (key.startsWith('_tidemill/listings/')) return ['keep', 'listing'];
  return key.startsWith('bronze/') ? ['merge', 'part'] : ['other', 'object'];
}

interface StateSeen {
  readonly claim?: { readonly lease_until: string };
  readonly targets: Readonly<Record<string, { readonly pending: readonly unknown[] }>>;
}

const waitingIn = ({ targets }: StateSeen): number =>
  Object.values(targets).reduce((sum, { pending }) => sum + pending.length, 0);

/** Which stage a write belongs to; what the state's writes are about is told by comparing each with the one before. */
function stageFinder(): (key: string, body: Body) => [Stage, string] {
  let before: StateSeen | undefined;
  const stateStage = (next: StateSeen): Stage => {
    if (before === undefined) return 'claim';
    if (next.claim === undefined) return 'settle';
    if (next.claim.lease_until !== before.claim?.lease_until) return 'other';
    return waitingIn(next) < waitingIn(before) ? 'drop' : 'commit';
  };
  return (key, body) => {
    if (key.startsWith('_tidemill/state/') && body instanceof Uint8Array) {
      const next = JSON.parse(Buffer.from(body).toString()) as StateSeen;
      const stage = stateStage(next);
      before = next;
      return [stage, 'state'];
    }
    if (key.startsWith('_tidemill/runs/')) return ['report', 'run record'];
    if (key.startsWith('_tidemill/listings/')) return ['keep', 'listing'];
    if (key.startsWith('quarantine/')) return ['merge', 'quarantine'];
    if (key.endsWith('/manifest.json')) return ['manifest', 'manifest'];
    if (key.startsWith('silver/')) return ['merge', lakeObject(key)];
    if (key.includes('/artifacts/')) return ['keep', 'artifact'];
    return key.startsWith('bronze/') ? ['keep', 'part'] : ['other', 'object'];
  };
}

/** What it is of a table in the bucket: names differ in every run. */
function lakeObject(key: string): string {
  if (key.endsWith('.parquet')) return 'file of a table';
  if (key.endsWith('.avro')) return key.includes('/snap-') ? 'list of manifests' : 'manifest of a table';
  if (key.endsWith('.metadata.json')) return 'version of a table';
  return key.endsWith('version-hint.text') ? 'hint' : 'index or views';
}
