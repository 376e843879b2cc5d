import { integer, jsonFile, publishedFile, stream, text } from '@tidemill/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { extractAll } from '../../test/fakes/extract.ts';
import { clientOf, fakeSource } from '../../test/fakes/http-client.ts';
import type { FakeHttp, Reply } from '../../test/fakes/http-server.ts';

const Ports = z.record(z.string(), z.unknown()).refine((ports) => Object.keys(ports).length > 0);

const heights = stream({
  ...publishedFile({ path: 'tides.json', name: 'tides.json', types: ['application/json'], read: jsonFile(Ports) })(
    (ports) => Object.entries(ports).map(([port, height]) => ({ port, height })),
  ),
  name: 'heights',
  description: 'Heights of the tide.',
  source: z.object({ port: z.string(), height: z.number() }),
  row: z.object({ port: text().describe('The port.'), height: integer().describe('Metres.') }),
  key: ['port'],
  toRow: (record) => record,
});

let server: FakeHttp;
beforeEach(async () => {
  server = await fakeSource();
});

const JSON_TYPE = { 'content-type': 'application/json' };
const file = (body: string | Uint8Array, headers: Reply['headers'] = {}): Reply => ({
  body,
  headers: { ...JSON_TYPE, ...headers },
});

/** One run, whose one request is answered so. */
async function run(reply: Reply, cursor?: unknown) {
  server.expect('GET /tides.json', reply);
  const { http } = clientOf(server);
  return extractAll(heights, { http, cursor, system: { env: {}, cwd: '/' } });
}

const artifact = (bytes: Uint8Array) => ({
  name: 'tides.json',
  contentType: 'application/json',
  url: 'https://example.org/tides.json',
  bytes: (async function* () {
    yield bytes.subarray(0, 5);
    yield bytes.subarray(5);
  })(),
});

describe('a published file', () => {
  it('is asked for by its tag, and a server that knows it sends nothing', async () => {
    const { marks, isUnchanged } = await run(file('{"Brest":7}', { etag: 'W/"1"' }));
    expect([marks, isUnchanged]).toEqual([[{ etag: 'W/"1"', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }], false]);
    const again = await run({ status: 304 }, marks[0]);
    expect([again.marks, again.isUnchanged]).toEqual([[], true]);
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, 'W/"1"']);
  });

  it.each([{}, { etag: 'W/"other"' }])(
    'with the bytes that are known is no news, whatever its tag is: %j',
    async (tag) => {
      const { marks } = await run(file('{"Brest":7}'));
      expect(marks).toMatchObject([{ etag: null }]);
      expect((await run(file('{"Brest":7}', tag), marks[0])).isUnchanged).toBe(true);
      expect((await run(file('{"Brest":8}', tag), marks[0])).marks).toHaveLength(1);
    },
  );

  it.each([undefined, { etag: null, sha256: 'f'.repeat(64) }])(
    'is not the same because a server says so that was not asked: %j',
    async (known) => {
      await expect(run({ status: 304 }, known)).rejects.toMatchObject({ kind: 'source-changed', code: 'http-status' });
    },
  );

  it.each([
    ['a page that excuses itself', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'http-type'],
    ['a file that holds nothing', file('{}'), 'file-contents'],
    ['another shape', file('["Brest"]'), 'file-contents'],
    ['half a text', file('{"Brest":'), 'file-contents'],
    ['what is not UTF-8', file(Buffer.from('7b22ff223a317d', 'hex')), 'file-contents'],
    ['a file that is gone', { status: 404 }, 'http-status'],
  ] satisfies [string, Reply, string][])('%s is a source that changed, and nothing is kept', async (_, reply, code) => {
    await expect(run(reply)).rejects.toMatchObject({ kind: 'source-changed', code });
  });

  it('an answer that breaks off is tried by a later run', async () => {
    await expect(run({ ...file('{"Brest":7}'), fault: 'truncate' })).rejects.toMatchObject({ kind: 'transient' });
  });

  it('is read again from bronze, each time the same', async () => {
    const bytes = Buffer.from('{"Brest":7,"Dover":9007199254740993}');
    for (const _ of [1, 2]) {
      const records: unknown[] = [];
      for await (const record of heights.parse?.(artifact(bytes)) ?? []) records.push(record);
      expect(records).toEqual([
        { port: 'Brest', height: 7 },
        { port: 'Dover', height: 9007199254740993n },
      ]);
    }
  });
});
