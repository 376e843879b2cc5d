import type { Bucket, StoredObject, WriteOptions } from './contract.ts';

/** The whole object as text, for small ones; undefined when there is none. */
export async function readText(bucket: Bucket, key: string): Promise<(StoredObject & { text: string }) | undefined> {
  const object = await bucket.read(key);
  if (object === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of object.body) chunks.push(chunk);
  const { body: _, ...facts } = object;
  return { ...facts, text: Buffer.concat(chunks).toString('utf8') };
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
