/** Jobs with `changes: true`: what they tell, and what they wait with. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { all, filesOf, kindsOf, PUBLIC, packagesOf, run, tableOf, withPlace } from '../../../test/oracles/changes.ts';

describe('a job that tells what has changed', () => {
  it('tells nothing of its first run, and of each later one what came, went and is another', () =>
    withPlace(async (place) => {
      const first = await run(
        place,
        all([
          { id: 'a', value: 1 },
          { id: 'b', value: 2 },
        ]),
      );
      expect([first.result, first.failure, first.changed, await filesOf(place)]).toEqual([
        'done',
        undefined,
        undefined,
        [],
      ]);
      const next = await run(
        place,
        all([
          { id: 'a', value: 3 },
          { id: 'c', value: 2 },
        ]),
      );
      const [file] = await filesOf(place);
      expect(file?.changes.toSorted((one, other) => (one.change < other.change ? -1 : 1))).toEqual([
        { change: 'deleted', key: { id: 'b' }, before: { id: 'b', value: 2 } },
        { change: 'inserted', key: { id: 'c' }, after: { id: 'c', value: 2 } },
        { change: 'updated', key: { id: 'a' }, before: { value: 1 }, after: { value: 3 } },
      ]);
      const counts = { inserted: 1, updated: 1, deleted: 1, moved: 0, split: 0, columns: { value: 1 } };
      const [from, to] = await packagesOf(place);
      expect(next.changed).toEqual({ [String(file?.key)]: { ...counts, from, to } });
      const same = await run(
        place,
        all([
          { id: 'c', value: 2 },
          { id: 'a', value: 3 },
        ]),
      );
      expect([same.totals.packages, same.changed, (await filesOf(place)).length]).toEqual([1, undefined, 1]);
    }));

  it('tells that a thing was renamed or split where the source says so, and not that it is gone', () =>
    withPlace(async (place) => {
      await run(place, all(['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, value: 1 }))));
      const later = [
        ...[
          { id: 'a', now: ['b2'] },
          { id: 'b2', now: ['a2'] },
          { id: 'a2', value: 2 },
        ],
        ...[
          { id: 'b', now: ['x', 'y'] },
          { id: 'x', value: 1 },
          { id: 'y', value: 1 },
        ],
        ...[
          { id: 'c', now: ['d'] },
          { id: 'd', value: 1 },
        ],
        ...[
          { id: 'e', now: ['nowhere'] },
          { id: 'f', now: ['f2'] },
          { id: 'f2', value: 5 },
        ],
      ];
      await run(place, all(later));
      const [{ changes } = { changes: [] }] = await filesOf(place);
      expect(kindsOf(changes)).toEqual(['deleted e', 'inserted f2', 'moved a', 'moved c', 'split b']);
      const told = new Map(changes.map((one) => [one.key['id'], one]));
      const before = (id: string) => ({ id, value: 1 });
      expect(told.get('a')).toMatchObject({ to: [{ id: 'a2' }], before: before('a'), came: [{ id: 'a2', value: 2 }] });
      expect(told.get('b')).toMatchObject({ to: [{ id: 'x' }, { id: 'y' }], came: [before('x'), before('y')] });
      expect(told.get('c')).toMatchObject({ to: [{ id: 'd' }], came: [] });
    }));

  it('shows the first rows of data that is public, one line each, and no row of any other', () =>
    withPlace(async (place) => {
      const values = (value: number) => Array.from({ length: 30 }, (_, id) => ({ id: `id-${id}`, value }));
      await run(place, all([...values(1), { id: 'gone' }]));
      const own = await run(place, all(values(2)));
      const open = await run(place, all([...values(3), { id: 'new', value: 3 }]), { connector: PUBLIC });
      const [hidden, shown] = [own, open].map(({ changed = {} }) => Object.values(changed)[0]);
      expect(JSON.stringify(own)).not.toContain('id-1');
      expect([hidden?.deleted, hidden?.updated, hidden?.shown]).toEqual([1, 30, undefined]);
      expect(shown?.shown).toHaveLength(20);
      expect(shown?.shown?.slice(0, 2)).toEqual(['+ id new: value 3', '~ id id-0: value 2 → 3']);
    }));

  it('tells of two that became one that it came once', () =>
    withPlace(async (place) => {
      await run(place, all(['a', 'b'].map((id) => ({ id, value: 1 }))));
      await run(place, all([...['a', 'b'].map((id) => ({ id, now: ['c'] })), { id: 'c', value: 2 }]));
      const [{ changes } = { changes: [] }] = await filesOf(place);
      expect(kindsOf(changes)).toEqual(['moved a', 'moved b']);
      expect(changes.flatMap(({ came }) => came)).toEqual([{ id: 'c', value: 2 }]);
    }));

  it('writes columns of one type, whatever kind of change comes first', () =>
    withPlace(async (place) => {
      await run(place, all(['a', 'b'].map((id) => ({ id, value: 1 }))));
      await run(place, all(['a', 'b'].map((id) => ({ id, value: 2 }))));
      await run(place, all([{ id: 'a', value: 2 }, { id: 'b', now: ['c'] }, ...[{ id: 'c', value: 2 }]]));
      const files = (await filesOf(place)).map(({ key }) => `'${join(place.folder, 'bucket', key)}'`);
      expect(files).toHaveLength(2);
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      // Which columns there are is told by the first file alone, as by the first of many.
      const read = `read_json([${files.join(', ')}], maximum_sample_files = 1)`;
      const rows = await connection.runAndReadAll(`SELECT change, before.value, after.value FROM ${read} ORDER BY ALL`);
      connection.closeSync();
      instance.closeSync();
      expect(rows.getRowsJson()).toEqual([
        ['moved', '2', null],
        ['updated', '1', '2'],
        ['updated', '1', '2'],
      ]);
    }));

  it('tells a rename over several runs that went there, back and there again', () =>
    withPlace(async (place) => {
      const named = (id: string, was: string) =>
        all([
          { id: was, now: [id] },
          { id, value: 1 },
        ]);
      await run(place, named('a', 'b'));
      for (const [id, was] of [
        ['b', 'a'],
        ['a', 'b'],
      ] as const)
        await run(place, named(id, was), {}, { changes: false });
      await run(place, named('b', 'a'));
      const [file, ...others] = await filesOf(place);
      const row = (id: string) => ({ id, value: 1 });
      const moved = { change: 'moved', key: { id: 'a' }, to: [{ id: 'b' }], before: row('a'), came: [row('b')] };
      expect([file?.changes, others]).toEqual([[moved], []]);
    }));

  it('begins with what was there when it was switched on', () =>
    withPlace(async (place) => {
      await run(place, all([{ id: 'a', value: 1 }]), {}, { changes: false });
      await run(place, all([{ id: 'a', value: 2 }]));
      expect((await filesOf(place)).map(({ changes }) => kindsOf(changes))).toEqual([['updated a']]);
    }));

  it('does not take rows for gone while records are rejected, and tells it later', () =>
    withPlace(async (place) => {
      await run(
        place,
        all([
          { id: 'a', value: 1 },
          { id: 'b', value: 1 },
        ]),
      );
      await run(place, all([{ id: 'a', value: 2 }, { id: 7 }]));
      await run(place, all([{ id: 'a', value: 2 }]));
      expect((await filesOf(place)).map(({ changes }) => kindsOf(changes))).toEqual([['updated a'], ['deleted b']]);
    }));

  it('does not take rows for gone that the guard of deletions has left, and tells it when a person accepts that', () =>
    withPlace(async (place) => {
      const many = Array.from({ length: 40 }, (_, id) => ({ id: String(id), value: 1 }));
      await run(place, all(many));
      const halved = await run(place, all(many.slice(0, 5)), {}, { max_delete_rows: 20 });
      expect([halved.gates.length, halved.changed]).toEqual([1, undefined]);
      await run(place, all(many.slice(0, 5)), {}, { max_delete_rows: 1000 });
      expect((await filesOf(place)).map(({ changes }) => changes.length)).toEqual([35]);
      expect((await tableOf(place)).size).toBe(5);
    }));
});
