import type { TidemillError } from '@tidemill/kit';
import type { z } from 'zod';
import type { Bucket, ReadOptions, StoredObject, WriteOptions } from './contract.ts';

/** The whole object as text, for small ones; undefined when there is none. */
export async function readText(
  bucket: Bucket,
  key: string,
  options: Omit<ReadOptions, 'range'> = {},
): Promise<(StoredObject & { text: string }) | undefined> {
  const object = await bucket.read(key, options);
  if (object === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of object.body) chunks.push(chunk);
  const { body: _, ...facts } = object;
  return { ...facts, text: Buffer.concat(chunks).toString('utf8') };
}

/** Makes the error for an object that must be there and is gone, or is not what it must be. */
export type ObjectFault = (what: 'missing' | 'damaged', object: string, cause?: unknown) => TidemillError;

/** The object, parsed and checked. Throws what `fault` makes when it is gone or damaged. */
export async function readJson<T>(bucket: Bucket, key: string, schema: z.ZodType<T>, fault: ObjectFault): Promise<T> {
  const object = await readText(bucket, key);
  const name = `${bucket.url}/${key}`;
  if (object === undefined) throw fault('missing', name);
  try {
    return schema.parse(JSON.parse(object.text));
  } catch (cause) {
    throw fault('damaged', name, cause);
  }
}

/** Writes a value as indented JSON, so that a person who opens the bucket can read it. */
export function writeJson(
  bucket: Bucket,
  key: string,
  value: unknown,
  options: Pick<WriteOptions, 'onlyIf'> = {},
): Promise<StoredObject | undefined> {
  const bytes = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
  return bucket.write(key, bytes, { contentType: 'application/json', ...options });
}
