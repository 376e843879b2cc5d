import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { columnOf, type Stream, stream } from '@tidemill/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { memoryWarehouse } from '../../../test/contracts/warehouse-memory.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import type { Line } from '../../storage/ndjson.ts';
import type { Warehouse } from '../../warehouse/contract.ts';
import { type LoadReport, loadPackage, type SourceRecord } from './load.ts';

const things = stream({
  name: 'things',
  description: '',
  source: z.object({ id: z.int(), tags: z.array(z.string()) }),
  row: z.object({ id: columnOf.bigint(), tag: columnOf.text() }),
  key: ['id', 'tag'],
  write: 'upsert',
  method: 'api_json',
  // biome-ignore lint/correctness/useYield: only the way from bronze to silver is asked for here.
  async *extract() {
    throw new Error('not read here');
  },
  toRow: ({ id, tags }) => tags.map((tag) => ({ id, tag })),
}) as unknown as Stream;

/** Tells one row too few, or one too many, of each package. */
function miscounting(by: number): Warehouse {
  const sound = memoryWarehouse();
  return {
    ...sound,
    apply: (load) =>
      sound.apply({
        ...load,
        beforeCommit: (counts) => load.beforeCommit({ ...counts, inserted: counts.inserted + by }),
      }),
  };
}

const THINGS = { schema: 'example', name: 'things' };

let bucket: Bucket;
beforeEach(async () => {
  bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-silver-')));
});

async function load(
  lines: readonly Line[],
  options: { warehouse?: Warehouse; ratio?: number; records?: number } = {},
): Promise<LoadReport> {
  async function* records(): AsyncIterable<readonly SourceRecord[]> {
    yield lines.map((text, index) => ({ text, object: 'bronze/part', line: index + 1, url: 'https://example.org/' }));
  }
  return loadPackage({
    bucket,
    warehouse: options.warehouse ?? memoryWarehouse(),
    service: 'example',
    stream: things,
    scope: 'changes',
    job: 'job',
    package: { id: 'package', records: options.records ?? lines.length },
    records: records(),
    maxRejectRatio: options.ratio ?? 1,
    deletes: { maxRatio: 0.5, maxRows: 20, isAccepted: false },
    now: new Date('2026-11-21T06:00:00Z'),
    onRows: () => undefined,
    confirm: async () => undefined,
  });
}

describe('loading a package', () => {
  it('makes several rows of one record, or none, each leading back to its line', async () => {
    const warehouse = memoryWarehouse();
    const report = await load(['{"id":1,"tags":["a","b"]}', '{"id":2,"tags":[]}', '{"id":3,"tags":["c"]}'], {
      warehouse,
    });
    expect(report).toMatchObject({ records: 3, rejected: 0, counts: { rows: 3 } });
    expect(await warehouse.read(THINGS, 'id', 'tag', 'bronze_line')).toEqual([
      ['1', 'a', '1'],
      ['1', 'b', '1'],
      ['3', 'c', '3'],
    ]);
  });

  it('rejects what does not fit, whole and with its place, and tells reasons without contents', async () => {
    const lines = ['{"id":1,"tags":["a"]}', '{"id":"my diary","tags":[]}', 'not json', '{"id":4}'];
    const report = await load(lines);
    expect(report).toMatchObject({ rejected: 3, quarantine: 'quarantine/example/things/package.ndjson.gz' });
    expect(report.reasons.toSorted()).toEqual([
      'id: expected number (1×)',
      'not-json (1×)',
      'tags: expected array (1×)',
    ]);
    expect(JSON.stringify(report)).not.toContain('diary');
  });

  it('rejects what is not UTF-8, with its bytes in base64, and loads the rest', async () => {
    const latin1 = Buffer.from('{"id":2,"tags":["é"]}', 'latin1');
    const { rejected, reasons, quarantine, counts } = await load(['{"id":1,"tags":["é"]}', latin1]);
    expect([rejected, reasons, counts.inserted]).toEqual([1, ['not-utf8 (1×)'], 1]);
    const chunks = await Array.fromAsync((await bucket.read(quarantine ?? ''))?.body ?? []);
    const [line = ''] = gunzipSync(Buffer.concat(chunks)).toString().trimEnd().split('\n');
    expect(JSON.parse(line)).toMatchObject({ code: 'not-utf8', record_base64: latin1.toString('base64') });
    expect(JSON.parse(line)).not.toHaveProperty('record_text');
  });

  it('loads nothing when more is rejected than the job allows', async () => {
    const warehouse = memoryWarehouse();
    const lines = ['{"id":1,"tags":["a"]}', 'x'];
    await expect(load(lines, { warehouse, ratio: 0.4 })).rejects.toMatchObject({
      code: 'too-many-rejects',
      kind: 'source-changed',
    });
    expect(await warehouse.read(THINGS, 'id')).toBeUndefined();
    await expect(load(lines, { warehouse, ratio: 0.5 })).resolves.toMatchObject({ rejected: 1 });
  });

  it('refuses, before it commits, a ledger that does not close at either end', async () => {
    for (const warehouse of [miscounting(-1), miscounting(1)]) {
      const loading = load(['{"id":1,"tags":["a"]}'], { warehouse });
      await expect(loading).rejects.toMatchObject({ code: 'ledger-unbalanced', kind: 'bug' });
      expect(await warehouse.loadedJobs()).toEqual(new Set());
    }
    await expect(load(['{"id":1,"tags":["a"]}'], { records: 2 })).rejects.toMatchObject({ code: 'ledger-unbalanced' });
  });
});
