/**
 * The packages that count. Each manifest names the one that was committed before it, and the state the newest: what
 * this chain does not reach was never committed, or lies behind a manifest that somebody removed.
 */
import { TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { type Manifest, readManifest } from './manifest.ts';

export interface ChainLink {
  /** Key of the manifest. */
  readonly key: string;
  readonly manifest: Manifest;
}

/**
 * The chain from its head, newest first, one read at a time. Ends where a manifest is gone, by a bucket's own rules for
 * old objects, with the key of that one. Throws `bronze-damaged`.
 */
export async function* chainOf(
  bucket: Bucket,
  head: string | undefined,
): AsyncIterable<ChainLink | { readonly missing: string }> {
  for (let key = head; key !== undefined; ) {
    const manifest = await readManifest(bucket, key).catch(gone);
    yield manifest === undefined ? { missing: key } : { key, manifest };
    key = manifest?.previous;
  }
}

function gone(error: unknown): undefined {
  if (error instanceof TidemillError && error.code === 'bronze-missing') return undefined;
  throw error;
}
