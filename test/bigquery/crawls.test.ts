import { expect, it, onTestFinished } from 'vitest';
import { crawlProject } from '../cli/crawl-project.ts';
import { EMULATOR, newDataset } from './dataset.ts';

it('crawls, their data and the tables that tell of them', async () => {
  const place = await crawlProject();
  onTestFinished(() => place.close());
  const warehouse = await newDataset();
  const config = JSON.parse(place.here.read('ingestion-config.yaml'));
  place.here.write('ingestion-config.yaml', JSON.stringify({ ...config, environments: { local: { warehouse } } }));
  // The emulator removes what has expired by its own clock.
  const start = Date.now();
  const at = (minutes: number): string => new Date(start + minutes * 60_000).toISOString();
  const run = (args: readonly string[], now: string) =>
    place.here.run(args, { now, env: { BIGQUERY_EMULATOR_HOST: EMULATOR } });
  await place.run(['crawl', 'status'], at(0));
  const begun = await run(['crawl', 'trigger', 'pages', '--run-id', 'x1'], at(0));
  expect([begun.exit, begun.stderr]).toEqual([0, '']);
  const fetched = await run(['crawl', 'download', 'pages', '--wait', '0', '--json'], at(0.5));
  expect(fetched.json().results[0].result).toBe('parked');
  // The clock of the service is that of the last command that it was told of.
  await place.run(['crawl', 'status'], at(30));
  const done = await run(['crawl', 'download', 'pages', '--json'], at(30));
  expect(done.json().results[0]).toMatchObject({ result: 'done', totals: { inserted: 4 } });
  const told = async (sql: string): Promise<unknown> => (await run(['query', sql, '--json'], at(31))).json().rows;
  expect(await told('SELECT crawl_id, snapshot_id, status FROM crawled__crawl_metadata ORDER BY 1')).toEqual([
    ['pages.x1.a', 't1', 'done'],
    ['pages.x1.b', 't2', 'done'],
  ]);
  expect(await told('SELECT count(*) FROM crawled__raw_data_crawl_snapshots')).toEqual([['2']]);
});
