import { describe, expect, it } from 'vitest';
import { modelResult, resultsOf, testResult } from '../../test/fakes/uv.ts';
import { outcomeOf } from './run-results.ts';

describe('what dbt has left', () => {
  it('is counted: models that were made, tests that were asked, and what failed of both', () => {
    const text = resultsOf(
      modelResult('dim_orders'),
      modelResult('fct_orders', { status: 'error', message: 'Binder Error' }),
      modelResult('fct_days', { status: 'skipped', execution_time: 0 }),
      testResult('unique_id'),
      testResult('not_null_id', { status: 'fail', failures: 3 }),
      testResult('is_fresh', { status: 'warn', failures: 2 }),
      testResult('broken', { status: 'error', failures: null }),
      testResult('of_fct_orders', { status: 'skipped', failures: null }),
      { ...testResult('x'), unique_id: 'unit_test.tidemill.dim_orders.adds_up', status: 'fail', failures: 1 },
    );
    expect(outcomeOf(text)).toEqual({
      models: 1,
      tests: 5,
      failedTests: [
        { name: 'not_null_id', rows: 3 },
        { name: 'broken', rows: undefined },
        { name: 'dim_orders', rows: 1 },
      ],
      warnings: [{ name: 'is_fresh', rows: 2 }],
      failedModels: ['fct_orders'],
      skipped: 2,
      built: [{ schema: 'gold', name: 'dim_orders' }],
    });
  });

  it('may tell of what a project has besides models: a hook that fails is a failure, and none of it a model', () => {
    const other = (unique_id: string, status: string) => ({
      ...modelResult('x'),
      unique_id,
      status,
      relation_name: null,
    });
    const text = resultsOf(
      other('operation.tidemill.tidemill-on-run-start-0', 'success'),
      other('function.tidemill.plus_one', 'success'),
      modelResult('dim_orders'),
      other('exposure.tidemill.board', 'no-op'),
      other('saved_query.tidemill.orders', 'no-op'),
      other('operation.tidemill.tidemill-on-run-end-0', 'error'),
    );
    expect(outcomeOf(text)).toMatchObject({
      models: 1,
      tests: 0,
      failedModels: ['tidemill-on-run-end-0'],
      built: [{ schema: 'gold', name: 'dim_orders' }],
    });
  });

  it.each(['"a"."gold"."dim"', '`a`.`gold`.`dim`', '"gold"."dim"'])('names the relation %s', (relation_name) => {
    expect(outcomeOf(resultsOf(modelResult('dim', { relation_name }))).built).toEqual([
      { schema: 'gold', name: 'dim' },
    ]);
  });

  it.each([
    ['no JSON', '{'],
    ['of another version', resultsOf().replace('v6', 'v7')],
    ['with a status that nobody knows', resultsOf(modelResult('dim', { status: 'odd' }))],
    ['of a node that nobody knows', resultsOf({ ...modelResult('dim'), unique_id: 'metric.tidemill.x' })],
  ])('is refused when it is %s', (_, text) => {
    expect(() => outcomeOf(text)).toThrow(expect.objectContaining({ code: 'dbt-results' }));
  });
});
