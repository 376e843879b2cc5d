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
import { type LoadReport, loadPackages } from './load.ts';
import type { SourceRecord } from './record.ts';

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
        beforeCommit: (packages) =>
          load.beforeCommit(
            packages.map(({ id, counts }) => ({ id, counts: { ...counts, inserted: counts.inserted + by } })),
          ),
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
  options: { warehouse?: Warehouse; records?: number; others?: readonly string[] } = {},
): Promise<LoadReport> {
  async function* records(): AsyncIterable<readonly SourceRecord[]> {
    yield lines.map((text, index) => ({ text, object: 'bronze/part', line: index + 1, url: 'https://example.org/' }));
  }
  const [report] = await loadPackages({
    bucket,
    warehouse: options.warehouse ?? memoryWarehouse(),
    service: 'example',
    stream: things,
    scope: 'changes',
    job: 'job',
    target: 'main',
    packages: [
      {
        ...{ id: 'package', name: 'package', records: options.records ?? lines.length },
        ...{ read: records, others: options.others },
      },
    ],
    deletes: { maxRatio: 0.5, maxRows: 20, isAccepted: false },
    now: new Date('2026-11-21T06:00:00Z'),
    onRows: () => undefined,
    confirm: async () => undefined,
  });
  return report as LoadReport;
}

const inQuarantine = async (): Promise<string[]> =>
  (await Array.fromAsync(bucket.list('quarantine/'))).map(({ key }) => key);

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
    expect(report).toMatchObject({ rejected: 3, quarantine: 'quarantine/example/things/package~main.ndjson.gz' });
    const reasons = [
      'id: expected number',
      'not-json: expected one JSON value; it stops at character 1',
      'tags: expected array',
    ];
    expect(report.reasons).toEqual(reasons.map((reason) => ({ reason, records: 1 })));
    expect(JSON.stringify(report)).not.toContain('diary');
  });

  it('rejects what is not UTF-8, with its bytes in base64, and loads the rest', async () => {
    const latin1 = Buffer.from('{"id":2,"tags":["é"]}', 'latin1');
    const { rejected, reasons, quarantine, counts } = await load(['{"id":1,"tags":["é"]}', latin1]);
    expect([rejected, reasons, counts.inserted]).toEqual([1, [{ reason: 'not-utf8', records: 1 }], 1]);
    const chunks = await Array.fromAsync((await bucket.read(quarantine ?? ''))?.body ?? []);
    const [line = ''] = gunzipSync(Buffer.concat(chunks)).toString().trimEnd().split('\n');
    expect(JSON.parse(line)).toMatchObject({ code: 'not-utf8', record_base64: latin1.toString('base64') });
    expect(JSON.parse(line)).not.toHaveProperty('record_text');
  });

  it('loads what fits, however much does not', async () => {
    const warehouse = memoryWarehouse();
    await expect(load(['{"id":1,"tags":["a"]}', 'x', 'y', 'z'], { warehouse })).resolves.toMatchObject({ rejected: 3 });
    expect(await warehouse.read(THINGS, 'id')).toEqual([['1']]);
  });

  it('tells the rejects of a load whose process died before it could', async () => {
    const warehouse = memoryWarehouse();
    const lines = ['{"id":1,"tags":["a"]}', '{"id":"my diary","tags":[]}', 'x'];
    const first = await load(lines, { warehouse });
    expect(first).toMatchObject({ alreadyLoaded: false, rejected: 2 });
    expect(await load(lines, { warehouse })).toEqual({ ...first, alreadyLoaded: true, fields: expect.anything() });
  });

  it('takes the place of the rejects of an earlier load, but not of what another warehouse lacks', async () => {
    const [lines, elsewhere] = [['{"id":1,"tags":["a"]}', 'x'], 'quarantine/example/things/package~archive.ndjson.gz'];
    const older = ['quarantine/example/things/package.ndjson.gz', 'quarantine/example/things/package~run-1.ndjson.gz'];
    const longer = 'quarantine/example/things/package.1~main.ndjson.gz';
    for (const key of [...older, elsewhere, longer]) await bucket.write(key, Buffer.from(''), { contentType: '' });
    await load(lines);
    expect(await inQuarantine()).toHaveLength(5);
    await load(lines, { others: ['archive'] });
    expect(await inQuarantine()).toEqual([longer, elsewhere, 'quarantine/example/things/package~main.ndjson.gz']);
    await load(lines.slice(0, 1), { others: ['archive'] });
    expect(await inQuarantine()).toEqual([longer, elsewhere]);
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
