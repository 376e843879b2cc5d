/** From the place that a row of silver names back to the record it was made of, and to the package that this is of. */
import type { Stream } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import type { ChainLink } from './chain.ts';
import { readManifest } from './manifest.ts';
import { type BronzeRecord, readRecords } from './records.ts';

const OBJECT = /^(bronze\/[^/]+\/[^/]+\/dt=[^/]+\/([^/]+))\/./;

/** Name of the package that an object of bronze is of; undefined for what is no part of one. */
export const packageOf = (object: string): string | undefined => OBJECT.exec(object)?.[2];

/** The manifest of the package that has the object. Throws `bronze-missing` or `bronze-damaged`; undefined where it can be of none. */
export async function manifestOf(bucket: Bucket, object: string): Promise<ChainLink | undefined> {
  const folder = OBJECT.exec(object)?.[1];
  if (folder === undefined) return undefined;
  const key = `${folder}/manifest.json`;
  return { key, manifest: await readManifest(bucket, key) };
}

/**
 * The records of one object at these places, read no further than the last of them. None where the manifest knows no such object.
 * Throws as `readRecords`.
 */
export async function recordsAt(
  bucket: Bucket,
  { manifest }: ChainLink,
  { object, lines }: { readonly object: string; readonly lines: ReadonlySet<number> },
  stream: Pick<Stream, 'parse'>,
): Promise<BronzeRecord[]> {
  const only = {
    parts: manifest.parts.filter(({ key }) => key === object),
    artifacts: manifest.artifacts.filter(({ key }) => key === object),
  };
  const last = Math.max(...lines);
  const found: BronzeRecord[] = [];
  for await (const batch of readRecords(bucket, only, stream)) {
    found.push(...batch.filter(({ line }) => lines.has(line)));
    if ((batch.at(-1)?.line ?? 0) >= last) break;
  }
  return found;
}
