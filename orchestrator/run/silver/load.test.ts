import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columnOf, type Stream, stream } from '@tidemill/kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import type { MergeCounts, StagedRow, Warehouse } from '../../warehouse/contract.ts';
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

/** A warehouse that keeps rows in memory and counts as it is told to. */
function memoryWarehouse(miscount = 0): Warehouse & { rows: StagedRow[] } {
  const rows: StagedRow[] = [];
  return {
    rows,
    url: 'memory',
    async apply(load) {
      const staged: StagedRow[] = [];
      for await (const batch of load.rows) staged.push(...batch.rows);
      const inserted = staged.length - miscount;
      const counts: MergeCounts = {
        rows: staged.length,
        inserted,
        updated: 0,
        unchanged: 0,
        duplicates: 0,
        deleted: 0,
        deletions: 0,
      };
      await load.beforeCommit(counts);
      rows.push(...staged);
      return { counts, alreadyLoaded: false };
    },
    newest: async () => undefined,
    loadedJobs: async () => new Set(),
    check: async () => undefined,
    close: async () => undefined,
  };
}

let bucket: Bucket;
beforeEach(async () => {
  bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-silver-')));
});

async function load(
  lines: readonly string[],
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
    expect(warehouse.rows.map(({ values, bronzeLine }) => [...values, bronzeLine])).toEqual([
      ['1', 'a', 1],
      ['1', 'b', 1],
      ['3', 'c', 3],
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

  it('loads nothing when more is rejected than the job allows', async () => {
    const warehouse = memoryWarehouse();
    const lines = ['{"id":1,"tags":["a"]}', 'x'];
    await expect(load(lines, { warehouse, ratio: 0.4 })).rejects.toMatchObject({
      code: 'too-many-rejects',
      kind: 'source-changed',
    });
    expect(warehouse.rows).toEqual([]);
    await expect(load(lines, { warehouse, ratio: 0.5 })).resolves.toMatchObject({ rejected: 1 });
  });

  it('refuses, before it commits, a ledger that does not close at either end', async () => {
    for (const warehouse of [memoryWarehouse(1), memoryWarehouse(-1)]) {
      const loading = load(['{"id":1,"tags":["a"]}'], { warehouse });
      await expect(loading).rejects.toMatchObject({ code: 'ledger-unbalanced', kind: 'bug' });
      expect(warehouse.rows).toEqual([]);
    }
    await expect(load(['{"id":1,"tags":["a"]}'], { records: 2 })).rejects.toMatchObject({ code: 'ledger-unbalanced' });
  });
});
