import { createHash } from 'node:crypto';
import { integer, jsonFile, latestAsset, latestRelease, publishedFile, stream, text } from '@tidemill/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { extractAll } from '../../test/fakes/extract.ts';
import { clientOf, failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import type { FakeHttp, Reply } from '../../test/fakes/http-server.ts';

let [server, storage]: FakeHttp[] = [];
const at = () => server as FakeHttp;
const stored = () => storage as FakeHttp;
beforeEach(async () => {
  [server, storage] = [await fakeSource(), await fakeSource()];
});

const TIDES = '{"Brest":7}';
const DIGEST = createHash('sha256').update(TIDES).digest('hex');

/** A release as GitHub has it, with the file that is asked for last. */
const release = (more: object = {}, etag = 'W/"1"'): Reply => ({
  headers: { etag },
  json: {
    tag_name: 'v7',
    assets: [
      { name: 'notes.json', label: '', browser_download_url: `${at().url}/notes` },
      { name: 'tides-1a2b.json', label: 'Tides.json', browser_download_url: `${at().url}/tides`, ...more },
    ],
  },
});
const file = { called: 'tides.json', asset: /^tides\.json$/i, token: 'github-token-1', tokenName: 'ACME_GITHUB_TOKEN' };
const ask = (more: object = {}) => {
  const { http } = clientOf(at(), { retries: 0 });
  return latestAsset(http, { ...file, release: 'release', ...more });
};

describe('the newest release', () => {
  it('lies where GitHub has it, and tells an asset by its label, or by its name', async () => {
    expect(latestRelease('web-platform-tests/wpt')).toBe(
      'https://api.github.com/repos/web-platform-tests/wpt/releases/latest',
    );
    at().expect('GET /release', release());
    expect(await ask()).toEqual({ tag: 'v7', url: `${at().url}/tides`, etag: 'W/"1"', sha256: undefined });
    at().expect('GET /release', release({ digest: `sha256:${DIGEST}` }));
    expect(await ask({ asset: /^notes/ })).toMatchObject({ url: `${at().url}/notes` });
    at().expect('GET /release', release());
    expect(await ask({ asset: /^tides-1a2b\.json$/ })).toMatchObject({ url: `${at().url}/tides` });
    expect(at().requests.map(({ headers }) => headers['authorization'])).toEqual(
      Array(3).fill('Bearer github-token-1'),
    );
  });

  it('is asked for without a token where there is none', async () => {
    at().expect('GET /release', release());
    await ask({ token: undefined });
    expect(at().requests[0]?.headers).not.toHaveProperty('authorization');
  });

  const LIMITED = {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '1795248000',
    date: 'Sat, 21 Nov 2026 07:40:00 GMT',
  };
  it.each<[string, Reply, object]>([
    ['its limit is used up', { status: 403, headers: LIMITED }, { kind: 'quota', retryAfterSeconds: 1200 }],
    ['its limit is used up, with 429', { status: 429, headers: LIMITED }, { kind: 'quota', retryAfterSeconds: 1200 }],
    [
      'it is asked too often',
      { status: 403, headers: { 'retry-after': '90' } },
      { kind: 'quota', retryAfterSeconds: 90 },
    ],
    [
      'it only says so',
      {
        status: 403,
        headers: { 'x-ratelimit-remaining': '4999' },
        json: { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
      },
      { kind: 'quota', retryAfterSeconds: undefined },
    ],
    ['it does not say how long', { status: 429 }, { kind: 'quota', retryAfterSeconds: undefined }],
    [
      'it refuses',
      { status: 403, headers: { 'x-ratelimit-remaining': '50' } },
      { kind: 'auth', code: 'github-forbidden' },
    ],
    ['the token is none', { status: 401 }, { kind: 'auth', code: 'http-unauthorized' }],
    ['there is none', { status: 404, json: {} }, { kind: 'source-changed', code: 'github-release' }],
    ['nobody asked whether it changed', { status: 304 }, { kind: 'source-changed', code: 'http-status' }],
    ['it is out of order', { status: 502 }, { kind: 'transient' }],
    ['it is a page', { body: '<html>' }, { kind: 'source-changed', code: 'not-json' }],
    [
      'it has no such asset',
      { json: { tag_name: 'v8', assets: [] } },
      { kind: 'source-changed', code: 'github-release' },
    ],
  ])('is an error where %s', async (_, reply, error) => {
    at().expect('GET /release', reply);
    expect(await failureOf(ask())).toMatchObject(error);
  });

  it('tells who waits until when, and what a token is good for', async () => {
    at().expect('GET /release', { status: 403, headers: LIMITED });
    const failure = await failureOf(ask({ token: undefined }));
    expect(failure.message).toContain('answered 403: the rate limit is used up until 2026-11-21T08:00:00.000Z');
    expect(failure.hint).toContain('ACME_GITHUB_TOKEN');
  });
});

const heights = stream({
  ...publishedFile({
    name: 'tides.json',
    in: () => ({ ...file, release: 'release' }),
    read: jsonFile(z.record(z.string(), z.unknown())),
  })((ports) => Object.entries(ports).map(([port, height]) => ({ port, height }))),
  name: 'heights',
  description: 'Heights of the tide.',
  source: z.object({ port: z.string(), height: z.number() }),
  row: z.object({ port: text().describe('The port.'), height: integer().describe('Metres.') }),
  key: ['port'],
  toRow: (record) => record,
});

describe('a file of a release', () => {
  const run = (cursor?: unknown) => {
    const { http } = clientOf(at(), { retries: 0 });
    return extractAll(heights, { http, cursor, system: { env: {}, cwd: '/' } });
  };
  const download = (reply: Reply) => {
    at().expect('GET /tides', { status: 302, headers: { location: `${stored().url}/x?ticket=1` } });
    stored().expect('GET /x?ticket=1', reply);
  };

  it('is fetched from where it is stored, without the token, and once', async () => {
    at().expect('GET /release', release());
    download({ body: TIDES });
    const { marks } = await run();
    expect(marks).toEqual([{ etag: 'W/"1"', sha256: DIGEST }]);
    expect([...at().requests.slice(1), ...stored().requests].map(({ headers }) => headers['authorization'])).toEqual([
      undefined,
      undefined,
    ]);
    at().expect('GET /release', { status: 304 });
    expect((await run(marks[0])).isUnchanged).toBe(true);
    expect(at().requests.at(-1)?.headers['if-none-match']).toBe('W/"1"');
  });

  it('is not fetched where only the release changed, as it does with each download', async () => {
    const known = { etag: 'W/"1"', sha256: DIGEST };
    at().expect('GET /release', release({ digest: `sha256:${DIGEST}` }, 'W/"2"'));
    expect((await run(known)).isUnchanged).toBe(true);
    at().expect('GET /release', release({}, 'W/"2"'));
    download({ body: TIDES });
    expect((await run(known)).isUnchanged).toBe(true);
    at().expect('GET /release', release({ digest: `sha256:${DIGEST.replace(/^./, 'f')}` }, 'W/"3"'));
    download({ body: '{"Brest":8}' });
    expect((await run(known)).marks).toMatchObject([{ etag: 'W/"3"' }]);
  });

  it.each<[string, Reply, object]>([
    ['gone', { status: 404 }, { kind: 'source-changed', code: 'http-status' }],
    ['cut off', { body: TIDES, fault: 'truncate' }, { kind: 'transient' }],
    ['a page', { body: '<html>' }, { kind: 'source-changed', code: 'file-contents' }],
  ])('that is %s is an error, and nothing is kept', async (_, reply, error) => {
    at().expect('GET /release', release());
    download(reply);
    expect(await failureOf(run())).toMatchObject(error);
  });
});
