/** The fake is as strict as its specification. That Google's own client gets along with it is shown beside the driver. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32c } from './gcs-crc32c.ts';
import { startGcsServer } from './gcs-server.ts';

const KIB = 1024;
const server = await startGcsServer({ pageLength: 3 });
afterAll(() => server[Symbol.asyncDispose]());
server.createBucket('bucket');

const UPLOADS = '/upload/storage/v1/b/bucket/o';
const OBJECTS = '/storage/v1/b/bucket/o';

const ask = (target: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.url}${target}`, init);
const status = async (target: string, init?: RequestInit): Promise<number> => (await ask(target, init)).status;

function multipart(resource: object, text: string, type = 'text/plain'): RequestInit {
  const body = [
    `--b\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(resource)}\r\n`,
    `--b\r\ncontent-type: ${type}\r\n\r\n${text}\r\n--b--`,
  ];
  return { method: 'POST', headers: { 'content-type': 'multipart/related; boundary=b' }, body: body.join('') };
}

async function session(name: string, query = ''): Promise<string> {
  const answer = await ask(`${UPLOADS}?uploadType=resumable&name=${name}${query}`, { method: 'POST' });
  return new URL(answer.headers.get('location') ?? assert.fail()).href.slice(server.url.length);
}

const block = (
  range: string,
  body: Uint8Array<ArrayBuffer> | string,
  headers: Record<string, string> = {},
): RequestInit => ({
  method: 'PUT',
  headers: { 'content-range': `bytes ${range}`, ...headers },
  body,
});

it('knows CRC-32C', () => {
  // The check value of the algorithm: https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iscsi
  expect(Buffer.from(crc32c([Buffer.from('12345'), Buffer.from('6789')]), 'base64').toString('hex')).toBe('e3069283');
});

describe('refuses', () => {
  const resource = { name: 'a', contentType: 'text/plain' };
  const wrong = Buffer.alloc(16).toString('base64');
  it.each<[string, string, RequestInit?]>([
    ['an unknown parameter of a listing', `${OBJECTS}?delimeter=/`],
    [
      'an unknown parameter of an upload',
      `${UPLOADS}?uploadType=multipart&ifgenerationmatch=0`,
      multipart(resource, 'x'),
    ],
    ['an unknown parameter of a deletion', `${OBJECTS}/a?force=true`, { method: 'DELETE' }],
    ['a field that no object has', `${OBJECTS}?fields=items(nam)`],
    ['a page of no length', `${OBJECTS}?maxResults=0`],
    ['a page token of another listing', `${OBJECTS}?prefix=b&pageToken=${Buffer.from('a').toString('base64url')}`],
    ['an unknown way to upload', `${UPLOADS}?uploadType=media&name=a`, { method: 'POST', body: 'x' }],
    [
      'a property that cannot be set',
      `${UPLOADS}?uploadType=multipart`,
      multipart({ ...resource, colour: 'red' }, 'x'),
    ],
    ['an upload without a name', `${UPLOADS}?uploadType=multipart`, multipart({ contentType: 'text/plain' }, 'x')],
    ['two content types', `${UPLOADS}?uploadType=multipart`, multipart(resource, 'x', 'text/html')],
    ['a wrong MD5', `${UPLOADS}?uploadType=multipart`, multipart({ ...resource, md5Hash: wrong }, 'x')],
    ['a wrong CRC-32C', `${UPLOADS}?uploadType=multipart`, multipart({ ...resource, crc32c: wrong }, 'x')],
  ])('%s', async (_, target, init) => {
    expect(await status(target, init)).toBe(400);
    expect(server.objects('bucket')).toEqual([]);
  });

  it('blocks that do not fit: their length, their place, their range', async () => {
    const at = await session('long');
    const grain = Buffer.alloc(256 * KIB);
    expect(await status(at, block(`0-${100 * KIB - 1}/*`, grain.subarray(0, 100 * KIB)))).toBe(400);
    expect(await status(at, block(`0-${512 * KIB - 1}/*`, grain))).toBe(400);
    expect(await status(at, block(`1-${256 * KIB}/*`, grain))).toBe(400);
    expect(await status(at, block('0-1', 'ab'))).toBe(400);
    expect(await status(at, block(`0-${256 * KIB - 1}/*`, grain))).toBe(308);
    expect(await status(at, block(`0-${256 * KIB - 1}/*`, grain))).toBe(400);
    expect(await status(at, { method: 'DELETE' })).toBe(499);
    expect(await status(at, block('*/*', ''))).toBe(404);
  });

  it('a long object with a wrong checksum', async () => {
    const at = await session('long');
    const md5 = createHash('md5').update('other').digest('base64');
    expect(await status(at, block('0-1/2', 'ab', { 'x-goog-hash': `md5=${md5}` }))).toBe(400);
    expect(server.objects('bucket')).toEqual([]);
  });
});

describe('reads', () => {
  const read = async (query: string, range?: string): Promise<string> => {
    const answer = await ask(`${OBJECTS}/a?alt=media${query}`, range === undefined ? {} : { headers: { range } });
    return `${answer.status} ${answer.headers.get('content-range')} ${answer.ok ? await answer.text() : ''}`.trim();
  };

  it('a part of an object, of one generation', async () => {
    server.createBucket('bucket');
    const resource = { name: 'a', contentType: 'text/plain' };
    const put = await ask(`${UPLOADS}?uploadType=multipart`, multipart(resource, 'abcdefghij'));
    const { generation } = (await put.json()) as { generation: string };
    expect(await read('', 'bytes=2-4')).toBe('206 bytes 2-4/10 cde');
    expect(await read('', 'bytes=8-')).toBe('206 bytes 8-9/10 ij');
    expect(await read('', 'bytes=8-20')).toBe('206 bytes 8-9/10 ij');
    expect(await read('', 'bytes=-3')).toBe('206 bytes 7-9/10 hij');
    expect(await read('', 'bytes=-30')).toBe('206 bytes 0-9/10 abcdefghij');
    expect(await read(`&ifGenerationMatch=${generation}`, 'bytes=0-0')).toBe('206 bytes 0-0/10 a');
    expect(await read('&ifGenerationMatch=7', 'bytes=0-0')).toBe('412 null');
    expect(await read('&ifGenerationMatch=7')).toBe('412 null');
    for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0']) expect(await read('', range)).toBe('416 null');
    for (const range of ['bytes=4-2', 'bytes=0-1,3-4', 'bytes=-', 'bytes=a-b', '0-1']) {
      expect(await read('', range), range).toBe('400 null');
    }
    await ask(`${UPLOADS}?uploadType=multipart`, multipart(resource, ''));
    for (const range of ['bytes=0-', 'bytes=0-5', 'bytes=-5']) expect(await read('', range)).toBe('416 null');
  });
});

describe('holds preconditions', () => {
  it('of short objects, of sessions when they begin and when they end, and of deletions', async () => {
    server.createBucket('bucket');
    const create = `${UPLOADS}?uploadType=multipart&ifGenerationMatch=0`;
    const early = await session('a', '&ifGenerationMatch=0');
    const answer = await ask(create, multipart({ name: 'a', contentType: 'text/plain' }, '1'));
    const { generation } = (await answer.json()) as { generation: string };
    expect(await status(create, multipart({ name: 'a', contentType: 'text/plain' }, '2'))).toBe(412);
    expect(await status(early, block('0-1/2', 'ab'))).toBe(412);
    expect(await status(`${UPLOADS}?uploadType=resumable&name=a&ifGenerationMatch=0`, { method: 'POST' })).toBe(412);
    expect(await status(`${OBJECTS}/a?ifGenerationMatch=7`, { method: 'DELETE' })).toBe(412);
    expect(await status(`${OBJECTS}/a?ifGenerationMatch=${generation}`, { method: 'DELETE' })).toBe(204);
    expect(await status(`${OBJECTS}/a`, { method: 'DELETE' })).toBe(404);
  });
});
