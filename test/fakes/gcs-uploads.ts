/** How objects get into a fake Google Cloud Storage: in one request, or block by block in a resumable session. */
import { randomUUID } from 'node:crypto';
import { type GcsBucketContents, GcsError, type GcsObject, type NewObject } from './gcs-objects.ts';

/** Every block but the last must be a multiple of it: https://cloud.google.com/storage/docs/performing-resumable-uploads */
const GRAIN = 256 * 1024;

const RESOURCE_KEYS = ['name', 'contentType', 'metadata', 'md5Hash', 'crc32c'];

/** What is known of an object before its bytes come. */
export interface Announced extends Omit<NewObject, 'chunks'> {
  readonly checksums: Readonly<Record<string, string>>;
}

/** The object that a request announces, in JSON and in its query. */
export function announced(json: string, nameInQuery: string | undefined): Announced {
  const given = json === '' ? {} : parseObject(json);
  const unknown = Object.keys(given).find((key) => !RESOURCE_KEYS.includes(key));
  if (unknown !== undefined) throw new GcsError(400, 'invalid', `Unknown property ${unknown}`);
  const { name = nameInQuery, contentType = 'application/octet-stream', metadata = {}, md5Hash, crc32c } = given;
  if (typeof name !== 'string') throw new GcsError(400, 'required', 'Required');
  const checksums = { ...(md5Hash === undefined ? {} : { md5: md5Hash }), ...(crc32c === undefined ? {} : { crc32c }) };
  return { name, contentType, metadata, checksums } as Announced;
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {}
  throw new GcsError(400, 'parseError', 'Parse Error');
}

/** The two parts of `multipart/related`: https://www.rfc-editor.org/rfc/rfc2387 */
export function parseRelated(contentType: string, body: Buffer): { json: string; type: string; bytes: Buffer } {
  const boundary = /^multipart\/related;\s*boundary="?([^";]+)"?$/.exec(contentType)?.[1];
  if (boundary === undefined) throw new GcsError(400, 'badContent', 'Not multipart/related with a boundary');
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const whole = Buffer.concat([Buffer.from('\r\n'), body]);
  const parts: { headers: string; content: Buffer }[] = [];
  for (let at = whole.indexOf(delimiter); at !== -1; ) {
    const start = at + delimiter.length;
    const end = whole.indexOf(delimiter, start);
    if (end === -1) break;
    const blank = whole.indexOf('\r\n\r\n', start);
    if (blank === -1 || blank > end) throw new GcsError(400, 'badContent', 'A part has no headers');
    parts.push({ headers: whole.subarray(start, blank).toString(), content: whole.subarray(blank + 4, end) });
    at = end;
  }
  const [resource, media] = parts;
  const isClosed = whole.includes(`\r\n--${boundary}--`);
  if (resource === undefined || media === undefined || parts.length !== 2 || !isClosed) {
    throw new GcsError(400, 'badContent', 'Not two parts');
  }
  const type = /content-type:\s*([^\r\n]+)/i.exec(media.headers)?.[1] ?? '';
  return { json: resource.content.toString(), type, bytes: Buffer.from(media.content) };
}

export interface BlockAnswer {
  readonly object?: GcsObject;
  /** Bytes that the session has. */
  readonly stored: number;
}

export class ResumableUpload {
  readonly id = randomUUID();
  readonly #contents: GcsBucketContents;
  readonly #announced: Announced;
  readonly #ifGenerationMatch: string | undefined;
  readonly #appetite: number;
  #chunks: Uint8Array[] = [];
  #stored = 0;
  #object: GcsObject | undefined;

  constructor(contents: GcsBucketContents, object: Announced, ifGenerationMatch: string | undefined, appetite: number) {
    contents.require(object.name, ifGenerationMatch);
    this.#contents = contents;
    this.#announced = object;
    this.#ifGenerationMatch = ifGenerationMatch;
    this.#appetite = appetite;
  }

  get isOpen(): boolean {
    return this.#object === undefined;
  }

  /** A block, a part of one (the connection broke), or, with `*`, the question how far it has come. */
  put(contentRange: string, hash: string | undefined, body: Buffer, isWhole: boolean): BlockAnswer {
    if (this.#object !== undefined) return { object: this.#object, stored: this.#stored };
    const [, first, last, total] = /^bytes (?:\*|(\d+)-(\d+))\/(\*|\d+)$/.exec(contentRange) ?? [];
    if (total === undefined) throw new GcsError(400, 'invalid', 'Invalid Content-Range');
    if (first !== undefined) this.#append(Number(first), Number(last), total === '*', body, isWhole);
    else if (body.length > 0) throw new GcsError(400, 'invalid', 'A question has no body');
    if (String(this.#stored) !== total || !isWhole) return { stored: this.#stored };
    const checksums = hash === undefined ? {} : Object.fromEntries(hash.split(',').map((pair) => splitOnce(pair)));
    const object = { ...this.#announced, chunks: this.#chunks };
    this.#object = this.#contents.put(object, { ...object.checksums, ...checksums }, this.#ifGenerationMatch);
    return { object: this.#object, stored: this.#stored };
  }

  #append(first: number, last: number, isMore: boolean, body: Buffer, isWhole: boolean): void {
    if (first !== this.#stored) throw new GcsError(400, 'invalid', `The next byte is ${this.#stored}, not ${first}`);
    if (isWhole && body.length !== last - first + 1)
      throw new GcsError(400, 'invalid', 'Content-Range is not the length');
    if (isMore && (last - first + 1) % GRAIN !== 0) throw new GcsError(400, 'invalid', 'Not a multiple of 256 KiB');
    const isKept = isWhole && body.length <= this.#appetite;
    const kept = isKept ? body.length : Math.floor(Math.min(body.length, this.#appetite) / GRAIN) * GRAIN;
    this.#chunks.push(body.subarray(0, kept));
    this.#stored += kept;
  }
}

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}
