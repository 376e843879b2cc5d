import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configOf, type Project, project } from './project.ts';

const job = (...ids: number[]) => ({ columns: { id: 'bigint' }, prints: ids.map((id) => ({ id })) });
const rerun = async (here: Project, name: string) => (await here.run(['run', name, '--json'])).json().results[0];

it('a warehouse that was lost is told of once, and by status until a replay has filled it', async () => {
  const here = await project({ 'ingestion-config.yaml': configOf({ log: job(1) }) });
  expect((await rerun(here, 'log')).notices).toEqual([]);
  rmSync(here.path('.tidemill/local/warehouse.duckdb'));
  const again = await rerun(here, 'log');
  expect(again.notices).toEqual([
    'the warehouse main has nothing of what log has loaded before: if it was lost or moved, `npx tidemill replay log` loads that',
  ]);
  expect((await rerun(here, 'log')).notices).toEqual([]);
  expect((await here.run(['status', 'log'])).stdout).toContain(
    'main lacks what came before it: `npx tidemill replay log',
  );
  const replayed = await here.run(['replay', 'log', '--reason', 'lost', '--json']);
  expect(replayed.json().results[0]).toMatchObject({ result: 'done', totals: { inserted: 3 } });
  expect((await here.run(['status', 'log'])).stdout).not.toContain('lacks');
});

it('is no matter for a job that says everything, or that was renamed', async () => {
  const everything = { ...job(1, 2), primary_key: ['id'], scope: 'everything' };
  const here = await project({ 'ingestion-config.yaml': configOf({ all: everything, old: job(1) }) });
  await rerun(here, 'all');
  await rerun(here, 'old');
  const renamed = { ...job(2), data_type: 'old', previous_ids: ['old'] };
  here.write('ingestion-config.yaml', configOf({ all: everything, new: renamed }));
  expect((await rerun(here, 'new')).notices.filter((notice: string) => notice.includes('has nothing'))).toEqual([]);
  rmSync(here.path('.tidemill/local/warehouse.duckdb'));
  expect((await rerun(here, 'all')).notices).toEqual([]);
});
