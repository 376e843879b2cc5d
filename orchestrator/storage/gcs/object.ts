/** What the JSON API says of an object: https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StoredObject } from '../contract.ts';
import type { Checksum } from '../remote/body.ts';
import { notUnderstood } from '../remote/errors.ts';
import { sizeIn } from '../remote/read.ts';

/** Names in lower case; those that come several times joined with `,`. */
export type Headers = Readonly<Record<string, string>>;

export const Resource = z.object({
  name: z.string(),
  generation: z.string(),
  size: z.coerce.number().int(),
  updated: z.coerce.date(),
  md5Hash: z.string().optional(),
  metadata: z.record(z.string(), z.string()).default({}),
});
export type Resource = z.infer<typeof Resource>;

/** Names what `Resource` takes, so that nothing else is sent. */
export const RESOURCE_FIELDS = Object.keys(Resource.shape).join(',');

export const Page = z.object({ items: z.array(Resource).default([]), nextPageToken: z.string().optional() });

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Checked JSON. Anything else counts as no answer. */
export function parse<S extends z.ZodType>(schema: S, text: string, url: string): z.output<S> {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw notUnderstood(url);
}

export const describe = (key: string, { generation, size, updated }: Resource): StoredObject => ({
  key,
  version: generation,
  bytes: size,
  updatedAt: updated,
});

/** What the headers say of the object whose body follows; undefined when they do not. */
export function describeBody(key: string, headers: Headers): StoredObject | undefined {
  const generation = headers['x-goog-generation'] ?? '';
  const { 'x-goog-stored-content-length': stored, 'content-range': range, 'content-length': sent } = headers;
  const bytes = stored ?? sizeIn(range) ?? sent ?? '';
  if (!/^\d+$/.test(generation) || !/^\d+$/.test(bytes)) return undefined;
  // A generation is the microsecond the object was made in, which helps where the date is not sent.
  const updatedAt = new Date(headers['last-modified'] ?? Number(generation) / 1000);
  return { key, version: generation, bytes: Number(bytes), updatedAt };
}

/**
 * MD5 rather than CRC32C: the store checks either, and Node has the one built in, five times as fast as JavaScript can
 * do the other. Objects composed of others have none.
 */
export function md5Of(headers: Headers): Checksum | undefined {
  const expected = /(?:^|,)\s*md5=([^,]+)/.exec(headers['x-goog-hash'] ?? '')?.[1];
  if (expected === undefined) return undefined;
  const hash = createHash('md5');
  return { update: (bytes) => void hash.update(bytes), isRight: () => hash.digest('base64') === expected };
}
