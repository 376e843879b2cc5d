/** Keys that change, held against what a DuckDB file makes of the same loads; and that a load of one commit is seen whole. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCheck, warehouseChecks } from '../../../test/contracts/warehouse.ts';
import {
  batches,
  column,
  load,
  merges,
  people,
  readable,
  stagedRows,
  valuesIn,
} from '../../../test/contracts/warehouse-samples.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { given } from '../../../test/fakes/spanner-given.ts';
import { Refused } from '../../../test/fakes/spanner-refused.ts';
import { fakeWarehouse, SMALL } from '../../../test/fakes/spanner-tested.ts';
import type { Load, Table } from '../contract.ts';
import { openDuckDb } from '../duckdb/driver.ts';

const rooms: Table = { ...people, columns: [...people.columns, column('room', 'text')], indexes: [] };
const byRoom: Table = { ...rooms, key: ['id', 'room'] };
const row = (id: number, name: string, room: string) => ({ id: String(id), name, room });
const gone = (id: string, table: Table, ...rows: ReturnType<typeof row>[]): Load => {
  const staged = stagedRows(id, table, rows).map((one) => ({ ...one, isDeletion: true as const }));
  return load(id, table, [], { rows: batches(staged, 1) });
};

const loads: readonly (() => Load)[] = [
  () => load('p1', rooms, [row(1, 'Ada', 'a'), row(2, 'Bob', 'a'), row(3, 'Eve', 'a')]),
  // The key gets a column: rows that are there are found by their values.
  () => load('p2', byRoom, [row(1, 'Ada', 'a'), row(1, 'Ada', 'b'), row(2, 'Rob', 'a')]),
  () => load('p3', byRoom, [row(1, 'Augusta', 'b'), row(2, 'Rob', 'a'), row(4, 'Kay', 'c')]),
  () => gone('p4', byRoom, row(3, '', 'a'), row(2, '', 'b')),
  () => load('p5', byRoom, [row(1, 'Ada', 'a'), row(4, 'Kay', 'd')], { scope: 'everything' }),
  // And is the first one again.
  () => load('p6', byRoom, [row(1, 'Ada', 'b'), row(5, 'Joe', 'a')]),
  () => load('p7', rooms, [row(1, 'Countess', 'c'), row(5, 'Joe', 'a')]),
  () => load('p8', rooms, [row(1, 'Countess', 'c'), row(6, 'Kim', 'a')], { scope: 'everything' }),
];

it('a key that changes leaves the rows, and gives the counts, that it does in another warehouse', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-keys-'));
  const other = readable(openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock: fakeClock() }));
  const warehouse = await fakeWarehouse();
  onTestFinished(() => Promise.all([other.close(), warehouse.close()]).then(() => undefined));
  for (const one of loads) {
    const [found, expected] = [await warehouse.apply(one()), await other.apply(one())];
    expect(found).toEqual(expected);
    const all = ['id', 'room', 'name', 'bronze_object_path', 'bronze_line'];
    expect(await valuesIn(warehouse, rooms, ...all), found.packages[0]?.id).toEqual(
      await valuesIn(other, rooms, ...all),
    );
  }
});

it.each(warehouseChecks.filter(({ promise }) => /^whoever reads/.test(promise)))(
  'in one commit: $promise',
  async (check) => {
    const opening = async () => {
      const warehouse = await fakeWarehouse();
      // It says less of itself, for larger loads.
      return { ...warehouse, capabilities: { ...warehouse.capabilities, atomic: 'package' as const } };
    };
    await expect(runCheck(check, opening)).resolves.toBeUndefined();
  },
);

it('a table that was dropped in the middle of a load is made whole', async () => {
  const { fake, warehouse, open } = await given();
  const crowd = Array.from({ length: 40 }, (_, id) => ({ id: String(id), name: 'x' }));
  await warehouse.apply(load('p0', people, crowd.slice(0, 3)));
  let commits = 0;
  fake.interfere(({ path }) =>
    path.endsWith(':commit') && ++commits > 3 ? new Refused('UNAVAILABLE', 'no').reply : undefined,
  );
  const dying = open({ commits: SMALL, limits: { retries: 0 } });
  await expect(dying.apply(load('p1', people, crowd))).rejects.toMatchObject({ kind: 'transient' });
  fake.interfere(() => undefined);
  fake.change('DROP TABLE contract.people');
  await merges(open(), load('p1', people, crowd), { rows: 40, inserted: 40 });
  expect((await warehouse.query('SELECT COUNT(*) FROM contract.people')).rows).toEqual([['40']]);
});
