/** Reads an object of a store, or a part of it, whatever the store makes of a range. */
import { Readable } from 'node:stream';
import type { ByteRange, ReadOptions, StoredBody, StoredObject, Version } from '../contract.ts';
import { checkRange, type Span, spanOf } from '../range.ts';
import { bodyOf, type Checksum, type Sending } from './body.ts';
import { notUnderstood, objectChanged } from './errors.ts';
import type { Limits, Retry } from './options.ts';

/** How a store is asked for one object; each time with one request. */
export interface Reader {
  readonly url: string;
  readonly key: string;
  /** Undefined when there is no such object, or none of the version that is asked for. */
  get(options: ReadOptions): Promise<Answer | 'past the end' | undefined>;
  /** The same, without the bytes. */
  head(version: Version | undefined): Promise<StoredObject | undefined>;
  /** Is that the version that is asked for? For stores that may send another one, whatever they are asked. */
  isVersion(version: Version, asked: Version): boolean;
}

export interface Answer {
  readonly status: number;
  /** Undefined when the answer does not say what it must. */
  readonly object: StoredObject | undefined;
  /** The header `Content-Range`. */
  readonly contentRange: string | undefined;
  readonly stream: Readable;
  /** Of the whole object. */
  readonly checksum: Checksum | undefined;
}

interface Opened extends Sending {
  readonly object: StoredObject;
  readonly checksum: Checksum | undefined;
}

/** Throws TidemillErrors that say who must act, kind `bug` where the range is none. */
export async function readRemote(
  reader: Reader,
  options: ReadOptions,
  { limits, retry }: { readonly limits: Limits; readonly retry: Retry },
): Promise<StoredBody | undefined> {
  const { range } = options;
  checkRange(range);
  const first = await retry(() => open(reader, options));
  if (first === undefined) return undefined;
  const { object } = first;
  const source = {
    url: reader.url,
    key: reader.key,
    span: spanOf(range, object.bytes),
    first,
    reopen: (rest: Span) => open(reader, { range: rest, version: object.version }),
    checksum: range === undefined ? first.checksum : undefined,
  };
  return { ...object, body: bodyOf(source, limits, retry) };
}

/** `Range` of a request: https://www.rfc-editor.org/rfc/rfc9110#name-range */
export function rangeHeader(range: ByteRange): string {
  const asked = withBytes(range);
  return 'last' in asked ? `bytes=-${asked.last}` : `bytes=${asked.from}-${asked.to - 1}`;
}

/** HTTP has no word for no bytes: one is asked for, and not read. */
function withBytes(range: ByteRange): ByteRange {
  if ('last' in range) return { last: Math.max(1, range.last) };
  return { from: range.from, to: Math.max(range.from + 1, range.to) };
}

/** The size that `Content-Range` tells of the whole object, in digits; undefined where it does not. */
export const sizeIn = (contentRange: string | undefined): string | undefined =>
  /\/(\d+)$/.exec(contentRange ?? '')?.[1];

async function open(reader: Reader, options: ReadOptions): Promise<Opened | undefined> {
  const answer = await reader.get(options);
  if (answer === undefined) return undefined;
  if (answer === 'past the end') return pastTheEnd(reader, options);
  const { object, stream, checksum } = answer;
  const span = object && sentSpan(answer, object, options.range);
  if (object !== undefined && span !== undefined && isAsked(reader, object, options)) {
    return { object, stream, span, checksum };
  }
  stream.destroy();
  if (object === undefined || span === undefined) throw notUnderstood(reader.url);
  return undefined;
}

/** The answer has no byte, and does not say what the object is. */
async function pastTheEnd(reader: Reader, options: ReadOptions): Promise<Opened | undefined> {
  const object = await reader.head(options.version);
  if (object === undefined || !isAsked(reader, object, options)) return undefined;
  const span = spanOf(options.range, object.bytes);
  // A longer one has taken its place between the two requests; who tries again reads that.
  if (span.from !== span.to) throw objectChanged(reader.url, reader.key);
  return { object, stream: Readable.from([]), span, checksum: undefined };
}

const isAsked = (reader: Reader, { version }: StoredObject, { version: asked }: ReadOptions): boolean =>
  asked === undefined || reader.isVersion(version, asked);

/**
 * The bytes of the object that follow; undefined where they are not those of the range. A store may send everything
 * instead. Some say 200 and send the part (https://github.com/versity/versitygw/issues/566), and some say that they send
 * the bytes `0--1` of nothing (https://github.com/minio/minio/issues/20844).
 */
function sentSpan({ status, contentRange }: Answer, { bytes }: StoredObject, range?: ByteRange): Span | undefined {
  if (contentRange === undefined) return status === 206 ? undefined : { from: 0, to: bytes };
  const [, first, last, size] = /^bytes (\d+)-(-?\d+)\/(\d+)$/.exec(contentRange) ?? [];
  const span = spanOf(range && withBytes(range), bytes);
  const isRight = Number(first) === span.from && Number(last) + 1 === span.to && Number(size) === bytes;
  return isRight ? span : undefined;
}
