/** What is to be seen besides the contract: a network that loses answers, a process that is killed, and people at the command line. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configOf, project } from '../cli/project.ts';
import { ADA, load, merges, names, people, valuesIn } from '../contracts/warehouse-samples.ts';
import { type Fault, startFaultProxy } from '../fakes/fault-proxy.ts';
import { clock, newAddress, open } from './database.ts';

const opened = (...args: Parameters<typeof open>) => {
  const warehouse = open(...args);
  onTestFinished(() => warehouse.close());
  return warehouse;
};

describe('over a network that fails', () => {
  const kinds: readonly Fault[] = ['lose-answer', '503', 'reset', 'truncate-answer', 'reset-answer'];
  const log = { ...people, write: 'append', key: [] } as const;

  it.each(kinds)('each kind of request meets %s once, and the package is loaded once', async (fault) => {
    const address = await newAddress();
    await using proxy = await startFaultProxy(address.server);
    const met = new Set<string>();
    proxy.use(({ method, url }) => {
      const request = `${method} ${url.replace(/sessions\/[^:]+/, 'sessions/x')}`;
      if (met.has(request)) return undefined;
      met.add(request);
      return fault;
    });
    const warehouse = opened({ ...address, server: proxy.url });
    await merges(warehouse, load('p1', log, [ADA, ADA]), { rows: 2, inserted: 2 });
    expect(await valuesIn(warehouse, log, 'name')).toEqual([['Ada'], ['Ada']]);
    // Sessions, questions, changes of the schema, and both kinds of commits.
    expect(proxy.met).toBeGreaterThan(4);
  });

  it('every commit of a load loses its answer, and each row is there once', async () => {
    const address = await newAddress();
    await using proxy = await startFaultProxy(address.server);
    let commits = 0;
    proxy.use(({ url }) => (url.endsWith(':commit') && commits++ % 2 === 0 ? 'lose-answer' : undefined));
    const warehouse = opened({ ...address, server: proxy.url }, { commits: { mutations: 60 } });
    const rows = Array.from({ length: 23 }, (_, id) => ({ id: String(id), name: 'x' }));
    await merges(warehouse, load('p1', log, rows), { rows: 23, inserted: 23 });
    expect(await names(warehouse, log)).toHaveLength(23);
    expect(commits).toBeGreaterThan(5);
  });
});

describe('a process', () => {
  it.each([2, 4, 7])('that is killed at its commit %s leaves a load that the next one finishes', async (last) => {
    const address = await newAddress();
    const warehouse = opened(address);
    const rows = (name: string, count: number) => Array.from({ length: count }, (_, id) => ({ id: String(id), name }));
    await warehouse.apply(load('p0', people, rows('old', 10)));
    await using proxy = await startFaultProxy(address.server);
    const loader = spawn(
      process.execPath,
      [join(import.meta.dirname, 'loader.ts'), proxy.url, address.location, '60'],
      {
        stdio: 'ignore',
      },
    );
    const ended = once(loader, 'exit');
    let commits = 0;
    proxy.use(({ url }) => {
      if (!url.endsWith(':commit')) return undefined;
      commits += 1;
      if (commits === last) loader.kill('SIGKILL');
      return commits >= last ? 'stall' : undefined;
    });
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(await warehouse.lastPackage('contract_people')).toBe('p0');
    const half = await names(warehouse);
    assert(half.includes('0 new') && half.length < 60, 'it was killed before or after its commits');
    await merges(warehouse, load('p1', people, rows('new', 60)), { rows: 60, inserted: 50, updated: 10 });
    expect(await names(warehouse)).toEqual(rows('new', 60).map(({ id, name }) => `${id} ${name}`));
  });
});

it('from a command to a query: what is printed is loaded, listed by the name that queries use, and found by it', async () => {
  const items = {
    columns: { id: 'integer', more: 'jsonb' },
    primary_key: ['id'],
    prints: [{ id: 1, more: { a: [1.5] } }, { id: 2 }],
  };
  const { server, location } = await newAddress();
  const config = { ...JSON.parse(configOf({ items })), environments: { local: { warehouse: location } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  const run = (...args: string[]) => here.run(args, { env: { SPANNER_EMULATOR_HOST: server }, clock });
  expect((await run('run', 'items')).exit).toBe(0);
  const listed = (await run('tables', 'example.items', '--json')).json();
  expect(listed).toMatchObject({ url: location, tables: [{ table: 'example.items', rows: 2 }] });
  const [table] = listed.tables;
  expect(table.detail).toMatchObject({ key: ['id'], jobs: ['items'] });
  const { stdout } = await run('query', 'SELECT id, more FROM example.items ORDER BY id');
  expect(stdout.split('\r\n').slice(1, 3)).toEqual(['1,"{""a"":[1.5]}"', '2,']);
  // The fake knows no other shapes than those of the driver.
  if (server.endsWith(process.env['TIDEMILL_TEST_SPANNER_URL'] || 'none')) {
    for (const { sql } of table.detail.examples) expect((await run('query', sql)).exit, sql).toBe(0);
  }
});
