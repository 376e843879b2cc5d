/** Runs of a job with `changes: true`, the files that they leave, and what a table becomes when these are followed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { assert, expect } from 'vitest';
import { chainOf } from '../../orchestrator/run/bronze/chain.ts';
import type { Change } from '../../orchestrator/run/changes/change.ts';
import { readState } from '../../orchestrator/state/store.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { openLocalBucket } from '../../orchestrator/storage/local/driver.ts';
import { type Run, runOnce } from '../cli/world.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import type { Tested } from '../contracts/warehouse-samples.ts';
import type { Edition } from '../fixtures/connectors/edition.ts';

/** The same source, of which anybody may read the rows. */
export const PUBLIC = new URL('../fixtures/connectors/public-edition.ts', import.meta.url).href;
const EDITION = new URL('../fixtures/connectors/edition.ts', import.meta.url).href;
const TABLE = { schema: 'edition', name: 'things' };

export interface Place {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly warehouse: Tested;
}

export async function withPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-tell-'));
  try {
    return await use({ folder, bucket: openLocalBucket(join(folder, 'bucket')), warehouse: memoryWarehouse() });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function run(place: Place, edition: Edition, more: Partial<Run> = {}, job: object = {}) {
  await writeFile(join(place.folder, 'edition.json'), JSON.stringify(edition));
  return runAgain(place, more, job);
}

/** A minute after the other: of two packages that are loaded in one moment nobody knows which was the last. */
let minutes = 0;

/** Reads what lies there. */
export function runAgain(place: Place, more: Partial<Run> = {}, job: object = {}) {
  const { bucket, warehouse, folder: cwd } = place;
  minutes += 1;
  const now = new Date(Date.UTC(2026, 10, 29, 6, minutes)).toISOString();
  const fields = { ...{ id: 'things', service: 'edition', data_type: 'things', changes: true }, max_reject_ratio: 1 };
  return runOnce({
    job: { ...fields, max_delete_rows: 1000, ...job },
    ...{ bucket, warehouse, connector: EDITION, cwd, now },
    ...more,
  });
}

export const all = (records: readonly unknown[]): Edition => ({ everything: true, records: [...records] });

/** The files, in the order of their packages. */
export async function filesOf(place: Place): Promise<{ readonly key: string; readonly changes: Change[] }[]> {
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
export async function packagesOf({ bucket }: Place): Promise<string[]> {
  const { state } = await readState(bucket, 'things');
  const names: string[] = [];
  for await (const link of chainOf(bucket, state.head)) if ('manifest' in link) names.unshift(link.manifest.package);
  return names;
}

export type Rows = Map<string, number | null>;

export async function tableOf({ warehouse }: Place): Promise<Rows> {
  const rows = (await warehouse.read(TABLE, 'id', 'value')) ?? [];
  return new Map(rows.map(([id, value]) => [String(id), value === null ? null : Number(value)]));
}

/** One file after the other: what each says was there must have been there. */
export function follow(rows: Rows, changes: readonly Change[]): Rows {
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
  for (const { came = [] } of changes) came.forEach(insert);
  return next;
}

export const kindsOf = (changes: readonly Change[]): string[] =>
  changes.map(({ change, key }) => `${change} ${String(key['id'])}`).sort();
