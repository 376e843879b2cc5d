import { describe, expect, it } from 'vitest';
import { type Asked, selectionOf } from './select.ts';

const table = (name: string) => ({ schema: 'shop', name });

const asked = (changes: Partial<Asked>) =>
  selectionOf({
    words: [],
    scope: 'changed',
    changed: [],
    sources: [table('orders'), table('customers'), table('deals')],
    tables: [table('orders'), table('customers'), table('elsewhere')],
    keeps: 'models',
    ...changes,
  });

const others = { exclude: ['source:shop.deals+'], loaded: ['shop.orders', 'shop.customers'] };

describe('what dbt builds', () => {
  it('is what is made of the tables that have changed, without the models that have nothing to read', () => {
    expect(asked({ changed: [table('orders')] })).toEqual({ select: ['source:shop.orders+'], ...others });
  });

  it('comes with all that it is made of where no model of an earlier run is left', () => {
    expect(asked({ changed: [table('orders')], keeps: 'nothing' })).toEqual({
      select: ['@source:shop.orders'],
      ...others,
    });
  });

  it('is nothing where nothing has changed, or only what no model reads', () => {
    expect(asked({})).toBeUndefined();
    expect(asked({ changed: [table('elsewhere'), table('deals')] })).toBeUndefined();
  });

  it('is everything that can be built when all is asked for', () => {
    expect(asked({ scope: 'all' })).toEqual({ select: [], ...others });
  });

  it('is what a person selects, in the words of dbt', () => {
    expect(asked({ words: ['dim_orders+'] })).toEqual({ select: ['dim_orders+'], ...others });
  });

  it.each([
    ['dim_orders', '+dim_orders'],
    ['1+dim_orders', '+dim_orders'],
    ['dim_orders+', '@dim_orders'],
    ['+dim_orders+2', '@dim_orders'],
    ['@dim_orders', '@dim_orders'],
    ['tag:daily,path:models/marts+', '+tag:daily,@path:models/marts'],
  ])('has besides what that is made of, where the warehouse has nothing: %s', (word, select) => {
    expect(asked({ words: [word], keeps: 'nothing' })).toEqual({ select: [select], ...others });
  });

  it('is nothing where no table is there that a model reads', () => {
    expect(asked({ scope: 'all', tables: [table('elsewhere')] })).toBeUndefined();
    expect(asked({ words: ['dim_orders+'], tables: [] })).toBeUndefined();
  });
});
