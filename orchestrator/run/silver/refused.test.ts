/** A warehouse that refuses values although their rows fit: the others are loaded, and nothing stays behind for ever. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { columnOf, type Stream, stream, TidemillError } from '@tidemill/kit';
import fc from 'fast-check';
import { assert, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { memoryWarehouse } from '../../../test/contracts/warehouse-memory.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import type { StagedRow, Warehouse } from '../../warehouse/contract.ts';
import { openDuckDb } from '../../warehouse/duckdb/driver.ts';
import { refusedIn, type Span } from './halving.ts';
import { type LoadReport, loadPackages } from './load.ts';
import type { SourceRecord } from './record.ts';

const words = stream({
  name: 'words',
  description: '',
  source: z.object({ word: z.string() }),
  row: z.object({ word: columnOf.text() }),
  key: ['word'],
  write: 'upsert',
  method: 'api_json',
  // biome-ignore lint/correctness/useYield: only the way from bronze to silver is asked for here.
  async *extract() {
    throw new Error('not read here');
  },
  toRow: (record) => record,
}) as unknown as Stream;

const WORDS = { schema: 'example', name: 'words' };

/** Refuses a package that holds such a row; counts how often it is asked. */
function picky(isRefused: (row: StagedRow) => boolean) {
  const sound = memoryWarehouse();
  const asked = { times: 0 };
  const warehouse: Warehouse = {
    ...sound,
    async apply(load) {
      asked.times += 1;
      const [{ id, rows } = assert.fail()] = load.packages;
      const batches = await Array.fromAsync(rows);
      const isWhole = !batches.some((batch) => batch.rows.some(isRefused));
      if (!isWhole) throw new TidemillError('bug', 'warehouse-value', 'refused');
      const taken = (async function* () {
        yield* batches;
      })();
      return sound.apply({ ...load, packages: [{ id, rows: taken }] });
    },
  };
  return { warehouse, asked, read: () => sound.read(WORDS, 'word') };
}

interface Loaded {
  readonly report: LoadReport;
  /** Places and codes of what lies in quarantine. */
  readonly rejects: readonly (readonly [line: number, code: string])[];
}

async function loadWords(warehouse: Warehouse, all: readonly string[]): Promise<Loaded> {
  const bucket = openLocalBucket(await mkdtemp(join(tmpdir(), 'tidemill-refused-')));
  async function* records(): AsyncIterable<readonly SourceRecord[]> {
    for (let from = 0; from < all.length; from += 7)
      yield all.slice(from, from + 7).map((word, index) => ({
        text: word === '' ? 'no JSON' : JSON.stringify({ word }),
        object: 'bronze/part',
        line: from + index + 1,
        url: '',
      }));
  }
  const [report = assert.fail()] = await loadPackages({
    bucket,
    warehouse,
    service: WORDS.schema,
    stream: words,
    scope: 'changes',
    job: 'job',
    target: 'main',
    packages: [{ id: 'package', name: 'package', records: all.length, read: records }],
    deletes: { maxRatio: 0.5, maxRows: 20, isAccepted: false },
    now: new Date('2026-11-21T06:00:00Z'),
    onRows: () => undefined,
    confirm: async () => undefined,
  });
  if (report.quarantine === undefined) return { report, rejects: [] };
  const chunks = await Array.fromAsync((await bucket.read(report.quarantine))?.body ?? []);
  const lines = gunzipSync(Buffer.concat(chunks)).toString().trimEnd().split('\n');
  return { report, rejects: lines.map((line) => JSON.parse(line)).map(({ bronze_line, code }) => [bronze_line, code]) };
}

const isBad = ({ values: [word] }: StagedRow): boolean => word?.startsWith('bad') === true;

describe('a warehouse that refuses values', () => {
  it('gets all the others, each once, and the refused ones lie in quarantine', async () => {
    const word = fc.constantFrom('good', 'bad', '');
    const property = fc.asyncProperty(fc.array(word, { maxLength: 40 }), async (kinds) => {
      const all = kinds.map((kind, index) => (kind === '' ? '' : `${kind} ${index}`));
      const { warehouse, read } = picky(isBad);
      const { report, rejects } = await loadWords(warehouse, all);
      const expected = all.flatMap((one, index): [number, string][] => {
        if (one === '') return [[index + 1, 'not-json']];
        return one.startsWith('bad') ? [[index + 1, 'warehouse-refused']] : [];
      });
      expect(rejects).toEqual(expected);
      const good = all.filter((one) => one.startsWith('good'));
      expect((await read())?.flat()).toEqual(good);
      expect(report).toMatchObject({
        records: all.length,
        rejected: expected.length,
        counts: { inserted: good.length },
      });
      expect((await loadWords(warehouse, all)).report.alreadyLoaded).toBe(true);
    });
    await fc.assert(property, { seed: 20261129, numRuns: 50 });
  });

  it('is not asked for ever: where too much is refused, what lies beside it is rejected, too', async () => {
    const all = Array.from({ length: 2_000 }, (_, index) => `${index % 10 === 0 ? 'bad' : 'good'} ${index}`);
    const { warehouse, asked, read } = picky(isBad);
    const { report, rejects } = await loadWords(warehouse, all);
    expect(asked.times).toBeLessThan(70);
    expect(rejects.length + report.counts.inserted).toBe(2_000);
    expect((await read())?.length).toBe(report.counts.inserted);
    expect(await loadWords(warehouse, all)).toMatchObject({ report: { alreadyLoaded: true } });
  });

  it('and takes not even a package without rows, has no row to blame', async () => {
    const failing: Warehouse = {
      ...memoryWarehouse(),
      apply: async () => {
        throw new TidemillError('bug', 'warehouse-value', 'refused');
      },
    };
    await expect(loadWords(failing, ['a', 'b'])).rejects.toMatchObject({ code: 'warehouse-value' });
  });

  it('is DuckDB, asked for numbers: three of a thousand words are none', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'tidemill-refused-')), 'warehouse.duckdb');
    const sound = openDuckDb({ file, clock: fakeClock() });
    onTestFinished(() => sound.close());
    const columns = [{ name: 'word', type: 'integer' as const, nullable: false, description: '' }];
    const warehouse: Warehouse = {
      ...sound,
      apply: (load) => sound.apply({ ...load, table: { ...load.table, columns } }),
    };
    const all = Array.from({ length: 1_000 }, (_, index) => (index % 400 === 77 ? `secret ${index}` : String(index)));
    const { report, rejects } = await loadWords(warehouse, all);
    expect(rejects).toEqual([78, 478, 878].map((line) => [line, 'warehouse-refused']));
    expect(report).toMatchObject({
      rejected: 3,
      reasons: [{ reason: 'warehouse-refused', records: 3 }],
      counts: { inserted: 997 },
    });
    expect((await sound.query('SELECT count(*), sum(word) FROM example.words')).rows).toEqual([['997', '498069']]);
  });
});

describe('halving', () => {
  it('finds each that is refused, with at most forty questions for one of a million', async () => {
    const million = fc.integer({ min: 0, max: 999_999 });
    await fc.assert(
      fc.asyncProperty(million, async (bad) => {
        let questions = 0;
        const isAccepted = async ({ first, end }: Span): Promise<boolean> => {
          questions += 1;
          return bad < first || bad >= end;
        };
        expect(await refusedIn({ first: 0, end: 1_000_000 }, isAccepted)).toEqual([{ first: bad, end: bad + 1 }]);
        expect(questions).toBeLessThanOrEqual(40);
      }),
      { seed: 20261129 },
    );
  });

  it('blames nobody when each half is accepted by itself', async () => {
    expect(await refusedIn({ first: 0, end: 100 }, async ({ first, end }) => end - first < 100)).toEqual([]);
  });
});
