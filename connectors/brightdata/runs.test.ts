/** What runs leave in the bucket, the state and the warehouse. */
import { expect, it } from 'vitest';
import type { StreamTrial, Subject } from '../../test/contracts/connector-trial.ts';
import { onTrial } from '../../test/contracts/connector-trial.ts';
import { type BrightDataFake, startBrightData } from '../../test/fakes/brightdata.ts';
import { failed, PAGE, post } from '../../test/fakes/brightdata-samples.ts';
import { streamOf } from '../../test/fakes/read-service.ts';
import connector from './index.ts';

const OTHER = 'https://www.facebook.com/emca';
const nothing = { contents: {}, rows: 0 };

function onJob(
  options: object,
  check: Parameters<typeof onTrial>[1],
  opened: (fake: BrightDataFake) => void = () => {},
) {
  const trial: StreamTrial<unknown> = { options: { ...options }, first: nothing, later: nothing, malformed: nothing };
  const subject: Subject = {
    module: new URL('./index.ts', import.meta.url),
    ...{ connector, stream: streamOf(connector, 'facebook_posts'), trial },
    open: async () => {
      const fake = await startBrightData();
      opened(fake);
      return fake;
    },
  };
  return onTrial(subject, check);
}

const targets = [
  { url: PAGE, competitor: 'Acme', brand: 'Cola' },
  { url: OTHER, competitor: 'Emca' },
];

it('a run leaves each snapshot in the bucket twice, counts, and rows that say whose posts they are', async () => {
  await onJob({ targets }, async (trial) => {
    await trial.publish({ posts: [post(1), post(2)], fate: { errors: [failed()] } });
    const { totals } = await trial.runs();
    expect(totals).toMatchObject({ records: 4, rejected: 0, packages: 2 });
    const { crawls = [] } = await trial.state();
    const files = [1, 2].map((number) => `raw_snapshots/2026/11/21/snapshot_s_fake000000000${number}.json`);
    expect(crawls).toMatchObject(
      files.map((file) => ({
        status: 'done',
        files: [file],
        counts: { post_count: 2, media_count: 2, error_count: 1 },
      })),
    );
    const objects = await trial.objects();
    for (const file of files) {
      const name = file.replace(/.*\//, '/artifacts/');
      const kept = [...objects].find(([key]) => key.startsWith('bronze/') && key.endsWith(name));
      expect(objects.get(file)).toBe(kept?.[1]);
      expect(JSON.parse(objects.get(file) ?? '')).toEqual([post(1), post(2), failed()]);
    }
    // Both pages have posted the same: the last crawl has it.
    const { rows } = await trial.query('SELECT post_id, competitor, brand FROM brightdata.facebook_posts ORDER BY 1');
    expect(rows).toEqual([1, 2].map((number) => [post(number)['post_id'], 'Emca', null]));
    const told = await trial.query('SELECT snapshot_id, competitor, status FROM brightdata.crawl_metadata ORDER BY 1');
    expect(told.rows).toEqual([
      ['s_fake0000000001', 'Acme', 'done'],
      ['s_fake0000000002', 'Emca', 'done'],
    ]);
  });
});

it('a run whose first trigger was answered to nobody finds that crawl, and pays for no other', async () => {
  let fake: BrightDataFake | undefined;
  const opened = (one: BrightDataFake): void => {
    fake = one;
  };
  await onJob(
    { url: PAGE, competitor: 'Acme' },
    async (trial) => {
      await trial.publish({ posts: [post(1)], fate: { losesAnswer: true, listedAfterSeconds: 60 } });
      await trial.runs();
      expect(fake?.crawls).toHaveLength(1);
      expect(await trial.count()).toBe(1);
    },
    opened,
  );
});

it.each([
  ['expired', { refused: 'expired' }],
  ['failed', { statuses: ['starting', 'failed'], message: 'Blocked' }],
] as const)('a crawl that has %s is paid for, and is not asked for again in the same slot', async (_, fate) => {
  await onJob({ url: PAGE }, async (trial) => {
    await trial.publish({ posts: [post(1)], fate });
    const { gates } = await trial.run();
    expect(gates).not.toEqual([]);
    expect((await trial.state()).crawls).toMatchObject([{ status: 'failed' }]);
    expect(trial.begun).toBe(1);
  });
});

it('a crawl of nothing is done, and makes no package', async () => {
  await onJob({ url: PAGE }, async (trial) => {
    await trial.publish({ posts: [], fate: { refused: 'empty' } });
    expect((await trial.runs()).totals.packages).toBe(0);
    const counts = { post_count: 0, media_count: 0, error_count: 0 };
    expect((await trial.state()).crawls).toMatchObject([{ status: 'done', counts, files: [] }]);
  });
});
