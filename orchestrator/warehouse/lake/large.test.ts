/** What is read of a table that is too large to be read for nothing. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { counted, keysIn, lakeBucket, lakeIn } from '../../../test/contracts/lake-bucket.ts';
import {
  batches,
  column,
  load,
  merges,
  people,
  stagedRows,
  valuesIn,
} from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { Table } from '../contract.ts';

const wide: Table = {
  ...people,
  columns: [column('id', 'integer'), column('name', 'text'), column('town', 'text', true)],
};
const ROWS = 60_000;

describe('a large table', () => {
  const filled = async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    const text = (seed: number) =>
      Array.from({ length: 6 }, (_, part) => ((seed + 1) * (part + 3) * 2_654_435_761).toString(36)).join('');
    const rows = Array.from({ length: ROWS }, (_, id) => ({ id: String(id), name: text(id), town: text(id + ROWS) }));
    await lake.apply(load('p1', wide, [], { rows: batches(stagedRows('p1', wide, rows), 5_000) }));
    const [data = ''] = await keysIn(bucket, 'silver/contract/people/data');
    return { bucket, bytes: (await stat(`${bucket.root}/silver/contract/people/data/${data}`)).size };
  };

  const subject = filled();

  it('is not read whole for a question, nor for a row, nor for its newest value', async () => {
    const { bucket: plain, bytes } = await subject;
    assert(bytes > 3_000_000);
    const { bucket, read } = counted(plain);
    const cost = async (action: (lake: ReturnType<typeof lakeIn>) => Promise<unknown>): Promise<number> => {
      const before = read.bytes;
      await using lake = lakeIn(bucket);
      await action(lake);
      return (read.bytes - before) / bytes;
    };
    const all = 'SELECT id, name, town, checksum_sha256, bronze_line FROM contract.people ORDER BY id LIMIT 1';
    expect(await cost((lake) => lake.query(all))).toBeGreaterThan(0.8);
    expect(await cost((lake) => lake.query('SELECT count(*) FROM contract.people'))).toBeLessThan(0.1);
    expect(await cost((lake) => lake.query('SELECT max(id) FROM contract.people WHERE id % 7 = 0'))).toBeLessThan(0.2);
    expect(await cost((lake) => lake.query("SELECT id FROM contract.people WHERE name = 'x'"))).toBeLessThan(0.6);
    expect(await cost((lake) => lake.newest(wide, 'ingested_at'))).toBeLessThan(0.01);
    expect(await cost((lake) => Array.fromAsync(lake.scan(wide, [String(2 * ROWS)])))).toBeLessThan(0.01);
  });

  it.each([
    ['integer', (n: number) => String(n)],
    ['timestamptz', (n: number) => new Date(n * 1_000).toISOString()],
  ] as const)('is read only where the keys of a package lie, of type %s', async (type, keyOf) => {
    const plain = await lakeBucket();
    const keyed: Table = { ...people, columns: [column('id', type), column('name', 'text')], indexes: [] };
    // Three groups of rows.
    const rows = Array.from({ length: 250_000 }, (_, n) => ({ id: keyOf(n), name: `n${n}` }));
    await using first = lakeIn(plain);
    await first.apply(load('p1', keyed, [], { rows: batches(stagedRows('p1', keyed, rows), 5_000) }));
    const { bucket, read } = counted(plain);
    await using lake = lakeIn(bucket, fakeClock(), { limits: { smallBytes: 0, mostSmall: 100, worn: 1 } });
    const [{ bytes = 0 } = {}] = await lake.tables();
    const before = read.bytes;
    const news = [249_999, 249_998, 250_000].map((n) => ({ id: keyOf(n), name: n === 249_998 ? 'other' : `n${n}` }));
    await merges(lake, load('p2', keyed, news), { rows: 3, inserted: 1, updated: 1, unchanged: 1 });
    expect((read.bytes - before) / bytes).toBeLessThan(0.3);
  });

  it.each([
    "name = 'x' OR town IN ('a', 'b')",
    "length(name) > 3 AND town LIKE 'b%' AND id BETWEEN 7 AND 9",
    'name IN (SELECT town FROM contract.people WHERE id < 10)',
    'town IS NULL OR town > name',
    'EXISTS (FROM contract.people other WHERE other.name = people.town)',
  ])('finds the columns of a condition: %s', async (condition) => {
    const { bucket } = await subject;
    await using lake = lakeIn(bucket);
    const { rows } = await lake.query(`SELECT count(*), max(id) FROM contract.people WHERE ${condition}`);
    // What is not fetched cannot be read: a column that was overlooked is an error.
    expect(rows[0]?.[0]).toMatch(/^\d+$/);
  });

  it('answers statements that have no plan all the same', async () => {
    const { bucket } = await filled();
    await using lake = lakeIn(bucket);
    const { rows } = await lake.query('SUMMARIZE contract.people');
    expect(rows.map(([name]) => name)).toContain('town');
    await lake.apply(load('p2', wide, [{ id: '7', name: 'changed', town: null }]));
    expect((await valuesIn(lake, wide, 'id', 'name'))[7]).toEqual(['7', 'changed']);
  });
});
