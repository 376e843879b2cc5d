/** Files that a connector keeps, and parses whenever their package is loaded. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { chainOf } from '../../orchestrator/run/bronze/chain.ts';
import { readState } from '../../orchestrator/state/store.ts';
import { waiting } from '../../orchestrator/state/targets.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import { code } from '../fixtures/connectors/filed.ts';
import { type Run, runOnce } from './world.ts';

const FILED = new URL('../fixtures/connectors/filed.ts', import.meta.url).href;

let cwd: string;
let bucket: Bucket;
let warehouse: Tested;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tidemill-artifacts-'));
  bucket = openLocalBucket(join(cwd, 'bucket'));
  warehouse = memoryWarehouse();
  await writeFile(join(cwd, 'list.csv'), 'sku;price\ncsv-1;2.25\ncsv-2;3,55\n');
  await writeFile(join(cwd, 'page.html'), '<ul><li id="html-1">4.05</li><li id="json-1">1.15</li></ul>');
  await writeFile(join(cwd, 'logo.png'), Buffer.alloc(300_000, 7));
});

const run = (parser: typeof code.parser, more: Partial<Omit<Run, 'job'>> & { readonly of?: string } = {}) => {
  code.parser = parser;
  const { of = 'offers', ...rest } = more;
  const job = { id: of, service: 'filed', data_type: of, max_reject_ratio: 0.5 };
  return runOnce({
    job,
    bucket,
    warehouse,
    cwd,
    now: '2026-11-21T06:30:00Z',
    connector: FILED,
    ...rest,
  });
};

const rowsOf = async (name = 'offers'): Promise<unknown[] | undefined> => {
  const found = await warehouse.read(
    { schema: 'filed', name },
    'sku',
    'price',
    'bronze_object_path',
    'bronze_line',
    'source_url',
  );
  // The name of the file alone; the package's is another one each time.
  return found?.map(([sku, price, path, ...place]) => [sku, price, path?.split('/').at(-1), ...place].join(' ')).sort();
};

const URL_OF = 'https://shop.example/offers';
const SOUND = [
  `csv-1 2.25 list.csv 1 ${URL_OF}/list.csv`,
  `html-1 4.05 page.html 1 ${URL_OF}/page.html`,
  `json-1 1.15 page.html 2 ${URL_OF}/page.html`,
];
const MENDED = [SOUND[0], `csv-2 3.55 list.csv 2 ${URL_OF}/list.csv`, ...SOUND.slice(1)];

/** The manifest of the newest package. */
async function newest(job = 'offers') {
  const { state } = await readState(bucket, job);
  const [link] = await Array.fromAsync(chainOf(bucket, state.head));
  if (link === undefined || 'missing' in link) throw new Error('nothing was committed');
  return { ...link.manifest, waits: waiting(state).length };
}

describe('artifacts that a stream parses', () => {
  it('are loaded like records, each row with its file and its number in it; the ledger counts them', async () => {
    const { result, totals } = await run('first');
    expect([result, totals]).toMatchObject(['done', { records: 5, rejected: 1, rows: 4, inserted: 3, duplicates: 1 }]);
    expect(await rowsOf()).toEqual(SOUND);
    expect(await newest()).toMatchObject({ records: 1, artifacts: { length: 3 }, waits: 0 });
  });

  it('are numbered through, however many records there are in one', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `many-${index + 1};2.25`);
    await writeFile(join(cwd, 'list.csv'), `sku;price\n${lines.join('\n')}\n`);
    expect((await run('first')).totals).toMatchObject({ records: 5_003, rows: 5_003 });
    expect(await rowsOf()).toContain(`many-5000 2.25 list.csv 5000 ${URL_OF}/list.csv`);
  });

  it('that do not fit lie in quarantine with their place', async () => {
    const { quarantine, rejects } = await run('first');
    expect(rejects).toEqual(['price: expected regex (1×)']);
    const chunks = await Array.fromAsync((await bucket.read(quarantine[0] ?? ''))?.body ?? []);
    expect(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString())).toMatchObject({
      bronze_object_path: expect.stringMatching(/\/artifacts\/list\.csv$/),
      bronze_line: 2,
      source_url: `${URL_OF}/list.csv`,
      record_text: '{"sku":"csv-2","price":"3,55"}',
    });
  });

  it('are parsed again by better code, without asking the source; of an append table in the place of their rows', async () => {
    for (const of of ['offers', 'log']) await run('first', { of });
    expect(await rowsOf('log')).toHaveLength(4);
    const later = { mode: 'replay', now: '2026-11-22T06:30:00Z' } as const;
    for (const of of ['offers', 'log']) {
      expect(await run('mended', { of, ...later })).toMatchObject({
        result: 'done',
        totals: { records: 5, rejected: 0 },
      });
    }
    expect(await rowsOf()).toEqual(MENDED);
    expect(await rowsOf('log')).toHaveLength(5);
    expect((await readFile(join(cwd, 'reads'), 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  it('load nothing when one cannot be parsed, and wait for a parser that can', async () => {
    const { failure } = await run('broken');
    const message = expect.stringMatching(/page\.html cannot be parsed: RangeError after 2 records$/);
    expect(failure).toMatchObject({ kind: 'source-changed', code: 'artifact-unparsable', message });
    expect([await rowsOf(), (await newest()).waits]).toEqual([undefined, 1]);
    expect((await run('mended', { now: '2026-11-21T07:30:00Z' })).result).toBe('done');
    expect([await rowsOf(), (await newest()).waits]).toEqual([MENDED, 0]);
  });

  it.each([
    ['first', 'list.csv'],
    ['hasty', 'list.csv'],
    ['first', 'logo.png'],
    ['lost', 'list.csv'],
  ] as const)(
    'are damaged when their bytes are other ones, whatever the parser %s reads of %s',
    async (parser, name) => {
      await writeFile(join(cwd, 'list.csv'), `sku;price\n${'c'.repeat(300_000)};2.25\n`);
      await run('first');
      const { artifacts } = await newest();
      const [path = ''] = artifacts.map(({ key }) => join(cwd, 'bucket', key)).filter((key) => key.endsWith(name));
      await appendFile(path, ' ');
      warehouse = memoryWarehouse();
      const message = expect.stringContaining(name);
      const { failure } = await run(parser, { mode: 'replay' });
      expect(failure).toMatchObject({ kind: 'config', code: 'bronze-damaged', message });
      await rm(path);
      expect((await run(parser, { mode: 'replay' })).failure).toMatchObject({ code: 'bronze-missing', message });
      expect(await rowsOf()).toBeUndefined();
    },
  );
});
