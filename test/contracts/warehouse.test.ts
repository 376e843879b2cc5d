/** The warehouse contract can fail: for each of its checks, a driver with one fault that this check finds. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import type { Capabilities, SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import { runCheck, warehouseChecks, warehouseContract } from './warehouse.ts';
import {
  asOnePackage,
  type Fault,
  forgetful,
  forgiving,
  inflexible,
  inPortions,
  isReserved,
  lazy,
  nothingDone,
  onBatches,
  oneAtATime,
  oneByOne,
  onLoad,
  onPackages,
  onRows,
  onScan,
  onTable,
  onType,
  reversed,
  swapsCounts,
  talkative,
  untilItBreaks,
  wiping,
} from './warehouse-faults.ts';
import { memoryWarehouse } from './warehouse-memory.ts';
import { readable, type Tested, type WarehouseCheck } from './warehouse-samples.ts';

const soundDriver = async (): Promise<Tested> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-contract-'));
  return readable(openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock: fakeClock() }));
};

/** By the promise it breaks. */
const faults: Readonly<Record<string, Fault>> = {
  'makes the table, and every row leads back to where it came from': onRows((row) => [{ ...row, bronzeLine: 1 }]),
  'upsert updates what changed, with its provenance, and does not touch what did not': wiping,
  'of rows with one key the last one counts, and the others are counted as duplicates': reversed,
  'a package of everything deletes what it does not name, all of it when it is empty; or is refused': onLoad(
    (load) => ({
      ...load,
      scope: 'changes',
    }),
  ),
  'what a package of everything does not name is counted before it is deleted, and left when it is told to': onLoad(
    (load) => ({ ...load, unnamed: () => 'delete' }),
  ),
  'a package of everything deletes nothing when a record was rejected; or is refused': onBatches(
    async function* (batches) {
      for await (const { rows } of batches) yield { rows, rejected: 0 };
    },
  ),
  'a deletion deletes the row with its key, and of rows with one key the last one decides; or is refused': onRows(
    (row) => (row.isDeletion === true ? [] : [row]),
  ),
  'an empty package makes the table and changes nothing': lazy,
  'append with a key adds new keys and leaves the others as they are': onTable((table) => ({
    ...table,
    write: 'upsert',
  })),
  'append without a key adds every row, also several of one record': onRows((row, index) => (index === 1 ? [] : [row])),
  'a key of several columns is all of them': onTable((table) => ({ ...table, key: table.key.slice(0, 1) })),
  'two spellings of one value are one key': onTable((table) => ({
    ...table,
    columns: table.columns.map((column) => ({ ...column, type: 'text' })),
  })),
  'a hundred thousand rows in many batches arrive, each once': onRows((row, index) =>
    index === 77_777 ? [row, row] : [row],
  ),
  'the checksum is the documented one: no two rows share it, and no type or order changes it': onRows((row) => [
    { ...row, values: row.values.map((text) => text ?? '') },
  ]),
  'a column that changed its type is refused before any row is read': forgiving,
  'a new column is added, a removed one stays and gets NULL, and one may become nullable; or it is refused': inflexible,
  'a column may join the key: a package of everything takes the place of the rows before; or is refused': onTable(
    (table) => ({ ...table, key: table.key.slice(0, 1) }),
  ),
  'a table that cannot be made is refused': forgiving,
  'words of SQL, and of the inside of a driver, are names like any other': onTable((table) => {
    if (isReserved(table)) throw new Error('syntax error at "select"');
    return table;
  }),
  'values of type text come back as they were, to their limits, and so does NULL': onType('text', (text) =>
    text.trim(),
  ),
  'values of type date come back as they were, to their limits, and so does NULL': onType('date', (text) =>
    text.replace('1582', '1583'),
  ),
  'values of type numeric come back as they were, to their limits, and so does NULL': onType('numeric', (text) =>
    text.slice(0, 38),
  ),
  'values of type boolean come back as they were, to their limits, and so does NULL': onType('boolean', () => 'true'),
  'values of type integer come back as they were, to their limits, and so does NULL': onType('integer', (text) =>
    String(Math.abs(Number(text)) % 2 ** 31),
  ),
  'values of type bigint come back as they were, to their limits, and so does NULL': onType('bigint', (text) =>
    String(BigInt(Number(text)) % 2n ** 60n),
  ),
  'values of type double come back as they were, to their limits, and so does NULL': onType('double', (text) =>
    String(Math.fround(Number(text))),
  ),
  'values of type timestamptz come back as they were, to their limits, and so does NULL': onType(
    'timestamptz',
    (text) => text.replace(/(\.\d{3})\d+/, '$1'),
  ),
  'values of type jsonb come back as they were, to their limits, and so does NULL': onType('jsonb', (text) =>
    JSON.stringify(JSON.parse(text)),
  ),
  'values at the edges of each type are held, or rejected, as documented': onType('timestamptz', (text) =>
    text.replace(/^9999/, '9998'),
  ),
  'whatever a source writes is rejected by the check of the row, or comes back exactly': onType('jsonb', (text) =>
    text.replace(/(\d)\d{15,}/g, '$1'),
  ),
  'an instant with an offset is the instant, printed in UTC': onType('timestamptz', (text) =>
    text.replace(/[+-]\d\d:\d\d$/, 'Z'),
  ),
  'the same package is loaded once: its rows are not even read again': forgetful,
  'a package of an append table that is loaded once more makes room for its own rows, and for no others; or is refused':
    onPackages(({ replaces: _, ...one }) => one),
  'every package is recorded with its job, for people in staging.ingestion_state': onLoad((load) => ({
    ...load,
    job: '',
  })),
  'an error among the rows passes through, and nothing has changed': untilItBreaks,
  'what a package comes to is told before anything of it is there, and what is thrown then passes through': onLoad(
    (load) => ({ ...load, beforeCommit: () => undefined }),
  ),
  'whoever reads while a package is applied sees all of it or nothing; or it is made whole by applying it again when it was cut short':
    inPortions,
  'packages that are applied together are applied one after the other': oneAtATime,
  'packages loaded together leave the rows, and give the counts, of one after the other': asOnePackage,
  'of packages loaded together a deletion deletes what an earlier one has inserted; or is refused': onRows((row) =>
    row.isDeletion === true ? [] : [row],
  ),
  'of packages appended together each adds what the table and those before it lack': onTable((table) =>
    table.key.length === 0 ? table : { ...table, write: 'upsert' },
  ),
  'packages that are loaded once more together make room for all before any comes in': (sound) => ({
    ...sound,
    apply: async (load) => oneByOne(sound, load),
  }),
  'of packages loaded together those that are there are left out, and each is recorded': asOnePackage,
  'a hundred packages loaded together are known again, each of them': asOnePackage,
  'what is wrong with one of several packages leaves nothing of any': (sound) => ({
    ...sound,
    apply: async (load) => oneByOne(sound, load),
  }),
  'whoever reads sees all packages that are loaded together, or none': (sound) => ({
    ...sound,
    apply: async (load) => oneByOne(sound, load, setImmediate),
  }),
  'a value that it does not take is refused before anything is told, and the other rows are taken after that': (
    sound,
  ) => ({
    ...sound,
    apply: (load) =>
      sound.apply(load).catch((error) => {
        throw error.code === 'warehouse-value' ? new TidemillError('bug', 'another', 'who is to blame?') : error;
      }),
  }),
  'no error tells what a record holds': talkative,
  'tells the package of a job that was loaded last': (sound) => ({
    ...sound,
    // Whose package it is does not matter to it.
    lastPackage: async (job) => (await sound.lastPackage(job)) && sound.lastPackage("it's another"),
  }),
  'tells the newest value of a column, and nothing where there is none': (sound) => ({
    ...sound,
    newest: async (table, name) => (await sound.newest(table, name)) ?? new Date(0),
  }),
  'a query only reads; who cannot be asked has none': (sound) => ({
    ...sound,
    query: async (sql) => (await sound.query?.(sql).catch(() => undefined)) ?? { columns: [], rows: [] },
  }),
  'a query answers with texts, NULL as null; all rows at once, or in portions of which some are enough': (sound) => ({
    ...sound,
    query: async (sql) => {
      const { columns, rows = [] } = (await sound.query?.(sql)) ?? { columns: [] };
      return { columns, rows: rows.map((row) => row.map((value) => value ?? '')) };
    },
  }),
  'lists its tables with their columns and how many rows they have': (sound) => ({
    ...sound,
    tables: async () => (await sound.tables()).map((table) => ({ ...table, rows: 1 })),
  }),
  'a scan gives every value as it was, and its checksum': onScan((row) => ({
    ...row,
    values: row.values.map((text) => text?.replace(/(\.\d{3})\d+Z/, '$1Z') ?? null),
  })),
  'a scan says of each row where it came from, and when': onScan((row) => ({ ...row, bronzeLine: 1 })),
  'a scan finds the one row that has a key': (sound) => ({ ...sound, scan: (table) => sound.scan(table) }),
  'a scan takes a table as it is: none, or with other columns; and may be left early': onScan((row) => ({
    ...row,
    values: row.values.filter((text) => text !== null),
  })),
  'the same packages have the same digest as in another warehouse, to the cell': onScan((row) => ({
    ...row,
    values: row.values.map((text) => (text === '' ? null : text)),
  })),
  'check() passes on a usable warehouse, which has a name': (sound) => ({ ...sound, url: '' }),
  'any sequence of packages leaves what an oracle says, and the counts balance': swapsCounts,
};

describe('the warehouse contract finds a broken driver', () => {
  it('has a fault for each of its checks', () => {
    expect(Object.keys(faults).sort()).toEqual(warehouseChecks.map(({ promise }) => promise).sort());
  });

  it.each(warehouseChecks)('that breaks "$promise"', async (check) => {
    const fault = faults[check.promise];
    const broken = async (): Promise<Tested> => fault?.(await soundDriver()) as Tested;
    await expect(runCheck(check, broken)).rejects.toThrow();
  });
});

/** Drivers that can do less: the suite fits them, and demands that they refuse what they cannot do. */
const lesser: readonly Partial<Capabilities>[] = [{}, { deletes: false, schemaChanges: false }, { atomic: 'rows' }];

describe.each(lesser)('a warehouse of files, with %o', (less) => {
  warehouseContract('it', async () => memoryWarehouse(less));
});

/** Says that it cannot do something, and does it all the same. */
const pretending = (less: Partial<Capabilities>): Tested => {
  const able = memoryWarehouse();
  return { ...able, capabilities: { ...able.capabilities, ...less } };
};

/** Takes a package that was cut short for one that is loaded. */
function hasty(): Tested {
  const sound = memoryWarehouse({ atomic: 'rows' });
  const begun = new Set<string>();
  return {
    ...sound,
    cutShort: async (load) => {
      for (const { id } of load.packages) begun.add(id);
      await sound.cutShort?.(load);
    },
    apply: async (load) => (load.packages.some(({ id }) => begun.has(id)) ? nothingDone(load) : sound.apply(load)),
  };
}

const keeping = () => pretending({ deletes: false });
const READ = /Missing expected rejection|warehouse-cannot/;

describe('the warehouse contract finds a driver', () => {
  it.each<[what: string, open: () => Tested, promise: RegExp, says: RegExp]>([
    ['that cannot delete, and takes a package of everything', keeping, /^a package of everything deletes what/, READ],
    ['that cannot delete, and takes one with rejects', keeping, /^a package of everything deletes nothing/, READ],
    ['that cannot delete, and takes a deletion', keeping, /^a deletion deletes/, READ],
    ['that cannot delete, and makes room', keeping, /^a package of an append table/, READ],
    [
      'that changes no table, and takes a new column',
      () => pretending({ schemaChanges: false }),
      /^a new column is added/,
      READ,
    ],
    ['that commits portions, and leaves one out', hasty, /^whoever reads/, /strictly deep-equal/],
    ['that commits portions unseen', () => pretending({ atomic: 'rows' }), /^whoever reads/, /nobody can see/],
    [
      'that cannot be asked, and has a query that fails',
      () => ({ ...memoryWarehouse(), query: () => Promise.reject(new Error('no SQL')) }),
      /^a query only reads/,
      /DELETE FROM/,
    ],
    ['that shows a part of a package', () => inPortions(memoryWarehouse()), /^whoever reads/, /a part of the package/],
  ])('%s', async (_, open, promise, says) => {
    const [check] = warehouseChecks.filter((one) => promise.test(one.promise));
    await expect(runCheck(check as WarehouseCheck, async () => open())).rejects.toThrow(says);
  });
});

it('a warehouse that a class has made can be looked into', async () => {
  class Made {
    readonly #held = memoryWarehouse();
    readonly url = 'made';
    query() {
      return Promise.resolve({ columns: ['id'], rows: [[this.#held.url]] });
    }
    check() {
      return this.#held.check();
    }
  }
  const warehouse = readable(new Made() as unknown as SqlWarehouse);
  await warehouse.check();
  expect(await warehouse.read({ schema: 'x', name: 'y' }, 'id')).toEqual([['memory']]);
});
