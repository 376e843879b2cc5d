/**
 * Versions and checksums of objects. An ETag alone says what an object holds, not which write it comes from: equal bytes
 * have equal ETags. So a version is the ETag and the id of the write, which lies in the object's metadata.
 */
import { crc32 } from 'node:zlib';
import type { Version } from '../contract.ts';
import type { Checksum } from '../remote/body.ts';
import { type Metadata, WRITE_ID } from '../remote/write.ts';

/** Name of the custom metadata that says how long the parts are that an object was sent in. */
export const BLOCK_BYTES = 'tidemill-block-bytes';

/** Without an id for objects that somebody else has written, and in listings, which do not have the metadata. */
export function versionOf(etag: string, metadata?: Metadata): Version {
  const tag = inQuotes(etag);
  const writeId = metadata?.[WRITE_ID];
  return writeId === undefined ? tag : `${tag}#${writeId}`;
}

/**
 * As `If-Match` takes it. Some stores list an object without the quotes that it is read with
 * (https://github.com/duckdb/duckdb-httpfs/pull/291), and who compresses answers on the way calls an ETag weak, which no
 * `If-Match` is met by.
 */
const inQuotes = (etag: string): string => `"${etag.replace(/^W\//, '').replaceAll('"', '')}"`;

export function readVersion(version: Version): { readonly etag: string; readonly writeId: string | undefined } {
  const [etag = '', writeId] = version.split('#', 2);
  return { etag, writeId };
}

/**
 * What `x-amz-checksum-crc32` promises: of the whole object, or of the checksums of its parts (`…-2`), which takes the
 * length of the parts. Undefined where the store does not say enough.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function crc32Of(expected: string | undefined, metadata: Metadata | undefined): Checksum | undefined {
  if (expected === undefined) return undefined;
  if (!expected.includes('-')) return wholeCrc32(expected);
  const blockBytes = Number(metadata?.[BLOCK_BYTES]);
  return blockBytes > 0 ? compositeCrc32(expected, blockBytes) : undefined;
}

function wholeCrc32(expected: string): Checksum {
  let value = 0;
  return {
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    isRight: () => bigEndian(value).toString('base64') === expected,
  };
}

function compositeCrc32(expected: string, blockBytes: number): Checksum {
  const parts: Buffer[] = [];
  let value = 0;
  let filled = 0;
  const endPart = () => {
    parts.push(bigEndian(value));
    value = 0;
    filled = 0;
  };
  return {
    update(bytes) {
      for (let rest = bytes; rest.length > 0; ) {
        const piece = rest.subarray(0, blockBytes - filled);
        value = crc32(piece, value);
        filled += piece.length;
        rest = rest.subarray(piece.length);
        if (filled === blockBytes) endPart();
      }
    },
    isRight() {
      if (filled > 0) endPart();
      const digest = bigEndian(crc32(Buffer.concat(parts))).toString('base64');
      return `${digest}-${parts.length}` === expected;
    },
  };
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
