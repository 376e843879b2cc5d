/** The fake is as strict as its specification. */
import { createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { crc32Base64 } from './s3-http.ts';
import { startS3Server } from './s3-server.ts';

const MIB = 1024 * 1024;
const server = await startS3Server({ pageLength: 3 });
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.createBucket('bucket'));

const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=x' };

type Init = { method?: string; headers?: Record<string, string>; body?: string | Uint8Array<ArrayBuffer> };

/** The status and the code of the error, if any. */
async function ask(target: string, { headers, body, ...init }: Init = {}): Promise<string> {
  const request = {
    ...init,
    headers: { ...SIGNED, ...headers },
    ...(body === undefined ? {} : { body }),
  };
  const answer = await fetch(`${server.url}/bucket${target}`, request);
  const code = /<Error><Code>(\w+)/.exec(await answer.text())?.[1];
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
}

const put = (headers: Record<string, string>, body = 'x'): Init => ({ method: 'PUT', headers, body });

describe('refuses', () => {
  const wrong = crc32Base64([Buffer.from('other')]);
  const sha256 = createHash('sha256').update('other').digest('hex');
  it.each<[string, string, Init, string]>([
    ['what is not signed', '/a', { headers: { authorization: 'Basic x' } }, '403 AccessDenied'],
    ['an unknown parameter of a listing', '?list-type=2&marker=a', {}, '400 InvalidRequest'],
    ['the old listing', '?prefix=a', {}, '400 InvalidRequest'],
    ['a page of no length', '?list-type=2&max-keys=0', {}, '400 InvalidArgument'],
    ['the name of another operation', '/a?x-id=GetObject', put({}), '400 InvalidRequest'],
    ['a wrong CRC-32', '/a', put({ 'x-amz-checksum-crc32': wrong }), '400 XAmzContentChecksumMismatch'],
    ['a wrong SHA-256', '/a', put({ 'x-amz-content-sha256': sha256 }), '400 XAmzContentSHA256Mismatch'],
    ['a wrong MD5', '/a', put({ 'content-md5': 'AAAA' }), '400 BadDigest'],
    [
      'chunked signatures',
      '/a',
      put({ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }),
      '501 NotImplemented',
    ],
    ['a condition that S3 does not know', '/a', put({ 'if-none-match': '"abc"' }), '501 NotImplemented'],
    ['a swap of nothing', '/a', put({ 'if-match': '"abc"' }), '404 NoSuchKey'],
    ['a part of no upload', '/a?partNumber=1&uploadId=none', put({}), '404 NoSuchUpload'],
  ])('%s', async (_, target, init, expected) => {
    expect(await ask(target, init)).toBe(expected);
    expect(server.objects('bucket')).toEqual([]);
  });
});

it('reads a part of an object, of one version', async () => {
  const read = async (range: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await fetch(`${server.url}/bucket/a`, { headers: { ...SIGNED, range, ...headers } });
    return `${answer.status} ${answer.headers.get('content-range')} ${answer.ok ? await answer.text() : ''}`.trim();
  };
  await ask('/a', put({}, 'abcdefghij'));
  const etag = server.objects('bucket')[0]?.etag ?? '';
  expect(await read('bytes=2-4')).toBe('206 bytes 2-4/10 cde');
  expect(await read('bytes=8-')).toBe('206 bytes 8-9/10 ij');
  expect(await read('bytes=8-20')).toBe('206 bytes 8-9/10 ij');
  expect(await read('bytes=-3')).toBe('206 bytes 7-9/10 hij');
  expect(await read('bytes=-30')).toBe('206 bytes 0-9/10 abcdefghij');
  expect(await read('bytes=0-0', { 'if-match': etag })).toBe('206 bytes 0-0/10 a');
  expect(await read('bytes=0-0', { 'if-match': '"abc"' })).toBe('412 null');
  expect(await read('bytes=10-', { 'if-match': '"abc"' })).toBe('412 null');
  expect(await ask('/a', { method: 'HEAD', headers: { 'if-match': etag } })).toBe('200');
  expect(await ask('/a', { method: 'HEAD', headers: { 'if-match': '"abc"' } })).toBe('412');
  for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0']) expect(await read(range)).toBe('416 null');
  for (const range of ['bytes=4-2', 'bytes=0-1,3-4', 'bytes=-', 'bytes=a-b', '0-1']) {
    expect(await read(range), range).toBe('400 null');
  }
  await ask('/a', put({}, ''));
  for (const range of ['bytes=0-', 'bytes=0-5', 'bytes=-0']) expect(await read(range)).toBe('416 null');
  expect(await read('bytes=-5')).toBe('200 null');
});

it('holds preconditions', async () => {
  expect(await ask('/a', put({ 'if-none-match': '*' }, '1'))).toBe('200');
  expect(await ask('/a', put({ 'if-none-match': '*' }, '2'))).toBe('412 PreconditionFailed');
  const etag = server.objects('bucket')[0]?.etag ?? '';
  expect(etag).toBe(`"${createHash('md5').update('1').digest('hex')}"`);
  expect(await ask('/a', put({ 'if-match': etag }, '3'))).toBe('200');
  expect(await ask('/a', put({ 'if-match': etag }, '4'))).toBe('412 PreconditionFailed');
  expect(await ask('/a', { headers: { 'if-match': etag } })).toBe('412 PreconditionFailed');
});

describe('multipart uploads', () => {
  async function begin(): Promise<string> {
    const init = { method: 'POST', headers: { ...SIGNED, 'x-amz-checksum-algorithm': 'CRC32' } };
    const answer = await fetch(`${server.url}/bucket/a?uploads`, init);
    return /<UploadId>(.*?)</.exec(await answer.text())?.[1] ?? '';
  }
  const part = (number: number, body: Uint8Array): string => {
    const etag = createHash('md5').update(body).digest('hex');
    return `<Part><ETag>&quot;${etag}&quot;</ETag><ChecksumCRC32>${crc32Base64([body])}</ChecksumCRC32><PartNumber>${number}</PartNumber></Part>`;
  };
  const complete = (id: string, parts: string, headers: Record<string, string> = {}): Promise<string> =>
    ask(`/a?uploadId=${id}`, {
      method: 'POST',
      headers,
      body: `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`,
    });

  it('hold their conditions, checksums, order and least sizes', async () => {
    const [full, rest] = [Buffer.alloc(5 * MIB, 'a'), Buffer.from('rest')];
    const id = await begin();
    expect(await ask(`/a?partNumber=1&uploadId=${id}`, { method: 'PUT', body: full })).toBe('200');
    expect(await ask(`/a?partNumber=2&uploadId=${id}`, { method: 'PUT', body: rest })).toBe('200');
    expect(await ask(`/a?partNumber=3&uploadId=${id}`, { method: 'PUT', body: rest })).toBe('200');
    expect(await complete(id, '')).toBe('400 MalformedXML');
    expect(await complete(id, part(2, rest) + part(1, full))).toBe('400 InvalidPartOrder');
    expect(await complete(id, part(1, rest))).toBe('400 InvalidPart');
    expect(await complete(id, part(4, rest))).toBe('400 InvalidPart');
    expect(await complete(id, part(1, full).replace(/<ChecksumCRC32>.*?<\/ChecksumCRC32>/, ''))).toBe(
      '400 InvalidRequest',
    );
    expect(await complete(id, part(1, full) + part(2, rest) + part(3, rest))).toBe('400 EntityTooSmall');
    await ask('/a', put({}));
    expect(await complete(id, part(1, full) + part(2, rest), { 'if-none-match': '*' })).toBe('412 PreconditionFailed');
    expect(server.openUploads('bucket')).toBe(1);
    expect(await complete(id, part(1, full) + part(2, rest))).toBe('200');
    expect(server.openUploads('bucket')).toBe(0);
    expect(await complete(id, part(1, full) + part(2, rest))).toBe('404 NoSuchUpload');
    const [object] = server.objects('bucket');
    expect([object?.bytes, object?.checksumType, object?.etag.slice(-3)]).toEqual([5 * MIB + 4, 'COMPOSITE', '-2"']);
  });
});
