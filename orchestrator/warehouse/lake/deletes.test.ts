/** Rows that are deleted by position: what small tables never come to, for their files are written anew. */
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { keysIn, lakeBucket, lakeIn, strangersIn } from '../../../test/contracts/lake-bucket.ts';
import { runCheck } from '../../../test/contracts/warehouse.ts';
import { onceChecks } from '../../../test/contracts/warehouse-once.ts';
import { agreesWithOracle } from '../../../test/contracts/warehouse-oracle.ts';
import { batches, load, names, people, stagedRows } from '../../../test/contracts/warehouse-samples.ts';
import { tableChecks } from '../../../test/contracts/warehouse-tables.ts';
import { writeChecks } from '../../../test/contracts/warehouse-writes.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { readText } from '../../storage/text.ts';

/** As with a table of many gigabytes: files are marked and not written anew, and joined in many slices. */
const LARGE = { limits: { smallBytes: 0, mostSmall: 1_000, worn: 1 }, slices: { keys: 3, rows: 2 } };

describe('a lake whose files are all large', () => {
  const checks = [...writeChecks, ...tableChecks, ...onceChecks].filter(
    ({ promise }) => !/a hundred thousand|check\(\)|query/.test(promise),
  );
  it.each(checks)('$promise', (check) => runCheck(check, async () => lakeIn(await lakeBucket(), fakeClock(), LARGE)));

  it('leaves what the oracle says', () =>
    runCheck({ promise: '', run: agreesWithOracle }, async () => lakeIn(await lakeBucket(), fakeClock(), LARGE)));

  // What a process has written it need not fetch: here each load and each look is another one.
  it.each(writeChecks.filter(({ promise }) => !promise.startsWith('a hundred thousand')))(
    'of which every part is fetched by itself: $promise',
    (check) => runCheck(check, async () => strangersIn(await lakeBucket(), { ...LARGE, wholeBytes: 0 })),
  );

  it('has one file of deletes for each of rows, at most', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket, fakeClock(), LARGE);
    const crowd = Array.from({ length: 40 }, (_, id) => ({ id: String(id), name: 'first', town: null }));
    await lake.apply(load('p1', people, crowd));
    for (const turn of [2, 3, 4]) {
      const some = crowd.filter((_, index) => index % turn === 0).map((one) => ({ ...one, name: `turn ${turn}` }));
      await lake.apply(load(`p${turn}`, people, some));
    }
    const version = await readText(bucket, 'silver/contract/people/metadata/v4.metadata.json');
    const { snapshots } = JSON.parse(version?.text ?? '') as { snapshots: { summary: Record<string, string> }[] };
    const { summary } = snapshots.at(-1) ?? assert.fail();
    expect(summary).toMatchObject({ 'total-data-files': '4', 'total-delete-files': '3' });
    expect(Number(summary['total-records']) - Number(summary['total-position-deletes'])).toBe(40);
    expect(summary['operation']).toBe('overwrite');
    expect(await lake.tables()).toMatchObject([{ rows: 40 }]);
  });
});

it('writes positions in their order, of however many deletes', async () => {
  const bucket = await lakeBucket();
  await using lake = lakeIn(bucket, fakeClock(), { limits: LARGE.limits });
  const count = 300_000;
  const crowd = Array.from({ length: count }, (_, id) => ({ id: String((id * 7_919) % count), name: 'x', town: null }));
  const all = (packageId: string, rows: typeof crowd) => ({
    rows: batches(stagedRows(packageId, people, rows), 5_000),
  });
  await lake.apply(load('p1', people, [], all('p1', crowd)));
  await lake.apply(load('p2', people, [], { scope: 'everything', ...all('p2', crowd.slice(0, 100)) }));
  expect((await names(lake)).length).toBe(100);
  const [deletes = ''] = (await keysIn(bucket, 'silver/contract/people/data')).filter((key) => key.includes('deletes'));
  const file = `'${bucket.root}/silver/contract/people/data/${deletes}'`;
  const ordered = `SELECT pos - lag(pos) OVER (ORDER BY file_row_number) AS step FROM read_parquet(${file}, file_row_number = true)`;
  const { rows } = await lake.query(`SELECT count(*), count(*) FILTER (step <= 0) FROM (${ordered})`);
  expect(rows).toEqual([[String(count - 100), '0']]);
});
