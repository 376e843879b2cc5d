/** What gc finds in the folders of tables, and what it leaves there. */
import { utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { keysIn } from '../contracts/lake-bucket.ts';
import { configOf, type Project, project } from './project.ts';

const BUCKET = '.tidemill/local/bucket';
const FOLDER = 'silver/example/plays';
const UUID = '00000000-0000-4000-8000-000000000000';

const gc = async (here: Project, ...args: string[]) => {
  const run = await here.run(['gc', ...args, '--json']);
  return { exit: run.exit, ...run.json() };
};

/** A project with a loaded table, and a file that a dead run has left beside its own. */
async function loaded() {
  const job = { columns: { id: 'integer' }, primary_key: ['id'], prints: [{ id: 1 }] };
  const config = { ...JSON.parse(configOf({ plays: job })), environments: { local: { warehouse: 'lake' } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  expect((await here.run(['run', 'plays'])).exit).toBe(0);
  const bucket = openLocalBucket(here.path(BUCKET));
  const before = await keysIn(bucket, FOLDER);
  const left = [`data/dead-${UUID}.parquet`, 'data/mine.txt'];
  for (const key of left) here.write(`${BUCKET}/${FOLDER}/${key}`, 'left');
  const old = new Date('2020-01-01T00:00:00Z');
  for (const key of [...before, ...left]) utimesSync(here.path(BUCKET, FOLDER, key), old, old);
  return { here, bucket, before };
}

describe('gc in an environment whose tables lie in its bucket', () => {
  it('lists what no table needs, and removes it when it is told to', async () => {
    const { here, bucket, before } = await loaded();
    const left = { orphans: [{ name: FOLDER, objects: 1, bytes: 4 }], kept: [{ why: 'nobody here gives such names' }] };
    expect(await gc(here)).toMatchObject({ exit: 0, removed: false, ...left });
    expect((await here.run(['gc'])).stdout).toMatch(
      /silver\/example\/plays +1 +4 B +2020-01-01(.|\n)*kept, silver\/example\/plays: nobody here gives such names \(1 leftover, 1 object, 4 B\)/,
    );
    expect(await keysIn(bucket, FOLDER)).toHaveLength(before.length + 2);
    expect(await gc(here, '--yes')).toMatchObject({ exit: 0, removed: true, ...left });
    expect(await keysIn(bucket, FOLDER)).toEqual([...before, 'data/mine.txt'].sort());
    expect(await gc(here)).toMatchObject({ orphans: [] });
  });
});
