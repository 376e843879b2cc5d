import { GcsError } from './gcs-objects.ts';

/**
 * Partial responses, `a,b(c,d)`: https://cloud.google.com/storage/docs/json_api#partial-response. Names that no
 * object has are an error.
 */
export function selectFields(value: object, fields: string | undefined): object {
  if (fields === undefined) return value;
  const isKnown = (fields.match(/\w+/g) ?? []).every((name) => KNOWN.has(name));
  if (!isKnown || !SYNTAX.test(fields)) throw new GcsError(400, 'invalidParameter', 'Invalid field selection');
  return Object.fromEntries(
    [...fields.matchAll(FIELD)].flatMap(([, name = '', inner]) => {
      const member = (value as Record<string, unknown>)[name];
      if (member === undefined) return [];
      return [[name, Array.isArray(member) ? member.map((item) => selectFields(item, inner)) : member]];
    }),
  );
}

const FIELD = /(\w+)(?:\(([\w,]+)\))?/g;
const SYNTAX = /^\w+(\([\w,]+\))?(,\w+(\([\w,]+\))?)*$/;
const KNOWN = new Set(
  'items,nextPageToken,kind,id,name,bucket,generation,metageneration,contentType,size,md5Hash,crc32c,etag,timeCreated,updated,metadata'.split(
    ',',
  ),
);
