/** A bucket in a folder of its own for tests of the lake, with a hand on what it does. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { type LakeOptions, openLake } from '../../orchestrator/warehouse/lake/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { readable, type Tested } from './warehouse-samples.ts';

export async function lakeBucket(): Promise<Bucket & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'tidemill-lake-bucket-'));
  return { ...openLocalBucket(root), root };
}

/** A lake as one process has it. */
export function lakeIn(
  bucket: Bucket,
  clock = fakeClock(),
  more: Partial<LakeOptions> = {},
): SqlWarehouse & Tested & AsyncDisposable {
  const lake = readable(openLake({ bucket, clock, random: () => 0.5, ...more }));
  return { ...lake, [Symbol.asyncDispose]: () => lake.close() };
}

/** A lake each of whose loads and looks is a process of its own: all that it reads it fetches, and nothing is left from before. */
export function strangersIn(bucket: Bucket, more: Partial<LakeOptions> = {}): Tested {
  const asked = async <T>(action: (lake: ReturnType<typeof lakeIn>) => Promise<T>): Promise<T> => {
    await using lake = lakeIn(bucket, fakeClock(), more);
    // Not before it is done the lake is closed.
    return await action(lake);
  };
  const { url, capabilities } = lakeIn(bucket);
  return {
    url,
    capabilities,
    apply: (load) => asked((lake) => lake.apply(load)),
    newest: (...what) => asked((lake) => lake.newest(...what)),
    lastPackage: (job) => asked((lake) => lake.lastPackage(job)),
    loadedJobs: () => asked((lake) => lake.loadedJobs()),
    tables: () => asked((lake) => lake.tables()),
    read: (...what) => asked((lake) => lake.read(...what)),
    async *scan(...what) {
      await using lake = lakeIn(bucket, fakeClock(), more);
      yield* lake.scan(...what);
    },
    check: () => asked((lake) => lake.check()),
    close: async () => undefined,
  };
}

/** The bucket, and how many objects and bytes were read from it. */
export function counted(bucket: Bucket): {
  readonly bucket: Bucket;
  readonly read: { objects: number; bytes: number };
} {
  const read = { objects: 0, bytes: 0 };
  async function* told(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of body) {
      read.bytes += chunk.length;
      yield chunk;
    }
  }
  const reading: Bucket['read'] = async (key, options) => {
    const object = await bucket.read(key, options);
    if (object === undefined) return undefined;
    read.objects += 1;
    return { ...object, body: told(object.body) };
  };
  return { bucket: { ...bucket, read: reading }, read };
}

/** Objects below a key, without it. */
export async function keysIn(bucket: Bucket, folder: string): Promise<string[]> {
  const objects = await Array.fromAsync(bucket.list(`${folder}/`));
  return objects.map(({ key }) => key.slice(folder.length + 1));
}
