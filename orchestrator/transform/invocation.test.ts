import { expect, it } from 'vitest';
import { argumentsOf, profilesText } from './invocation.ts';

const places = { project: '/project/dbt', work: '/work' };
const KEPT = { keeps: 'models' } as const;
const NOTHING = { select: [], exclude: [], loaded: [] };
const after = (args: readonly string[], option: string) => args[args.indexOf(option) + 1];

it('selections are words of their own, and without any there are no options for them', () => {
  const args = argumentsOf(places, KEPT, {
    select: ['source:shop.orders+', 'tag:daily'],
    exclude: ['source:crm.deals+'],
    loaded: ['shop.orders'],
  });
  expect(args.slice(-5)).toEqual(['--select', 'source:shop.orders+', 'tag:daily', '--exclude', 'source:crm.deals+']);
  const all = argumentsOf(places, KEPT, NOTHING);
  expect(all).not.toContain('--select');
  expect(all).not.toContain('--exclude');
});

it('dbt is told where silver lies, if not under its own names, and what is there of it', () => {
  const silver = { schema: 'ingestion', table: '{service}__{table}' };
  const loaded = ['shop.orders'];
  const args = argumentsOf(places, { ...KEPT, silver }, { ...NOTHING, loaded });
  expect(JSON.parse(after(args, '--vars') ?? '')).toEqual({
    silver_schema: 'ingestion',
    silver_table: '{service}__{table}',
    silver_loaded: loaded,
  });
  expect(after(argumentsOf(places, KEPT, NOTHING), '--vars')).toBe('{"silver_loaded":[]}');
});

it('where no model of an earlier run is left, no test looks at one that is not built', () => {
  const args = argumentsOf(places, { keeps: 'nothing' }, NOTHING);
  expect(after(args, '--indirect-selection')).toBe('cautious');
  expect(argumentsOf(places, KEPT, NOTHING)).not.toContain('--indirect-selection');
});

it('the profile is JSON, which is YAML, with secrets as dbt reads them from its variables', () => {
  const profile = { type: 'postgres', schema: 'gold', password: "{{ env_var('DBT_PASSWORD') }}" };
  expect(JSON.parse(profilesText({ profile }))).toEqual({ tidemill: { target: 'main', outputs: { main: profile } } });
});
