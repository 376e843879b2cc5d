import { expect, it } from 'vitest';
import { argumentsOf, profilesText } from './invocation.ts';

const places = { project: '/project/dbt', work: '/work' };
const KEPT = { keeps: 'models' } as const;
const after = (args: readonly string[], option: string) => args[args.indexOf(option) + 1];

it('selections are words of their own, and without any there are no options for them', () => {
  const args = argumentsOf(places, KEPT, {
    select: ['source:shop.orders+', 'tag:daily'],
    exclude: ['source:crm.deals+'],
  });
  expect(args.slice(-5)).toEqual(['--select', 'source:shop.orders+', 'tag:daily', '--exclude', 'source:crm.deals+']);
  const all = argumentsOf(places, KEPT, { select: [], exclude: [] });
  expect(all).not.toContain('--select');
  expect(all).not.toContain('--exclude');
});

it('dbt is told where silver lies, if not under its own names', () => {
  const silver = { schema: 'ingestion', table: '{service}__{table}' };
  const args = argumentsOf(places, { ...KEPT, silver }, { select: [], exclude: [] });
  expect(JSON.parse(after(args, '--vars') ?? '')).toEqual({
    silver_schema: 'ingestion',
    silver_table: '{service}__{table}',
  });
  expect(after(argumentsOf(places, KEPT, { select: [], exclude: [] }), '--vars')).toBe('{}');
});

it('where no model of an earlier run is left, no test looks at one that is not built', () => {
  const args = argumentsOf(places, { keeps: 'nothing' }, { select: [], exclude: [] });
  expect(after(args, '--indirect-selection')).toBe('cautious');
  expect(argumentsOf(places, KEPT, { select: [], exclude: [] })).not.toContain('--indirect-selection');
});

it('the profile is JSON, which is YAML, with secrets as dbt reads them from its variables', () => {
  const profile = { type: 'postgres', schema: 'gold', password: "{{ env_var('DBT_PASSWORD') }}" };
  expect(JSON.parse(profilesText({ profile }))).toEqual({ tidemill: { target: 'main', outputs: { main: profile } } });
});
