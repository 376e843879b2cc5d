import { expect, it } from 'vitest';
import { tableMeant } from './unknown-table.ts';

const tables = ['shop.orders', 'shop.order_lines', 'web.features'].map((name) => {
  const [schema = '', table = ''] = name.split('.');
  return { schema, name: table };
});

it.each([
  ['SELECT 1 FROM shop.ordes', 'shop.orders'],
  ['SELECT 1 FROM SHOP.ORDERS AS a JOIN "shop" . "order_line" AS b ON true', 'shop.order_lines'],
  ['SELECT 1 FROM `my-project.shop.ordrs`', 'shop.orders'],
  ['SELECT 1 FROM `my-project`.shop.orders JOIN features ON true', 'web.features'],
  ['WITH recent AS (SELECT 1 FROM shop.orders) SELECT 1 FROM recent, shop.x', undefined],
  ['WITH features AS (SELECT 1) SELECT 1 FROM features', undefined],
  ['SELECT extract(year FROM placed_at) FROM shop.orders', undefined],
  ['SELECT 1 FROM weather.stations', undefined],
  ['SELECT', undefined],
])('%s', (sql, meant) => {
  expect(tableMeant(sql, tables)).toBe(meant && `Did you mean ${meant}?`);
});
