import { describe, expect, it } from 'vitest';
import { keysIn, lakeBucket, lakeIn } from '../../../test/contracts/lake-bucket.ts';
import { warehouseContract } from '../../../test/contracts/warehouse.ts';
import { ADA, BOB, column, EVE, load, merges, ofColumns, people } from '../../../test/contracts/warehouse-samples.ts';
import type { Bucket } from '../../storage/contract.ts';
import { readText } from '../../storage/text.ts';
import type { Table } from '../contract.ts';

warehouseContract('the lake', async () => lakeIn(await lakeBucket()));

it('takes more memory for a package that needs it', async () => {
  await using lake = lakeIn(await lakeBucket());
  const long = (id: number) => ({ id: String(id), name: 'x'.repeat(12_000_000), town: String(id) });
  await merges(lake, load('p1', people, [1, 2, 3, 4, 5, 6, 6].map(long)), { rows: 7, inserted: 6, duplicates: 1 });
  const changed = [1, 2, 3].map((id) => ({ ...long(id), town: 'Rome' }));
  await merges(lake, load('p2', people, changed), { rows: 3, updated: 3 });
  const whole = await lake.query('SELECT count(*) FROM contract.people WHERE length(name) = 12000000');
  expect(whole.rows).toEqual([['6']]);
});

it('tells the last instant that there can be, as a source says that something never ends', async () => {
  await using lake = lakeIn(await lakeBucket());
  const ends: Table = { ...people, columns: [column('id', 'integer'), column('at', 'timestamptz')], indexes: [] };
  await lake.apply(load('p1', ends, [{ id: '1', at: '9999-12-31T23:59:59.999999Z' }]));
  expect(await lake.newest(ends, 'at')).toEqual(new Date('9999-12-31T23:59:59.999Z'));
});

it('leaves aside what others have put among the places of its tables', async () => {
  const bucket = await lakeBucket();
  await bucket.write('silver/_tidemill/tables/contract/%zz/%E0%A4', Buffer.from(''), { contentType: 'text/plain' });
  await using lake = lakeIn(bucket);
  await merges(lake, load('p1', people, [ADA]), { rows: 1, inserted: 1 });
  expect(await lake.tables()).toMatchObject([{ name: 'people' }]);
});

it('has tables of a thousand columns', async () => {
  await using lake = lakeIn(await lakeBucket());
  const table = ofColumns(1_000);
  const texts = Object.fromEntries(table.columns.map(({ name }) => [name, `what ${name} holds`]));
  const rows = Array.from({ length: 300 }, (_, id) => ({ ...texts, id: String(id) }));
  await merges(lake, load('p1', table, rows), { rows: 300, inserted: 300 });
  await merges(lake, load('p2', table, [{ ...texts, ...ADA }]), { rows: 1, updated: 1 });
});

it('holds few long rows in memory before it writes them', async () => {
  const bucket = await lakeBucket();
  await using lake = lakeIn(bucket);
  const rows = Array.from({ length: 3 * 2_048 }, (_, id) => ({ id: String(id), name: String(id).repeat(3_000) }));
  await lake.apply(load('p1', people, rows));
  const file = `${bucket.root}/silver/contract/people/data/*.parquet`;
  const { rows: groups } = await lake.query(`SELECT count(DISTINCT row_group_id) > 1 FROM parquet_metadata('${file}')`);
  expect(groups).toEqual([['true']]);
});

it('cuts a query short that is still read when it is closed', async () => {
  const lake = lakeIn(await lakeBucket());
  const portions = await lake.queryInPortions?.('SELECT * FROM range(100000000)');
  const rows = portions?.portions[Symbol.asyncIterator]();
  await rows?.next();
  await lake.close();
  const rest = (async () => {
    while ((await rows?.next())?.done !== true);
  })();
  await expect(rest).rejects.toMatchObject({ code: 'warehouse-closed' });
});

describe('a table of the lake', () => {
  it('lies where readers of Iceberg look for it, and its views in a script', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    await lake.apply(load('p1', people, [ADA, BOB]));
    await lake.apply(load('p2', { ...people, schema: "it's", name: 'crowd' }, [EVE]));
    const keys = await keysIn(bucket, 'silver/contract/people');
    expect(keys.filter((key) => !/^(data|metadata)\/[\w.-]+\.(parquet|avro)$/.test(key))).toEqual([
      'metadata/v1.metadata.json',
      'metadata/version-hint.text',
    ]);
    const script = (await readText(bucket, 'silver/views.sql'))?.text ?? '';
    expect(script).toContain(
      `CREATE OR REPLACE VIEW "contract"."people" AS SELECT * FROM iceberg_scan('${bucket.url}/silver/contract/people');`,
    );
    expect(script).toContain(`CREATE SCHEMA IF NOT EXISTS "it's";`);
    expect((await lake.tables()).map(({ url }) => url)).toEqual([
      `${bucket.url}/silver/contract/people`,
      `${bucket.url}/silver/it's/crowd`,
    ]);
  });

  it('takes one object more for a package that changes nothing', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    await lake.apply(load('p1', people, [ADA, BOB]));
    const before = await keysIn(bucket, 'silver');
    await merges(lake, load('p2', people, [BOB]), { rows: 1, unchanged: 1 });
    const after = await keysIn(bucket, 'silver');
    expect(after.filter((key) => !before.includes(key))).toEqual(['contract/people/metadata/v2.metadata.json']);
  });

  it('is as many files as one can count after many small packages', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    const log: Table = { ...people, write: 'append', key: [] };
    for (let index = 0; index < 20; index += 1)
      await lake.apply(load(`p${index}`, log, [{ ...ADA, id: String(index) }]));
    const version = await readText(bucket, 'silver/contract/people/metadata/v20.metadata.json');
    const { snapshots } = JSON.parse(version?.text ?? '') as { snapshots: { summary: Record<string, string> }[] };
    const files = snapshots.map(({ summary }) => Number(summary['total-data-files']));
    expect(Math.max(...files)).toBeLessThan(8);
    expect(snapshots.at(-1)?.summary['total-records']).toBe('20');
  });

  it('that another engine wrote in another version is refused, with who must act', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    await lake.apply(load('p1', people, [ADA]));
    const key = 'silver/contract/people/metadata/v1.metadata.json';
    const text = (await readText(bucket, key))?.text ?? '';
    await bucket.write(key, Buffer.from(text.replace('"format-version":2', '"format-version":3')), {
      contentType: 'x',
    });
    const refused = { kind: 'config', code: 'lake-format', hint: expect.stringContaining('tidemill replay') };
    await expect(lake.apply(load('p2', people, [BOB]))).rejects.toMatchObject(refused);
    await expect(lake.query('SELECT * FROM contract.people')).rejects.toMatchObject(refused);
  });

  it('keeps no other table from being made and loaded', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    await lake.apply(load('p1', people, [ADA]));
    const key = 'silver/contract/people/metadata/v1.metadata.json';
    await bucket.write(key, Buffer.from('{'), { contentType: 'x' });
    const places: Table = { ...people, name: 'places' };
    await merges(lake, load('p2', places, [BOB]), { rows: 1, inserted: 1 });
    const script = (await readText(bucket, 'silver/views.sql'))?.text;
    expect(script?.match(/(?<=VIEW ).*(?= AS)/g)).toEqual(['"contract"."people"', '"contract"."places"']);
  });

  it('that is made looks for each of the others once, however many are made after it', async () => {
    const bucket = await lakeBucket();
    const read: string[] = [];
    const counted: Bucket = {
      ...bucket,
      read: (key, ...rest) => {
        read.push(key);
        return bucket.read(key, ...rest);
      },
    };
    await using lake = lakeIn(counted);
    for (let n = 0; n < 8; n += 1) await lake.apply(load('p1', { ...people, name: `crowd_${n}` }, [ADA]));
    const script = (await readText(bucket, 'silver/views.sql'))?.text;
    expect(script?.match(/VIEW "contract"."crowd_\d"/g)).toHaveLength(8);
    const [first, last] = [0, 7].map((n) => read.filter((key) => key.startsWith(`silver/contract/crowd_${n}/`)).length);
    expect(first).toBe(last);
  });

  it('of which an object is gone says which, and what to do', async () => {
    const bucket = await lakeBucket();
    await using lake = lakeIn(bucket);
    await lake.apply(load('p1', people, [ADA]));
    const [data = ''] = await keysIn(bucket, 'silver/contract/people/data');
    await bucket.remove(`silver/contract/people/data/${data}`);
    await using other = lakeIn(bucket);
    await expect(other.apply(load('p2', people, [ADA]))).rejects.toMatchObject({
      kind: 'config',
      code: 'lake-object-gone',
      message: expect.stringContaining(data),
    });
  });
});
