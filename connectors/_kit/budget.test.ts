import { expect, test } from 'vitest';
import { z } from 'zod';
import { clientOf, failureOf, fakeSource } from '../../test/fakes/http-client.ts';
import type { Budget } from './limits.ts';

const Anything = z.unknown();
/** A quarter of an hour and a day; the clock of the tests stands at 12:00. */
const budgets: readonly Budget[] = [
  { limit: 'x-limit', usage: 'x-usage', windows: [900, 86_400], source: 'https://vendor.example/limits' },
  { limit: 'x-read-limit', usage: 'x-read-usage', windows: [900, 86_400], source: 'https://vendor.example/limits' },
];
const told = (usage: string, read = '0,0') => ({
  json: {},
  headers: { 'x-limit': '200,2000', 'x-usage': usage, 'x-read-limit': '100,1000', 'x-read-usage': read },
});
const QUARTER = 15 * 60 * 1000;
const MINUTE = 60_000;

test.each([
  ['nothing was said', { json: {} }, 0],
  ['a window has least left', told('100,200', '60,100'), 0.6],
  ['the day has least left', told('10,200', '10,900'), 0.9],
  ['more was used than is allowed', told('210,210'), 1.05],
  ['the vendor says no numbers', told('many,lots'), 0],
])('what is spent when %s', async (_, answer, spent) => {
  const server = await fakeSource();
  server.expect('GET /x', answer);
  const { http } = clientOf(server, { budgets });
  expect(http.spent()).toBe(0);
  await http.json('/x', Anything);
  expect(http.spent()).toBeCloseTo(spent);
});

test('a window that is over is forgotten, a longer one is not', async () => {
  const server = await fakeSource();
  server.expect('GET /x', told('180,200'));
  const { http, clock } = clientOf(server, { budgets });
  await http.json('/x', Anything);
  await clock.sleep(QUARTER + 1000);
  expect(http.spent()).toBeCloseTo(0.1);
});

test('nothing is sent while a budget is used up', async () => {
  const server = await fakeSource();
  server.expect('GET /x', told('200,300'));
  const { http } = clientOf(server, { budgets });
  await http.json('/x', Anything);
  const failure = await failureOf(http.json('/x', Anything));
  expect(failure).toMatchObject({ kind: 'quota', code: 'rate-limit', retryAfterSeconds: 901 });
  expect(server.requests).toHaveLength(1);
});

test('the end of a window is waited for when it is near', async () => {
  const server = await fakeSource();
  server.expect('GET /x', told('200,300'));
  server.expect('GET /x', told('1,301'));
  const { http, clock } = clientOf(server, { budgets });
  await clock.sleep(QUARTER - MINUTE + 2_000);
  await http.json('/x', Anything);
  await http.json('/x', Anything);
  expect(clock.slept.slice(1)).toEqual([MINUTE - 1_000]);
});

test.each([
  ['until the window ends that is used up', told('201,301'), 901],
  ['until the day ends when that is used up too', told('201,2001'), 12 * 3600 + 1],
  ['until the shortest window ends when none seems used up', told('3,30'), 901],
])('a refusal that names no wait is one %s', async (_, { headers }, retryAfterSeconds) => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 429, headers });
  const { http } = clientOf(server, { budgets });
  expect(await failureOf(http.json('/x', Anything))).toMatchObject({ kind: 'quota', retryAfterSeconds });
});

test('a wait that the source names is the one that counts', async () => {
  const server = await fakeSource();
  server.expect('GET /x', { status: 429, headers: { ...told('3,30').headers, 'retry-after': '5' } });
  server.expect('GET /x', { json: {} });
  const { http, clock } = clientOf(server, { budgets });
  await http.json('/x', Anything);
  expect(clock.slept).toEqual([5_000]);
});

test('another origin neither tells the budget nor is held back by it', async () => {
  const [server, elsewhere] = [await fakeSource(), await fakeSource()];
  elsewhere.expect('GET /y', told('500,5000'));
  elsewhere.expect('GET /y', { json: {} });
  server.expect('GET /x', told('200,300'));
  const { http } = clientOf(server, { budgets });
  await http.json(`${elsewhere.url}/y`, Anything);
  expect(http.spent()).toBe(0);
  await http.json('/x', Anything);
  await http.json(`${elsewhere.url}/y`, Anything);
});
