import { expect, it } from 'vitest';
import { configOf, project } from './project.ts';

const records = (count: number, fields: object) => Array.from({ length: count }, (_, id) => ({ id, ...fields }));

it('fields that a source adds or stops sending are told once, by name, in result, summary and report', async () => {
  const job = (prints: readonly unknown[]) => configOf({ job: { prints } });
  const here = await project({ 'ingestion-config.yaml': job(records(120, { name: 'Ada', city: 'Rome' })) });
  const env = { GITHUB_ACTIONS: 'true' };
  const run = async () => (await here.run(['run', 'job', '--json', '--run-id', 'r1'], { env })).json().results[0];
  expect((await run()).drift).toBeUndefined();
  here.write(
    'ingestion-config.yaml',
    job(records(3, { name: 'Ada', 'nick|name': 'A', town: 'Rome', '2026-11-21': 5 })),
  );
  const again = await here.run(['run', 'job', '--json', '--run-id', 'r2'], { env });
  expect(again.json().results[0].drift).toEqual({ added: ['town'], missing: ['city'] });
  expect(again.runner.summary).toContain('| job | town | city |');
  expect((await here.run(['report', '--run-id', 'r2'], { env })).runner.summary).toContain('| job | town | city |');
  expect((await here.run(['report', '--run-id', 'r2'])).stdout).toContain(
    'job: the source has new fields: town; the source does not send any more: city',
  );
  const third = await here.run(['run', 'job', '--json', '--run-id', 'r3'], { env });
  expect(third.json().results[0].drift).toBeUndefined();
});

it('a column that is read is no new field, whenever its first value comes', async () => {
  const job = (prints: readonly unknown[]) =>
    configOf({ job: { prints, columns: { id: 'integer', nick: 'text' }, primary_key: ['id'] } });
  const here = await project({ 'ingestion-config.yaml': job(records(120, { city: 'Rome' })) });
  const run = async () => (await here.run(['run', 'job', '--json'])).json().results[0];
  expect((await run()).drift).toBeUndefined();
  here.write('ingestion-config.yaml', job(records(3, { city: 'Rome', nick: 'A', town: 'Rome' })));
  expect((await run()).drift).toEqual({ added: ['town'], missing: [] });
});
