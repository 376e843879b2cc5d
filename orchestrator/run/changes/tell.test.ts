/** Jobs with `changes: true`: their files, put together, are the way from the first table to the last, whatever was cut short. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { assert, describe, expect, it } from 'vitest';
import { type Run, runOnce } from '../../../test/cli/world.ts';
import { memoryWarehouse } from '../../../test/contracts/warehouse-memory.ts';
import type { Tested } from '../../../test/contracts/warehouse-samples.ts';
import type { Edition } from '../../../test/fixtures/connectors/edition.ts';
import { readState } from '../../state/store.ts';
import type { Bucket } from '../../storage/contract.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { chainOf } from '../bronze/chain.ts';
import type { Change } from './change.ts';

const EDITION = new URL('../../../test/fixtures/connectors/edition.ts', import.meta.url).href;
const TABLE = { schema: 'edition', name: 'things' };
const SEED = 20261129;

interface Place {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly warehouse: Tested;
}

async function withPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-tell-'));
  try {
    return await use({ folder, bucket: openLocalBucket(join(folder, 'bucket')), warehouse: memoryWarehouse() });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(place: Place, edition: Edition, more: Partial<Run> = {}, job: object = {}) {
  await writeFile(join(place.folder, 'edition.json'), JSON.stringify(edition));
  const { bucket, warehouse, folder: cwd } = place;
  const fields = { ...{ id: 'things', service: 'edition', data_type: 'things', changes: true }, max_reject_ratio: 1 };
  return runOnce({
    job: { ...fields, max_delete_rows: 1000, ...job },
    ...{ bucket, warehouse, connector: EDITION, cwd, now: '2026-11-29T06:00:00.000Z' },
    ...more,
  });
}

const all = (records: readonly unknown[]): Edition => ({ everything: true, records: [...records] });

/** The files, in the order of their packages. */
async function filesOf(place: Place): Promise<{ readonly key: string; readonly changes: Change[] }[]> {
  const { bucket } = place;
  const files = [];
  for await (const { key } of bucket.list('changes/')) {
    const object = await bucket.read(key);
    const chunks: Uint8Array[] = [];
    for await (const chunk of object?.body ?? []) chunks.push(chunk);
    const lines = gunzipSync(Buffer.concat(chunks)).toString().trimEnd().split('\n');
    files.push({ key, changes: lines.map((line) => JSON.parse(line) as Change) });
  }
  const order = await packagesOf(place);
  const ageOf = ({ key }: { readonly key: string }): number =>
    order.indexOf(/([^/]+)\.ndjson\.gz$/.exec(key)?.[1] ?? '');
  return files.sort((one, other) => ageOf(one) - ageOf(other));
}

/** Names of the packages, oldest first. */
async function packagesOf({ bucket }: Place): Promise<string[]> {
  const { state } = await readState(bucket, 'things');
  const names: string[] = [];
  for await (const link of chainOf(bucket, state.head)) if ('manifest' in link) names.unshift(link.manifest.package);
  return names;
}

type Rows = Map<string, number | null>;

async function tableOf({ warehouse }: Place): Promise<Rows> {
  const rows = (await warehouse.read(TABLE, 'id', 'value')) ?? [];
  return new Map(rows.map(([id, value]) => [String(id), value === null ? null : Number(value)]));
}

/** One file after the other: what each says was there must have been there. */
function follow(rows: Rows, changes: readonly Change[]): Rows {
  const next = new Map(rows);
  const idIn = (values: unknown): string => String((values as { id: unknown }).id);
  const valueIn = (values: unknown): number | null => (values as { value: number | null }).value;
  const insert = (row: unknown): void => {
    assert(!next.has(idIn(row)), `${idIn(row)} came twice`);
    next.set(idIn(row), valueIn(row));
  };
  for (const { change, key, before, after } of changes) {
    const id = idIn(key);
    if (before !== undefined) {
      assert(next.has(id), `${id} was not there`);
      expect(next.get(id)).toBe(valueIn(before));
    }
    if (change === 'updated') next.set(id, valueIn(after));
    if (['deleted', 'moved', 'split'].includes(change)) next.delete(id);
    if (change === 'inserted') insert(after);
  }
  // What is inserted under a name may have been deleted under it in the same file.
  for (const { change, after } of changes) if (Array.isArray(after) && change !== 'inserted') after.forEach(insert);
  return next;
}

const kindsOf = (changes: readonly Change[]): string[] =>
  changes.map(({ change, key }) => `${change} ${String(key['id'])}`).sort();

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
      expect(next.changed).toEqual({ [String(file?.key)]: counts });
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
      expect(told.get('a')).toMatchObject({ to: [{ id: 'a2' }], before: before('a'), after: [{ id: 'a2', value: 2 }] });
      expect(told.get('b')).toMatchObject({ to: [{ id: 'x' }, { id: 'y' }], after: [before('x'), before('y')] });
      expect(told.get('c')).toMatchObject({ to: [{ id: 'd' }], after: [] });
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

it('tells each change once, whichever operation a run dies before', async () => {
  const editions = [1, 2, 3].map((value) =>
    all([
      { id: 'a', value },
      { id: String(value), value },
    ]),
  );
  const [first, second, third] = editions as [Edition, Edition, Edition];
  let operations = Number.POSITIVE_INFINITY;
  for (let diesAt = 1; diesAt <= operations; diesAt += 1) {
    await withPlace(async (place) => {
      await run(place, first);
      const before = await tableOf(place);
      const killed = await run(place, second, { diesAt });
      if (killed.result === 'done') operations = killed.operations;
      expect((await run(place, third)).result).toBe('done');
      const rows = (await filesOf(place)).reduce((table, { changes }) => follow(table, changes), before);
      expect([...rows].sort()).toEqual([...(await tableOf(place))].sort());
    });
  }
  expect(operations).toBeGreaterThan(20);
});

it('leaves a file as it is that another version has written, and tells what stands in it', async () => {
  let isDone = false;
  for (let diesAt = 1; !isDone && diesAt < 60; diesAt += 1) {
    await withPlace(async (place) => {
      await run(place, all([{ id: 'a', value: 1 }]));
      await run(place, all([{ id: 'a', value: 2 }]), { diesAt });
      const [file] = await filesOf(place);
      if (file === undefined) return;
      isDone = true;
      const other = { change: 'inserted', key: { id: 'x' }, after: { id: 'x', value: null } };
      await place.bucket.write(file.key, gzipSync(`${JSON.stringify(other)}\n`), { contentType: 'application/gzip' });
      const { changed } = await run(place, all([{ id: 'a', value: 3 }]));
      const files = await filesOf(place);
      expect(files.map(({ changes }) => kindsOf(changes))).toEqual([['inserted x'], ['updated a']]);
      expect(changed?.[file.key]).toMatchObject({ inserted: 1, updated: 0 });
    });
  }
  expect(isDone).toBe(true);
});

const record = fc.oneof(
  { weight: 6, arbitrary: fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), gone: fc.constant(true) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      now: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ id: 7 }) },
);
const steps = fc.array(
  fc.record({
    edition: fc.record({ everything: fc.boolean(), records: fc.array(record, { maxLength: 6 }) }),
    deaths: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 2 }),
  }),
  { minLength: 2, maxLength: 5 },
);

it('tells each change once, wherever runs die', async () => {
  const property = fc.asyncProperty(steps, (sequence) =>
    withPlace(async (place) => {
      await run(place, all([{ id: 'a', value: 0 }]));
      const first = await tableOf(place);
      for (const { edition, deaths } of sequence) {
        for (const diesAt of deaths) await run(place, edition, { diesAt });
        expect((await run(place, edition)).result).toBe('done');
      }
      const files = await filesOf(place);
      const last = files.reduce((rows, { changes }) => follow(rows, changes), first);
      expect([...last].sort()).toEqual([...(await tableOf(place))].sort());
    }),
  );
  await fc.assert(property, { numRuns: 60, seed: SEED });
});
