/**
 * Which packages are loaded in one transaction. After a run of many marks so many of them wait that each by itself would cost more than
 * its rows.
 */
import { asTidemillError, type Scope } from '@tidemill/kit';
import type { Manifest } from './bronze/manifest.ts';
import { isRefusal } from './silver/refused.ts';

/** A package whose manifest was read. */
export interface ReadyPackage {
  /** Of the load. */
  readonly id: string;
  readonly manifest: Manifest;
  readonly scope: Scope;
}

/** What a warehouse stages at once, and what is staged again after a crash: no more than this, unless one package is. */
const MOST_PACKAGES = 100;
const MOST_RECORDS = 1_000_000;
/** Of their objects, as stored. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Whether the package may join those. One of everything is alone. Ids ascend: of those that are recorded in one moment the greatest
 * is the one that was loaded last.
 */
export function mayJoin(group: readonly ReadyPackage[], next: ReadyPackage): boolean {
  const last = group.at(-1);
  if (last === undefined) return true;
  if (last.scope === 'everything' || next.scope === 'everything' || next.id <= last.id) return false;
  const all = [...group, next];
  const sum = (of: (manifest: Manifest) => number): number =>
    all.reduce((total, { manifest }) => total + of(manifest), 0);
  return all.length <= MOST_PACKAGES && sum(({ records }) => records) <= MOST_RECORDS && sum(bytesOf) <= MOST_BYTES;
}

const bytesOf = ({ parts, artifacts }: Manifest): number =>
  [...parts, ...artifacts].reduce((sum, { bytes }) => sum + bytes, 0);

/** What several packages are too many for, and one may not be. */
const TOO_MUCH: ReadonlySet<string> = new Set(['warehouse-memory', 'disk-full']);

/**
 * Loads the packages together; where the warehouse refuses a value, or has no room for so many, one half after the other, down to
 * single ones. `then` is told what came of each load.
 */
export async function loadHalved<T, R>(
  packages: readonly T[],
  load: (packages: readonly T[]) => Promise<R>,
  then: (loaded: R, packages: readonly T[]) => Promise<void>,
): Promise<void> {
  let loaded: R;
  try {
    loaded = await load(packages);
  } catch (thrown) {
    const isTooMuch = isRefusal(thrown) || TOO_MUCH.has(asTidemillError(thrown).code);
    if (packages.length < 2 || !isTooMuch) throw thrown;
    const middle = Math.ceil(packages.length / 2);
    await loadHalved(packages.slice(0, middle), load, then);
    return await loadHalved(packages.slice(middle), load, then);
  }
  await then(loaded, packages);
}
