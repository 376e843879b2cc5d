/** A package of everything that a run has left open: what it has, and where its source is asked on. */
import { TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { readText, writeJson } from '../../storage/text.ts';
import { Part } from './manifest.ts';
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
export type LeftPackage = z.infer<typeof LeftPackage>;

/** Answers the key of the object. Throws kind `bug` for a name that its job has used already. */
export async function writeLeftPackage(bucket: Bucket, name: string, left: LeftPackage): Promise<string> {
  const key = keys.listing(left.job, name);
  const written = await writeJson(bucket, key, left, { onlyIf: 'absent' });
  if (written === undefined) throw new TidemillError('bug', 'package-exists', `${key} is there already`);
  return key;
}

/** Undefined when it is gone, is something else, or bronze has not all of its parts as they were written. */
export async function readLeftPackage(bucket: Bucket, key: string): Promise<LeftPackage | undefined> {
  const left = parsed((await readText(bucket, key))?.text);
  return left !== undefined && (await hasParts(bucket, left)) ? left : undefined;
}

function parsed(text = ''): LeftPackage | undefined {
  try {
    return LeftPackage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function hasParts(bucket: Bucket, { folder, parts }: OpenPackage): Promise<boolean> {
  const bytes = new Map<string, number>();
  for await (const object of bucket.list(`${folder}/`)) bytes.set(object.key, object.bytes);
  return parts.every((part) => bytes.get(part.key) === part.bytes);
}
