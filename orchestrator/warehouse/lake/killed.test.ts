/** A commit that is cut short before each of its changes of the bucket. */
import { describe, expect, it } from 'vitest';
import { type Killing, killEverywhere } from '../../../test/contracts/lake-kills.ts';
import {
  ADA,
  BOB,
  column,
  EVE,
  load,
  people,
  stagedRows,
  together,
} from '../../../test/contracts/warehouse-samples.ts';
import type { Bucket } from '../../storage/contract.ts';
import type { Load, PackageRows, Table } from '../contract.ts';

const first = (): Load => load('p1', people, [ADA, BOB, EVE]);
const LARGE = { limits: { smallBytes: 0, mostSmall: 1_000, worn: 1 } };
const wider: Table = { ...people, columns: [...people.columns, column('age', 'integer', true)] };

async function* withDeletion(): PackageRows['rows'] {
  const [gone, ...rows] = stagedRows('p2', people, [BOB, { ...ADA, town: 'Rome' }, { ...EVE, id: '4' }]);
  if (gone !== undefined) yield { rows: [{ ...gone, isDeletion: true }, ...rows], rejected: 0 };
}

const killings: Readonly<Record<string, Killing>> = {
  'a first load': { before: [], load: first },
  'a first load of another table': { before: [first], load: () => load('p2', { ...people, name: 'crowd' }, [ADA]) },
  'an upsert with deletions, in a large table': {
    before: [first],
    load: () => load('p2', people, [], { rows: withDeletion() }),
    options: LARGE,
  },
  'one more of these, so that deletes take the place of others': {
    before: [first, () => load('p2', people, [{ ...ADA, town: 'Rome' }])],
    load: () => load('p3', people, [{ ...BOB, town: 'Bonn' }]),
    options: LARGE,
  },
  'one that makes one file of many': {
    before: [first, () => load('p2', people, [{ ...ADA, id: '5' }])],
    load: () => load('p3', people, [{ ...ADA, id: '6' }]),
    options: { limits: { smallBytes: 1e9, mostSmall: 3, worn: 0.3 } },
  },
  'a package of everything': {
    before: [first],
    load: () => load('p2', people, [EVE, { ...ADA, town: 'Rome' }], { scope: 'everything' }),
  },
  'a package that empties the table': {
    before: [first],
    load: () => load('p2', people, [], { scope: 'everything' }),
  },
  'a package with a new column': { before: [first], load: () => load('p2', wider, [{ ...ADA, age: '36' }]) },
  'a package that changes nothing': { before: [first], load: () => load('p2', people, [ADA]) },
  'packages that are loaded together': {
    before: [first],
    load: () =>
      together(
        load('p2', people, [
          { ...ADA, town: 'Rome' },
          { ...BOB, id: '4' },
        ]),
        load('p3', people, [{ ...ADA, town: 'Bonn' }, EVE]),
        load('p4', people, [{ ...ADA, town: 'Rome' }]),
      ),
  },
  'packages of which one is loaded already': {
    before: [first, () => load('p2', people, [{ ...ADA, town: 'Rome' }])],
    load: () => together(load('p2', people, [EVE]), load('p3', people, [{ ...ADA, town: 'Bonn' }])),
  },
  'a first package of another job': { before: [first], load: () => load('p2', people, [ADA], { job: 'another' }) },
};

describe('a writer that is killed wherever leaves the old table or the new one', () => {
  it.each(Object.entries(killings))('in %s', async (_, killing) => {
    const { kills, complaints } = await killEverywhere(killing);
    expect(complaints).toEqual([]);
    expect(kills).toBeGreaterThan(2);
  });
});

/** Files come after the version that names them; whoever writes does not notice. */
function filesLast(bucket: Bucket): Bucket {
  let held: (() => Promise<unknown>)[] = [];
  return {
    url: bucket.url,
    read: (...args) => bucket.read(...args),
    list: (prefix) => bucket.list(prefix),
    remove: (key) => bucket.remove(key),
    check: () => bucket.check(),
    async write(key, body, options) {
      const bytes = body instanceof Uint8Array ? body : Buffer.concat(await Array.fromAsync(body));
      if (/\.(parquet|avro)$/.test(key)) {
        held.push(() => bucket.write(key, bytes, options));
        return { key, version: '1', bytes: bytes.length, updatedAt: new Date(0) };
      }
      if (key.endsWith('version-hint.text')) {
        for (const write of held) await write();
        held = [];
      }
      return bucket.write(key, bytes, options);
    },
  };
}

it('a writer that commits before its files are there is found', async () => {
  const { complaints } = await killEverywhere({ before: [], load: first, spoil: filesLast });
  expect(complaints.join()).toContain('we see nothing');
});
