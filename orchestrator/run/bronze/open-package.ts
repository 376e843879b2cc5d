/** A package of everything that a run has left open: what it has, and where its source is asked on. */
import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { readText, writeJson } from '../../storage/text.ts';
import type { ChainLink } from './chain.ts';
import { Part, readManifest } from './manifest.ts';
import { ToldTotals } from './totals.ts';

const OpenPackage = z.object({
  /** Its id. */
  package: z.string(),
  folder: z.string(),
  started_at: z.iso.datetime(),
  records: z.int().min(0),
  parts: z.array(Part),
  totals: ToldTotals,
  /** As the connector has said it. */
  resume: z.string(),
});
export type OpenPackage = z.infer<typeof OpenPackage>;

const LeftPackage = OpenPackage.extend({
  version: z.literal(1),
  job: z.string(),
  /** The one that has left it. */
  run: z.string(),
  /** Of what must be the same for another run to go on in it. */
  fingerprint: z.string(),
});
type LeftPackage = z.infer<typeof LeftPackage>;

/** Answers the key of the object. Throws kind `bug` for a name that its job has used already. */
export async function writeLeftPackage(bucket: Bucket, name: string, left: LeftPackage): Promise<string> {
  const key = keys.listing(left.job, name);
  const written = await writeJson(bucket, key, left, { onlyIf: 'absent' });
  if (written === undefined) throw new TidemillError('bug', 'package-exists', `${key} is there already`);
  return key;
}

/** A package that was left open, as it is found. */
export interface Found {
  readonly left: LeftPackage;
  /** The source was read to its end, and its run died before that was committed. */
  readonly finished: ChainLink | undefined;
}

/** Undefined when it is gone, is something else, or bronze has not all of its parts as they were written. */
export async function findLeftPackage(bucket: Bucket, key: string): Promise<Found | undefined> {
  const left = parsed((await readText(bucket, key))?.text);
  if (left === undefined) return undefined;
  const bytes = new Map<string, number>();
  for await (const object of bucket.list(`${left.folder}/`)) bytes.set(object.key, object.bytes);
  const hasAll = (parts: OpenPackage['parts']): boolean => parts.every((part) => bytes.get(part.key) === part.bytes);
  if (!hasAll(left.parts)) return undefined;
  const manifest = `${left.folder}/manifest.json`;
  if (!bytes.has(manifest)) return { left, finished: undefined };
  const read = await readManifest(bucket, manifest).catch(ifDamaged);
  return read !== undefined && hasAll(read.parts) ? { left, finished: { key: manifest, manifest: read } } : undefined;
}

function ifDamaged(error: unknown): undefined {
  if (!(error instanceof TidemillError && error.code.startsWith('bronze-'))) throw error;
}

function parsed(text = ''): LeftPackage | undefined {
  try {
    return LeftPackage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
