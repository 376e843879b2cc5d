import { expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, fakeSource } from '../../test/fakes/http-client.ts';
import type { Lines } from './emission.ts';
import { parseLine, recordsHere } from './lines.ts';
import { cursorToken, nextLink, offsetLimit, pageNumber } from './paging.ts';

const Items = z.object({ items: recordsHere(), next: z.string().nullish() });
const byLink = {
  schema: Items,
  records: 'items',
  next: (a: z.output<typeof Items>) => a.next,
};
const byToken = { ...byLink, parameter: 'pageToken' };

/** The records of a walk's pages, where they came from, and what the walk returned. */
async function walked<T>(walk: AsyncGenerator<Lines, T>) {
  const pages: unknown[] = [];
  const urls: string[] = [];
  for (;;) {
    const step = await walk.next();
    if (step.done) return { pages, urls, last: step.value };
    pages.push(step.value.lines.map(parseLine));
    urls.push(step.value.url);
  }
}

const ids = (...numbers: number[]) => numbers.map((id) => ({ id, name: `n${id}` }));

test('pageNumber goes on after a short page and ends with an empty one', async () => {
  const server = await fakeSource();
  server.expect('GET /activities?per_page=2&page=1', { json: ids(1, 2) });
  server.expect('GET /activities?per_page=2&page=2', { json: ids(3) });
  server.expect('GET /activities?per_page=2&page=3', { json: ids(4, 5) });
  server.expect('GET /activities?per_page=2&page=4', { json: [] });
  const { http } = clientOf(server);
  const { pages, urls } = await walked(pageNumber(http, '/activities', { per_page: 2 }));
  expect(pages).toEqual([ids(1, 2), ids(3), ids(4, 5)]);
  expect(urls[1]).toBe(`${server.url}/activities?per_page=2&page=2`);
});

test('pageNumber reads an envelope, counts as it is told and returns the last answer', async () => {
  const server = await fakeSource();
  server.expect('GET /x?p=0', { json: { items: ids(1) } });
  server.expect('GET /x?p=1', { json: { items: [], next: 'end' } });
  const { http } = clientOf(server);
  const walk = pageNumber(http, '/x', {}, { schema: Items, records: 'items', parameter: 'p', first: 0 });
  expect(await walked(walk)).toMatchObject({ pages: [ids(1)], last: { items: [], next: 'end' } });
});

test('offsetLimit goes on by what came, so that a capped limit leaves no gap', async () => {
  const server = await fakeSource();
  server.expect('GET /x?start=0&max=50', { json: ids(1, 2, 3) });
  server.expect('GET /x?start=3&max=50', { json: ids(4) });
  server.expect('GET /x?start=4&max=50', { json: [] });
  const { http } = clientOf(server);
  const names = { limitParameter: 'max', offsetParameter: 'start' };
  const { pages } = await walked(offsetLimit(http, '/x', {}, { limit: 50, ...names }));
  expect(pages).toEqual([ids(1, 2, 3), ids(4)]);
});

test('nextLink follows absolute and relative links as they are written', async () => {
  const server = await fakeSource();
  server.expect('GET /v1/me/list?limit=2', { json: { items: ids(1), next: `${server.url}/v1/me/list?o=2&q=a%20b` } });
  server.expect('GET /v1/me/list?o=2&q=a%20b', { json: { items: ids(2), next: '?o=4' } });
  server.expect('GET /v1/me/list?o=4', { json: { items: ids(3), next: '/v1/other' } });
  server.expect('GET /v1/other', { json: { items: ids(4), next: null } });
  const { http } = clientOf(server, { baseUrl: `${server.url}/v1` });
  const { pages } = await walked(nextLink(http, '/me/list', { limit: 2 }, byLink));
  expect(pages).toEqual([ids(1), ids(2), ids(3), ids(4)]);
});

test('a link to another origin is refused before anything is sent there', async () => {
  const server = await fakeSource();
  const other = await fakeSource();
  server.expect('GET /x', { json: { items: ids(1), next: `${other.url}/x?token=abc` } });
  server.expect('GET /x', { json: { items: ids(1), next: '//evil.example/x' } });
  server.expect('GET /x', { json: { items: ids(1), next: 'http://[' } });
  const { http } = clientOf(server, { authorize: async () => ({ authorization: 'Bearer abc' }) });
  for (const where of [other.url, 'http://evil.example', 'no address'])
    await expect(walked(nextLink(http, '/x', {}, byLink))).rejects.toMatchObject({
      kind: 'source-changed',
      code: 'paging-elsewhere',
      message: `/x names a next page at ${where}`,
    });
  expect(other.requests).toEqual([]);
});

test.each([[null], [undefined], ['']])(
  'cursorToken ends with the token %j, and not with an empty page',
  async (end) => {
    const server = await fakeSource();
    server.expect('GET /x?limit=2', { json: { items: ids(1), next: 'a+b/c=' } });
    server.expect('GET /x?limit=2&pageToken=a%2Bb%2Fc%3D', { json: { items: [], next: 'p3' } });
    server.expect('GET /x?limit=2&pageToken=p3', { json: { items: ids(2), next: end } });
    const { http } = clientOf(server);
    const { pages, last } = await walked(cursorToken(http, '/x', { limit: 2 }, byToken));
    expect(pages).toEqual([ids(1), ids(2)]);
    expect(last).toEqual({ items: [], next: end });
  },
);

test('records are as the source wrote them, whichever way is walked', async () => {
  const server = await fakeSource();
  const { http } = clientOf(server);
  const record = '{ "id":1.0, "id":9007199254740993,"deep":"\\u00e9" }';
  for (const walk of [nextLink(http, '/x', {}, byLink), cursorToken(http, '/x', {}, byToken)]) {
    server.expect('GET /x', { body: `{"items":[${record}]}` });
    const { value } = await walk.next();
    expect((value as Lines).lines.map((line) => Buffer.from(line).toString())).toEqual([record]);
    await walk.next();
  }
  server.expect('GET /x?page=1', { body: `[${record}]` });
  const { value } = await pageNumber(http, '/x').next();
  expect((value as Lines).lines.map((line) => Buffer.from(line).toString())).toEqual([record]);
});

test('headers are sent with every page', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { json: { items: ids(1), next: 'p2' } });
  server.expect('GET /x?pageToken=p2', { json: { items: ids(2) } });
  const { http } = clientOf(server);
  await walked(cursorToken(http, '/x', {}, { ...byToken, headers: { 'x-version': '7' } }));
  expect(server.requests.map(({ headers }) => headers['x-version'])).toEqual(['7', '7']);
});

const LOOP = { kind: 'source-changed', code: 'paging-loop' };

test('a source that repeats itself is an error, not an endless walk', async () => {
  const server = await fakeSource();
  const { http } = clientOf(server);
  server.expect('GET /numbered?page=1', { json: ids(1, 2) });
  server.expect('GET /numbered?page=2', { json: ids(1, 2) });
  await expect(walked(pageNumber(http, '/numbered'))).rejects.toMatchObject(LOOP);
  server.expect('GET /offset?offset=0&limit=2', { json: ids(1, 2) });
  server.expect('GET /offset?offset=2&limit=2', { json: ids(1, 2) });
  await expect(walked(offsetLimit(http, '/offset', {}, { limit: 2 }))).rejects.toMatchObject(LOOP);
  server.expect('GET /linked', { json: { items: ids(1), next: '/linked?p=2' } });
  server.expect('GET /linked?p=2', { json: { items: ids(2), next: '/linked' } });
  await expect(walked(nextLink(http, '/linked', {}, byLink))).rejects.toMatchObject(LOOP);
  server.expect('GET /tokens', { json: { items: ids(1), next: 't' } });
  server.expect('GET /tokens?pageToken=t', { json: { items: ids(2), next: 't' } });
  await expect(walked(cursorToken(http, '/tokens', {}, byToken))).rejects.toMatchObject(LOOP);
});

test('a walk has a last page, even if the source has none', async () => {
  const server = await fakeSource();
  const { http } = clientOf(server);
  const ENDLESS = { kind: 'source-changed', code: 'paging-endless', message: '/x has more than 2 pages' };
  for (const page of [1, 2]) server.expect(`GET /x?page=${page}`, { json: ids(page) });
  await expect(walked(pageNumber(http, '/x', {}, { maxPages: 2 }))).rejects.toMatchObject(ENDLESS);
  server.expect('GET /x', { json: { items: ids(1), next: 'p2' } });
  server.expect('GET /x?pageToken=p2', { json: { items: ids(2), next: 'p3' } });
  await expect(walked(cursorToken(http, '/x', {}, { ...byToken, maxPages: 2 }))).rejects.toMatchObject(ENDLESS);
});

test('a walk begins where it is told to, and says behind each page but the last what is next', async () => {
  const server = await fakeSource();
  const { http } = clientOf(server);
  const told = async (walk: AsyncGenerator<object, unknown>) =>
    (await Array.fromAsync(walk)).filter((step) => !('lines' in step));
  const after = (_: unknown, next: string) => ({ resume: next });
  server.expect('GET /x?limit=2&pageToken=p2', { json: { items: ids(2), next: 'p3' } });
  server.expect('GET /x?limit=2&pageToken=p3', { json: { items: [], next: 'p4' } });
  server.expect('GET /x?limit=2&pageToken=p4', { json: { items: ids(3), next: null } });
  const tokens = cursorToken(http, '/x', { limit: 2 }, { ...byToken, from: 'p2', after });
  expect(await told(tokens)).toEqual([{ resume: 'p3' }, { resume: 'p4' }]);
  server.expect('GET /list?o=4', { json: { items: ids(2), next: '?o=6' } });
  server.expect('GET /list?o=6', { json: { items: ids(3), next: null } });
  const links = nextLink(http, '/list', { limit: 2 }, { ...byLink, from: '?o=4', after });
  expect(await told(links)).toEqual([{ resume: '?o=6' }]);
  const elsewhere = nextLink(http, '/list', {}, { ...byLink, from: 'https://evil.example/list', after });
  await expect(told(elsewhere)).rejects.toMatchObject({ code: 'paging-elsewhere' });
});

test('an envelope of another shape is a source that changed', async () => {
  const server = await fakeSource();
  server.expect('GET /x?page=1', { json: { error: 'none' } });
  const { http } = clientOf(server);
  await expect(walked(pageNumber(http, '/x'))).rejects.toMatchObject({ code: 'schema-mismatch' });
});
