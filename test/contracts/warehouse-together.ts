/** Checks that packages which are loaded together are what they are one after the other, but for when they are seen. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Load, MergeResult, PackageCounts, PackageRows, Table } from '../../orchestrator/warehouse/contract.ts';
import {
  ADA,
  BOB,
  batches,
  breaking,
  EVE,
  LATER,
  load,
  NONE,
  names,
  objectOf,
  people,
  stagedRows,
  type Tested,
  together,
  type Values,
  valuesIn,
  type WarehouseCheck,
} from './warehouse-samples.ts';

const ROME = { ...ADA, town: 'Rome' };
const log: Table = { ...people, name: 'log', key: [], write: 'append' };

/** A package that asks for the deletion of these rows, and then has others. */
function deleting(id: string, gone: readonly Values[], rows: readonly Values[] = []): Load {
  const staged = stagedRows(id, people, [...gone, ...rows]).map((row, index) =>
    index < gone.length ? { ...row, isDeletion: true as const } : row,
  );
  return load(id, people, [], { rows: batches(staged, 2) });
}

const outcomes = ({ packages }: MergeResult): unknown[] =>
  packages.map(({ id, counts, alreadyLoaded }) => [id, counts, alreadyLoaded]);

/** Where each row comes from: `id`, name, and the package. */
const origins = async (warehouse: Tested, table = people): Promise<string[]> =>
  (await valuesIn(warehouse, table, 'id', 'name', 'town', 'bronze_object_path', 'bronze_line')).map((row) =>
    row.join(' ').replace('bronze/contract/', '').replace('/part-00001.ndjson.gz', ''),
  );

async function isAsOneByOne(warehouse: Tested): Promise<void> {
  await warehouse.apply(load('p0', people, [ADA, BOB]));
  const result = await warehouse.apply(
    together(
      load('p1', people, [ROME, EVE, EVE]),
      load('p2', people, [ROME, BOB]),
      load('p3', people, []),
      load('p4', people, [ADA, { ...EVE, town: 'Oslo' }]),
    ),
  );
  assert.deepEqual(outcomes(result), [
    ['p1', { ...NONE, rows: 3, inserted: 1, updated: 1, duplicates: 1 }, false],
    ['p2', { ...NONE, rows: 2, unchanged: 2 }, false],
    ['p3', NONE, false],
    ['p4', { ...NONE, rows: 2, updated: 2 }, false],
  ]);
  // Rome has come and gone: the row says so by where it is from.
  assert.deepEqual(await origins(warehouse), ['1 Ada London p4 1', '2 Bob Berlin p0 2', '3 Eve Oslo p4 2']);
}

async function deletesInOrder(warehouse: Tested): Promise<void> {
  await warehouse.apply(load('p0', people, [ADA, BOB]));
  const group = together(
    deleting('p1', [ADA], [EVE]),
    deleting('p2', [EVE, BOB]),
    load('p3', people, [ADA]),
    deleting('p4', [EVE, { ...EVE, id: '9' }], [BOB]),
  );
  if (!warehouse.capabilities.deletes) {
    await assert.rejects(warehouse.apply(group), { kind: 'config', code: 'warehouse-cannot-delete' });
    return assert.deepEqual(await names(warehouse), ['1 Ada', '2 Bob']);
  }
  assert.deepEqual(outcomes(await warehouse.apply(group)), [
    ['p1', { ...NONE, rows: 2, inserted: 1, deleted: 1, deletions: 1 }, false],
    ['p2', { ...NONE, rows: 2, deleted: 2, deletions: 2 }, false],
    ['p3', { ...NONE, rows: 1, inserted: 1 }, false],
    ['p4', { ...NONE, rows: 3, inserted: 1, deletions: 2 }, false],
  ]);
  assert.deepEqual(await origins(warehouse), ['1 Ada London p3 1', '2 Bob Berlin p4 3']);
}

async function appendsInOrder(warehouse: Tested): Promise<void> {
  const keyed: Table = { ...people, name: 'keyed', write: 'append' };
  await warehouse.apply(load('p0', keyed, [ADA]));
  const first = together(load('p1', keyed, [ROME, BOB, { ...BOB, town: 'Bonn' }]), load('p2', keyed, [BOB, EVE]));
  assert.deepEqual(outcomes(await warehouse.apply(first)), [
    ['p1', { ...NONE, rows: 3, inserted: 1, unchanged: 1, duplicates: 1 }, false],
    ['p2', { ...NONE, rows: 2, inserted: 1, unchanged: 1 }, false],
  ]);
  const expected = ['1 Ada London p0 1', '2 Bob Bonn p1 3', '3 Eve  p2 2'];
  assert.deepEqual(await origins(warehouse, keyed), expected);
  const unkeyed = together(load('l1', log, [ADA, ADA]), load('l2', log, []), load('l3', log, [ADA]));
  assert.deepEqual(outcomes(await warehouse.apply(unkeyed)), [
    ['l1', { ...NONE, rows: 2, inserted: 2 }, false],
    ['l2', NONE, false],
    ['l3', { ...NONE, rows: 1, inserted: 1 }, false],
  ]);
  assert.deepEqual(await names(warehouse, log), ['1 Ada', '1 Ada', '1 Ada']);
}

async function makesRoomForAll(warehouse: Tested): Promise<void> {
  if (!warehouse.capabilities.deletes) return;
  await warehouse.apply(together(load('p1', log, [ADA, BOB]), load('p2', log, [EVE]), load('p3', log, [ROME])));
  const again = (of: string, rows: Values[], replaces = [objectOf(of)]): Load =>
    load(of, log, rows, { id: `${of}~again`, replaces });
  const result = await warehouse.apply(
    together(
      again('p1', [ADA], [objectOf('p1'), objectOf('p2')]),
      again('p2', [BOB, BOB], [objectOf('p2'), objectOf('p1')]),
    ),
  );
  assert.deepEqual(outcomes(result), [
    ['p1~again', { ...NONE, rows: 1, inserted: 1, deleted: 3 }, false],
    ['p2~again', { ...NONE, rows: 2, inserted: 2 }, false],
  ]);
  // Rows of one id come in no order.
  assert.deepEqual((await origins(warehouse, log)).toSorted(), [
    '1 Ada London p1 1',
    '1 Ada Rome p3 1',
    '2 Bob Berlin p2 1',
    '2 Bob Berlin p2 2',
  ]);
}

/** After a crash some of them are there, and new ones have come. */
async function leavesOutWhatIsThere(warehouse: Tested): Promise<void> {
  const unread = (id: string): Load =>
    load(id, people, [], { rows: breaking(people, [], new Error(`the rows of ${id} were read`)) });
  const first = await warehouse.apply(together(load('p1', people, [ADA]), load('p2', people, [ROME, BOB])));
  const told: (readonly PackageCounts[])[] = [];
  const grown = together(unread('p1'), unread('p2'), load('p3', people, [EVE]), load('p4', people, [ADA]));
  const beforeCommit: Load['beforeCommit'] = (packages) => void told.push(packages);
  const second = await warehouse.apply({ ...grown, now: LATER, beforeCommit });
  const fresh = [
    { id: 'p3', counts: { ...NONE, rows: 1, inserted: 1 } },
    { id: 'p4', counts: { ...NONE, rows: 1, updated: 1 } },
  ];
  assert.deepEqual(second.packages, [
    ...first.packages.map((one) => ({ ...one, alreadyLoaded: true })),
    ...fresh.map((one) => ({ ...one, alreadyLoaded: false })),
  ]);
  assert.deepEqual(told, [fresh]);
  const ids = ['p1', 'p2', 'p3', 'p4'];
  const whole = await warehouse.apply({
    ...together(...(ids.map(unread) as [Load, ...Load[]])),
    beforeCommit: () => assert.fail('told of packages that are loaded'),
  });
  assert.deepEqual(
    outcomes(whole),
    second.packages.map(({ id, counts }) => [id, counts, true]),
  );
  assert.equal(await warehouse.lastPackage('contract_people'), 'p4');
  const recorded = await warehouse.read({ schema: 'staging', name: 'ingestion_state' }, 'package_id', 'counts');
  assert.deepEqual(
    recorded?.map(([id, counts]) => [id, JSON.parse(counts ?? '')]).sort(),
    second.packages.map(({ id, counts }) => [id, counts]),
  );
}

/** As many as are usual after a run of many marks: each is known again, whatever came meanwhile. */
async function remembersHundred(warehouse: Tested): Promise<void> {
  const ids = Array.from({ length: 100 }, (_, index) => `p${String(index).padStart(3, '0')}`);
  const one = (id: string): Load => load(id, people, [{ id: String(Number(id.slice(1))), name: id }]);
  const hundred = (): Load => together(...(ids.map(one) as [Load, ...Load[]]));
  const first = await warehouse.apply(hundred());
  assert.equal(first.packages.filter(({ counts }) => counts.inserted === 1).length, 100);
  await warehouse.apply(load('other', people, [EVE], { job: 'another', now: LATER }));
  const again = await warehouse.apply(hundred());
  assert.deepEqual(
    again.packages,
    first.packages.map((merged) => ({ ...merged, alreadyLoaded: true })),
  );
  assert.equal(await warehouse.lastPackage('contract_people'), 'p099');
}

async function leavesNothingOfOne(warehouse: Tested): Promise<void> {
  await warehouse.apply(load('p0', people, [ADA]));
  const look = async (): Promise<unknown[]> => [await names(warehouse), await warehouse.lastPackage('contract_people')];
  const before = await look();
  const error = new Error('the source broke');
  const broken = (): Load => load('p2', people, [], { rows: breaking(people, [EVE], error) });
  const throws = (thrown: unknown): boolean => thrown === error;
  await assert.rejects(
    warehouse.apply(together(load('p1', people, [BOB]), broken(), load('p3', people, [EVE]))),
    throws,
  );
  assert.deepEqual(await look(), before);
  const refused = together(load('p1', people, [BOB]), load('p2', people, [{ ...EVE, id: 'no number' }]));
  await assert.rejects(warehouse.apply(refused), { code: 'warehouse-value' });
  assert.deepEqual(await look(), before);
  const lost: Load['beforeCommit'] = async () => {
    assert.deepEqual(await look(), before, 'some of it was visible');
    throw error;
  };
  const both = together(load('p1', people, [BOB]), load('p2', people, [EVE]));
  await assert.rejects(warehouse.apply({ ...both, beforeCommit: lost }), throws);
  assert.deepEqual(await look(), before);
  const whole = { scope: 'everything' } as const;
  const twice = together(load('p1', people, [BOB], whole), load('p2', people, [EVE], whole));
  await assert.rejects(warehouse.apply(twice), 'two of everything were taken');
  assert.deepEqual(await look(), before);
  const again = together(load('p1', people, [BOB]), load('p2', people, [EVE]));
  const after = outcomes(await warehouse.apply(again));
  assert.deepEqual(
    after,
    ['p1', 'p2'].map((id) => [id, { ...NONE, rows: 1, inserted: 1 }, false]),
  );
}

async function isSeenAtOnce(warehouse: Tested): Promise<void> {
  await warehouse.apply(load('p0', people, [ADA]));
  const seen = new Set<string>();
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      seen.add(JSON.stringify(await names(warehouse)));
      await setImmediate();
    }
  })();
  const slowly = async function* (rows: readonly Values[], id: string): PackageRows['rows'] {
    for (const batch of stagedRows(id, people, rows)) {
      await setImmediate();
      yield { rows: [batch], rejected: 0 };
    }
  };
  const [one, other] = [
    load('p1', people, [], { rows: slowly([{ ...ADA, name: 'Countess' }, BOB], 'p1') }),
    load('p2', people, [], { rows: slowly([{ ...BOB, name: 'Rob' }, EVE], 'p2') }),
  ];
  await warehouse.apply(together(one, other)).finally(() => {
    isOver = true;
  });
  await looking;
  const wholes = [['1 Ada'], ['1 Countess', '2 Rob', '3 Eve']].map((all) => JSON.stringify(all));
  if (warehouse.capabilities.atomic === 'package')
    for (const all of seen) assert(wholes.includes(all), 'one of the packages was visible without the other');
  assert.equal(JSON.stringify(await names(warehouse)), wholes[1]);
}

export const togetherChecks: readonly WarehouseCheck[] = [
  {
    promise: 'packages loaded together leave the rows, and give the counts, of one after the other',
    run: isAsOneByOne,
  },
  {
    promise: 'of packages loaded together a deletion deletes what an earlier one has inserted; or is refused',
    run: deletesInOrder,
  },
  { promise: 'of packages appended together each adds what the table and those before it lack', run: appendsInOrder },
  {
    promise: 'packages that are loaded once more together make room for all before any comes in',
    run: makesRoomForAll,
  },
  {
    promise: 'of packages loaded together those that are there are left out, and each is recorded',
    run: leavesOutWhatIsThere,
  },
  { promise: 'a hundred packages loaded together are known again, each of them', run: remembersHundred },
  { promise: 'what is wrong with one of several packages leaves nothing of any', run: leavesNothingOfOne },
  { promise: 'whoever reads sees all packages that are loaded together, or none', run: isSeenAtOnce },
];
