import { expect, it } from 'vitest';
import { jobOf } from '../../../test/fixtures/job.ts';
import type { Crawl } from '../../state/crawl.ts';
import type { Work } from '../work.ts';
import { crawlSaid } from './words.ts';

const AT = '2026-11-21T05:00:00.000Z';

const work = {
  order: { job: jobOf({ id: 'pages', service: 'crawled', data_type: 'pages' }) },
  world: {
    ...{ environment: 'prd', bucket: { url: 'gs://raw' }, audienceOf: () => ({ wants: () => true }) },
    clock: { now: () => new Date('2026-11-21T06:00:00Z') },
  },
} as unknown as Work;

const crawl = (files: string[]): Crawl => ({
  ...{ id: 'pages.1.a', target: 'a', slot: 'manual-1', input: {}, facts: {}, status: 'done', polls: 1, ticket: 't1' },
  ...{ interval: { start: AT, end: AT }, intent_at: AT, files },
});

it.each([
  [[], null],
  [['raw/t1.json'], 'gs://raw/raw/t1.json'],
  [['raw/t1.part-1.json', 'raw/t1.part-2.json'], 'gs://raw/raw/t1.part-1.json'],
])('whoever hears of a crawl learns where all of it lies: %j', (files, first) => {
  const [said] = crawlSaid(work, crawl(files));
  expect(said?.data).toMatchObject({ gcs_path: first, gcs_paths: files.map((key) => `gs://raw/${key}`) });
});
