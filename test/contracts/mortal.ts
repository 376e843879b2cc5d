/** A bucket and a warehouse as a process has them that is killed: from one instant on, nothing it does arrives. */
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import type { Load, PackageRows, Warehouse } from '../../orchestrator/warehouse/contract.ts';

/** The life of a process. Somebody else ends it. */
export interface Lifeline {
  isOver: boolean;
}

function check({ isOver }: Lifeline): void {
  if (isOver) throw new Error('the process was killed');
}

async function* whileAlive<T>(items: AsyncIterable<T>, life: Lifeline): AsyncIterable<T> {
  for await (const item of items) {
    check(life);
    yield item;
  }
  check(life);
}

/** A body comes in as many pieces as it happens to: its first one counts, and its end. */
async function* sentWhileAlive(body: AsyncIterable<Uint8Array>, life: Lifeline): AsyncIterable<Uint8Array> {
  let pieces = 0;
  for await (const piece of body) {
    if (pieces++ === 0) check(life);
    yield piece;
  }
  check(life);
}

export function mortal(bucket: Bucket, life: Lifeline): Bucket {
  return {
    url: bucket.url,
    async read(key, options) {
      check(life);
      const object = await bucket.read(key, options);
      return object === undefined ? undefined : { ...object, body: whileAlive(object.body, life) };
    },
    async write(key, body, options) {
      check(life);
      return bucket.write(key, body instanceof Uint8Array ? body : sentWhileAlive(body, life), options);
    },
    list: (prefix) => whileAlive(bucket.list(prefix), life),
    async remove(key) {
      check(life);
      await bucket.remove(key);
    },
    check: () => bucket.check(),
  };
}

/** The driver keeps its promise that an error in the rows rolls everything back; `close` is what the system does. */
export function mortalWarehouse(warehouse: Warehouse, life: Lifeline): Warehouse {
  return {
    ...warehouse,
    async apply(load) {
      check(life);
      return warehouse.apply(withRows(load, ({ rows }) => whileAlive(rows, life)));
    },
    async newest(table, column) {
      check(life);
      return warehouse.newest(table, column);
    },
  };
}

/** The load with other rows for its packages. */
export const withRows = (load: Load, change: (one: PackageRows) => PackageRows['rows']): Load => ({
  ...load,
  packages: load.packages.map((one) => ({ ...one, rows: change(one) })),
});
