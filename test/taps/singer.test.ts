/** Singer taps from PyPI, as jobs, held row by row against what they print by themselves. */
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startFakeHttp } from '../fakes/http-server.ts';
import { expectedRows, installed, printedBy, rowsOf, tapped, told } from './project.ts';

// biome-ignore lint/suspicious/noExplicitAny: messages of many shapes.
const recordsIn = (messages: readonly any[]) =>
  messages.filter(({ type }) => type === 'RECORD').map(({ record }) => record);

const order = (id: number): object => ({
  id,
  placed_at: `2026-01-${String((id % 28) + 1).padStart(2, '0')}T10:00:00+01:00`,
  total: id * 1.25,
  lines: [{ sku: 'é', n: id }],
});
const jsonl = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${JSON.stringify(order(from + index))}\n`).join('');

it('tap-jsonl: is installed by uv, and its files become a table; the next run reads on from its state', async () => {
  const requirements = readFileSync(join(import.meta.dirname, 'jsonl.txt'), 'utf8')
    .split('\n')
    .filter((line) => /^\w/.test(line));
  const { here, env, datasets, run } = await tapped({
    command: ['tidemill-singer', 'tap-jsonl', '--config', 'tap.json'],
    files: {
      'tap.json': '{"path":"${FOLDER}","primary_keys":["id"],"stream_name":"raw-orders"}',
      'orders/a.jsonl': jsonl(1, 700),
      'orders/b.jsonl': jsonl(600, 1200),
    },
    service: { setup: { python: requirements } },
    env: { FOLDER: 'orders/*.jsonl', UV_OFFLINE: '1', UV_CACHE_DIR: installed('cache') },
  });
  // Where packages come from may stand in a file of the person.
  const uv = {
    ...env,
    HOME: process.env['HOME'] ?? '',
    PATH: `${installed('uv/bin')}:${dirname(realpathSync(installed('uv/bin/python3')))}:${env.PATH}`,
  };
  expect((await here.run(['setup', 'tap'], { env: uv })).stdout).toContain('1 of them installed now');

  const [orders] = await datasets();
  expect(orders).toMatchObject({ name: 'raw_orders', key: ['id'], capabilities: ['incremental', 'full'] });
  const own = async () => {
    writeFileSync(here.path('own.json'), here.read('tap.json').replace('${FOLDER}', 'orders/*.jsonl'));
    return recordsIn(await printedBy(installed('jsonl/bin/tap-jsonl'), ['--config', 'own.json'], here.folder));
  };
  expect((await run()).json().results[0]).toMatchObject({ result: 'done' });
  expect(await rowsOf(here, orders!)).toEqual(expectedRows(await own(), orders!));

  here.write('orders/c.jsonl', jsonl(1200, 1300));
  expect((await run()).json().results[0].result).toBe('done');
  expect(await rowsOf(here, orders!)).toEqual(expectedRows(await own(), orders!));
});

it.each([
  ['tap-github', { auth_token: 'x', repositories: ['a/b'], start_date: '2020-01-01T00:00:00Z' }, 47],
  ['tap-stackexchange', { site: 'stackoverflow.com', start_date: '2020-01-01T00:00:00Z' }, 7],
])('%s: each of its streams is a data set that a job can take', async (tap, config, least) => {
  const { here, env, datasets } = await tapped({
    environment: 'catalogs',
    command: ['tidemill-singer', tap, '--config', 'tap.json'],
    files: { 'tap.json': JSON.stringify(config) },
  });
  const found = await datasets();
  expect(found.length).toBeGreaterThanOrEqual(least);
  expect(found.filter(({ columns = [], key = [] }) => columns.length === 0 || key.length === 0)).toEqual([]);
  expect(await here.run(['validate'], { env })).toMatchObject({ exit: 0 });
});

it('tap-rest-api-msdk: is killed while it reads, and what comes after is the same as without', async () => {
  const source = await startFakeHttp();
  onTestFinished(source.close);
  let kills = 1;
  source.serve(({ query: { page = '1' } }) => {
    if (page === '3' && isAsked && kills-- > 0) tap.kill();
    const items = Array.from({ length: 10 }, (_, index) => order(Number(page) * 10 + index));
    return { json: { items, next: Number(page) < 5 ? Number(page) + 1 : null } };
  });
  let isAsked = false;
  const stream = { name: 'orders', path: '/orders', records_path: '$.items[*]', primary_keys: ['id'] };
  const config = { api_url: source.url, next_page_token_path: '$.next', streams: [stream] };
  const tap = await tapped({
    environment: 'rest',
    command: ['tidemill-singer', 'tap-rest-api-msdk', '--config', 'tap.json'],
    files: { 'tap.json': JSON.stringify(config), 'bin/tap-rest-api-msdk': told('rest', 'tap-rest-api-msdk') },
  });
  const { here, run } = tap;
  const [orders] = await tap.datasets();
  isAsked = true;
  expect((await run()).json().results[0].failure.message).toContain('SIGKILL');
  expect((await run()).json().results[0]).toMatchObject({ result: 'done' });
  const own = recordsIn(
    await printedBy(installed('rest/bin/tap-rest-api-msdk'), ['--config', 'tap.json'], here.folder),
  );
  expect(own).toHaveLength(50);
  expect(await rowsOf(here, orders!)).toEqual(expectedRows(own, orders!));
});
