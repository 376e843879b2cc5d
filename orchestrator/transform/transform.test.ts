/** A warehouse that lends dbt a scratch database: what the contract of `dbt()` promises it. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { FAKE_UV, modelResult, resultsOf, testResult } from '../../test/fakes/uv.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import type { DbtTarget, TableName, Warehouse } from '../warehouse/contract.ts';
import { readProject } from './project.ts';
import { type TransformOrder, transform } from './transform.ts';

const ORDERS = { schema: 'shop', name: 'orders' };

/** A warehouse with one table, and everything that dbt is run with. */
async function lending(more: Partial<DbtTarget> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-transform-'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write('bin/uv', FAKE_UV);
  chmodSync(join(folder, 'bin/uv'), 0o755);
  write('dbt/dbt_project.yml', 'name: tidemill\n');
  write('dbt/models/staging/shop/stg_shop__orders.sql', 'select 1\n');
  write('dbt/results.json', resultsOf(modelResult('dim_orders'), testResult('unique_id')));
  const finished: (readonly TableName[])[] = [];
  let last = 'p1';
  const target: DbtTarget = {
    profile: { type: 'scratch', schema: 'gold', password: "{{ env_var('SCRATCH_PASSWORD') }}" },
    env: { SCRATCH_PASSWORD: 'very-secret' },
    keeps: 'nothing',
    finish: async (built) => void finished.push(built),
    ...more,
  };
  const warehouse = {
    lastPackage: async () => last,
    tables: async () => [{ ...ORDERS, description: '', rows: 1, columns: [] }],
    dbt: async () => target,
  } as Partial<Warehouse> as Warehouse;
  const work = join(folder, 'work');
  const installations = join(folder, 'installed');
  const run = async (changes: Partial<TransformOrder> = {}) => {
    const jobs = [{ id: 'orders', service: 'shop', data_type: 'orders' }];
    const project = await readProject(join(folder, 'dbt'));
    const requirements = ['dbt-scratch==1.0'];
    const order: TransformOrder = {
      name: 'main',
      warehouse,
      requirements,
      jobs,
      project,
      words: [],
      scope: 'changed',
      ...changes,
    };
    return transform(order, {
      bucket: openLocalBucket(join(folder, 'bucket')),
      installations,
      work,
      env: { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}` },
      signal: new AbortController().signal,
      said: () => undefined,
      begins: async () => undefined,
    });
  };
  const asked = (): string => {
    const [installed = ''] = readdirSync(installations);
    return readFileSync(join(installations, installed, 'asked'), 'utf8');
  };
  return {
    run,
    write,
    finished,
    asked,
    profile: () => readFileSync(join(work, 'profiles.yml'), 'utf8'),
    load: () => {
      last = 'p2';
    },
  };
}

it('is told once what was built well, and builds what changed with all that it is made of', async () => {
  const here = await lending();
  await here.run();
  here.load();
  await here.run();
  expect(here.finished).toEqual([[{ schema: 'gold', name: 'dim_orders' }], [{ schema: 'gold', name: 'dim_orders' }]]);
  expect(here.asked()).toContain('--select @source:shop.orders');
  expect(await here.run()).toBeUndefined();
  expect(here.finished).toHaveLength(2);
});

it('is told that nothing was built where dbt came to nothing', async () => {
  const here = await lending();
  here.write('dbt/results.json', 'no JSON: neither success nor error');
  await expect(here.run()).rejects.toMatchObject({ code: 'dbt-results' });
  expect(here.finished).toEqual([[]]);
});

it('has its models built again where it could not take them over', async () => {
  let refusals = 1;
  const here = await lending({
    finish: async () => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('the bucket is away');
    },
  });
  await expect(here.run()).rejects.toThrow('the bucket is away');
  expect((await here.run())?.models).toBe(1);
});

it('has its secrets handed to dbt by variables alone', async () => {
  const here = await lending();
  await here.run();
  expect(here.profile()).not.toContain('very-secret');
  expect(here.profile()).toContain("{{ env_var('SCRATCH_PASSWORD') }}");
  expect(here.asked()).toContain('SCRATCH_PASSWORD=very-secret');
});

it('is refused where its driver names no adapter', async () => {
  const here = await lending();
  await expect(here.run({ requirements: undefined })).rejects.toMatchObject({ code: 'warehouse-without-dbt' });
});
