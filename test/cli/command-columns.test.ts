import { expect, it } from 'vitest';
import { configOf, project } from './project.ts';
import { query } from './silver.ts';

it('a column takes its value from where it lies, in the forms that its entry names', async () => {
  const columns = {
    id: 'bigint',
    placed_at: { type: 'timestamptz', from: 'order.placedAt' },
    shop_time: { type: 'timestamptz', from: 'order.local', zone: 'Europe/Berlin' },
    seen_at: { type: 'timestamptz', from: ['meta.data', 'seen'], epoch: 'milliseconds' },
    first_item: { type: 'text', from: 'items.0.name' },
  };
  const record = {
    id: '12345678901234567',
    order: { placedAt: '2026-11-21 06:30:00+0100', local: '2026-07-21 06:30' },
    'meta.data': { seen: 1769839200123 },
    items: [{ name: 'tea' }],
  };
  const here = await project({ 'ingestion-config.yaml': configOf({ shop: { columns, prints: [record] } }) });
  const run = await here.run(['run', 'shop', '--json']);
  expect(run.json().results).toMatchObject([{ result: 'done', totals: { inserted: 1, rejected: 0 } }]);
  expect(run.json().results[0].notices).toEqual([]);
  expect(await query(here, 'SELECT id, placed_at, shop_time, seen_at, first_item FROM example.shop')).toEqual([
    ['12345678901234567', '2026-11-21T05:30:00Z', '2026-07-21T04:30:00Z', '2026-01-31T06:00:00.123Z', 'tea'],
  ]);
});

it('a value in no form of its column is rejected, with the entry that would take it', async () => {
  const columns = { at: 'timestamptz', local: { type: 'timestamptz', zone: 'UTC' }, n: 'integer' };
  const prints = [{ at: '2026-11-21 06:30' }, { at: 1769839200 }, { local: 'noon' }, { n: '5.5' }, { n: '5' }];
  const here = await project({ 'ingestion-config.yaml': configOf({ shop: { columns, prints, max_reject_ratio: 1 } }) });
  const [result] = (await here.run(['run', 'shop', '--json'])).json().results;
  expect(result.totals).toMatchObject({ records: 5, rejected: 4, inserted: 1 });
  expect(result.rejects.join('\n')).toMatch(/at: expected timestamptz.*declare the column's zone/);
  expect(result.rejects.join('\n')).toMatch(/at: expected timestamptz.*declare the column's epoch/);
  expect(result.rejects.join('\n')).toMatch(/n: expected integer, a whole number or its text/);
});

it('a column whose field no record ever had is told, until one has it', async () => {
  const columns = { id: 'bigint', at: { type: 'text', from: 'order.at' } };
  const config = (prints: readonly unknown[]) => configOf({ shop: { columns, prints } });
  const here = await project({ 'ingestion-config.yaml': config([{ id: 1, order: { At: 'x' } }]) });
  const notices = async () => (await here.run(['run', 'shop', '--json'])).json().results[0].notices;
  const told = expect.stringContaining('no record has ever had the field of at');
  expect(await notices()).toEqual([told]);
  expect(await notices()).toEqual([told]);
  here.write('ingestion-config.yaml', config([{ id: 1, order: { at: null } }]));
  expect(await notices()).toEqual([]);
  here.write('ingestion-config.yaml', config([{ id: 1 }]));
  expect(await notices()).toEqual([]);
});
