/** HTTP for the fake S3: requests read whole and checked, answers and errors in XML. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';

export interface Request {
  readonly method: string;
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly xml?: string;
  readonly chunks?: readonly Uint8Array[];
  /** For HEAD, which tells of a body and has none. */
  readonly length?: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function crc32Base64(chunks: Iterable<Uint8Array>): string {
  let value = 0;
  for (const chunk of chunks) value = crc32(chunk, value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString('base64');
}

/** Path-style: `/bucket/key`. Undefined when the connection broke before the end of the body. */
export async function read(incoming: IncomingMessage): Promise<Request | undefined> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const [, bucket = '', key = ''] = /^\/([^/]+)(?:\/(.*))?$/s.exec(pathname) ?? [];
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? []].flat().join(',')]),
  );
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const query = Object.fromEntries(searchParams);
  const { method = '' } = incoming;
  return { method, bucket, key: decodeURIComponent(key), query, headers, body: Buffer.concat(chunks) };
}

/** Everything that a request says of its own body must be so. */
export function checkBody({ headers, body }: Request): void {
  const sha256 = headers['x-amz-content-sha256'] ?? '';
  if (sha256.startsWith('STREAMING') || headers['x-amz-trailer'] !== undefined)
    throw new S3Error(501, 'NotImplemented');
  if (/^[0-9a-f]{64}$/.test(sha256) && createHash('sha256').update(body).digest('hex') !== sha256) {
    throw new S3Error(400, 'XAmzContentSHA256Mismatch');
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5) throw new S3Error(400, 'BadDigest');
  for (const [name, value] of Object.entries(headers)) {
    const algorithm = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/.exec(name)?.[1];
    if (algorithm === undefined) continue;
    if (algorithm !== 'crc32') throw new S3Error(501, 'NotImplemented');
    if (crc32Base64([body]) !== value) throw new S3Error(400, 'XAmzContentChecksumMismatch');
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Elements by name; a list repeats its element. */
export function xml(name: string, members: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const elements = Object.entries(members).flatMap(([member, value]) =>
    [value ?? []].flat().map((text) => (member.endsWith('Xml') ? text : `<${member}>${escaped(text)}</${member}>`)),
  );
  return `<${name}>${elements.join('')}</${name}>`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);

export function failure(error: unknown): Reply {
  const { status, code, message } = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
  return { status, xml: xml('Error', { Code: code, Message: message, RequestId: 'fake' }) };
}

export function send(outgoing: ServerResponse, reply: Reply, method: string): void {
  const { status, headers = {}, chunks = [] } = reply;
  const document = reply.xml === undefined ? [] : [Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${reply.xml}`)];
  const body = method === 'HEAD' ? [] : [...document, ...chunks];
  const length = reply.length ?? body.reduce((sum, chunk) => sum + chunk.length, 0);
  const type: Record<string, string> = document.length === 0 ? {} : { 'content-type': 'application/xml' };
  outgoing.writeHead(status, { ...type, ...headers, ...(status === 204 ? {} : { 'content-length': String(length) }) });
  Readable.from(body).pipe(outgoing);
}
