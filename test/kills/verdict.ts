/** Looks at what a chain left behind, from outside, and says everything that is not as it was promised. */
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { Manifest } from '../../orchestrator/run/bronze/manifest.ts';
import type { JobState } from '../../orchestrator/state/job-state.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import type { SqlWarehouse } from '../../orchestrator/warehouse/contract.ts';
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { openLake } from '../../orchestrator/warehouse/lake/driver.ts';
import { ARTIFACT, type DataType, type Day, type Item, isReject, readOn, rowOf, rowsAfter, shapes } from './dataset.ts';
import { LAKE, type Place, tidemill } from './places.ts';
import { SERVICE, slots } from './source.ts';

/** What must be true at the end. */
export interface Truth {
  readonly type: DataType;
  /** Days on which the source was read, in their order. */
  readonly days: readonly Day[];
  /** How the slots ended, in their order. */
  readonly settled: readonly (readonly [Day, 'done' | 'superseded'])[];
  readonly now: string;
}

/** Complaints, as sentences; none when every promise was kept. */
export async function verdictOn(place: Place, truth: Truth): Promise<string[]> {
  const { state, complaints } = await judgeState(place, truth);
  if (state === undefined) return complaints;
  for (const [name, location] of Object.entries(place.warehouses)) {
    const own = await judgeWarehouse(place, truth, { name, location, state });
    complaints.push(...own.map((complaint) => `${name}: ${complaint}`));
  }
  return [...complaints, ...(await judgeTick(place, truth))];
}

interface Judged {
  readonly name: string;
  readonly location: string;
  readonly state: JobState;
}

async function judgeWarehouse(place: Place, truth: Truth, { name, location, state }: Judged): Promise<string[]> {
  const silver = await readSilver(openSilver(place, location), truth);
  const packages = await packagesOf(place, truth, silver.packages);
  const pending = state.targets[name]?.pending;
  return [
    ...(pending?.length === 0 ? [] : [`${pending?.length} packages are pending`]),
    ...judgeChain(state, packages, silver.packages),
    ...(await judgeBronze(place, truth, packages)),
    ...judgeSilver(truth, silver.rows, packages),
    ...(await judgeQuarantine(place, truth, packages)),
  ];
}

async function judgeState({ bucket }: Place, { type, settled }: Truth) {
  const complaints: string[] = [];
  const text = await textAt(bucket, stateKey(type));
  const state = parse(text) as JobState | undefined;
  if (state === undefined) return { state, complaints: ['the state is no JSON'] };
  const slotsSettled = state.recent.map(({ slot, outcome }) => [slot, outcome]);
  const expected = settled.map(([day, outcome]) => [slots[day], outcome]);
  if (!isDeepStrictEqual(slotsSettled, expected)) {
    complaints.push(`slots are settled as ${JSON.stringify(slotsSettled)}`);
  }
  if (state.claim !== undefined) complaints.push(`a claim is left: ${state.claim.run}`);
  if (state.listing !== undefined) complaints.push(`a listing is left open: ${state.listing.object}`);
  return { state, complaints };
}

interface Package {
  readonly key: string;
  readonly manifest: Manifest;
  /** By the object they lie in: the text of each line. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
}

/** The packages that silver says it has, as bronze has them. What a death left of others is no package. */
async function packagesOf({ bucket }: Place, { type }: Truth, loaded: readonly string[]): Promise<Package[]> {
  const found: Package[] = [];
  for await (const { key } of bucket.list(`bronze/${SERVICE}/${type}/`)) {
    if (!key.endsWith('/manifest.json')) continue;
    const manifest = parse(await textAt(bucket, key)) as Manifest | undefined;
    if (manifest === undefined || !loaded.includes(manifest.package)) continue;
    const lines = new Map<string, string[]>();
    for (const part of manifest.parts) {
      lines.set(
        part.key,
        gunzipSync(await bytesAt(bucket, part.key))
          .toString()
          .trimEnd()
          .split('\n'),
      );
    }
    found.push({ key, manifest, lines });
  }
  return found;
}

/** The packages that silver has are the ones that the state's chain of manifests names, each once. */
function judgeChain(state: JobState, packages: readonly Package[], loaded: readonly string[]): string[] {
  const byKey = new Map(packages.map((found) => [found.key, found.manifest]));
  const chain: string[] = [];
  for (let key = state.head; key !== undefined; key = byKey.get(key)?.previous) {
    const manifest = byKey.get(key);
    if (manifest === undefined) return [`the state's chain names ${key}, which silver does not have`];
    chain.push(manifest.package);
  }
  return differences('packages in silver', loaded, chain);
}

async function judgeBronze({ bucket }: Place, { type, days }: Truth, packages: readonly Package[]): Promise<string[]> {
  const lines = packages.flatMap(({ lines }) => [...lines.values()].flat());
  const complaints = differences(
    'records in bronze',
    lines.map(short),
    readOn(type, days).map((item) => short(JSON.stringify(item))),
  );
  const artifacts = packages.flatMap(({ manifest }) => manifest.artifacts);
  if (artifacts.length !== (shapes[type].hasArtifact ? days.length : 0)) {
    complaints.push(`bronze has ${artifacts.length} artifacts`);
  }
  if (type === 'bulk' && packages.some(({ manifest }) => manifest.parts.length < 2)) {
    complaints.push('a package that should be one of several parts is not');
  }
  for (const { key } of artifacts) {
    if (!ARTIFACT.equals(await bytesAt(bucket, key))) complaints.push(`${key} is not what the source gave`);
  }
  return complaints;
}

interface SilverRow {
  readonly row: readonly string[];
  readonly object: string;
  readonly line: number;
}

function judgeSilver({ type, days }: Truth, rows: readonly SilverRow[], packages: readonly Package[]): string[] {
  const lines = new Map(packages.flatMap(({ lines }) => [...lines]));
  const astray = rows.filter(({ row, object, line }) => {
    const text = lines.get(object)?.[line - 1];
    return text === undefined || !isDeepStrictEqual(rowOf(JSON.parse(text) as Item), row);
  });
  return [
    ...differences(
      'rows in silver',
      rows.map(({ row }) => row.join(' ')),
      rowsAfter(type, days).map((row) => row.join(' ')),
    ),
    ...astray.map(({ row }) => `row ${row.join(' ')} does not lead back to its record`),
  ];
}

/** Every reject of a package lies in the package's quarantine, once for each warehouse; and no other package has one. */
async function judgeQuarantine(
  { bucket, warehouses }: Place,
  { type }: Truth,
  packages: readonly Package[],
): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of bucket.list(`quarantine/${SERVICE}/${type}/`)) {
    const lines = gunzipSync(await bytesAt(bucket, key))
      .toString()
      .trimEnd()
      .split('\n');
    const texts = lines.map((line) => (JSON.parse(line) as { record_text: string }).record_text);
    found.push(...texts.map((text) => `${key}: ${text}`));
  }
  const expected = packages.flatMap(({ manifest, lines }) => {
    const rejects = [...lines.values()].flat().filter((line) => isReject(JSON.parse(line) as Item));
    return Object.keys(warehouses).flatMap((name) =>
      rejects.map((text) => `quarantine/${SERVICE}/${type}/${manifest.package}~${name}.ndjson.gz: ${text}`),
    );
  });
  return differences('records in quarantine', found, expected);
}

/** The schedule owes nothing any more: asking so sends events that a dead run has left, once, and changes nothing besides. */
async function judgeTick(place: Place, { type, now }: Truth): Promise<string[]> {
  const before = await textAt(place.bucket, stateKey(type));
  const first = await tick(place, now);
  const after = await textAt(place.bucket, stateKey(type));
  const second = await tick(place, now);
  const isSame =
    isDeepStrictEqual(withoutOutbox(after), withoutOutbox(before)) &&
    (await textAt(place.bucket, stateKey(type))) === after;
  const odd = [first, second].find(({ exit, runs }) => exit !== 0 || runs !== 0) ?? first;
  const isIdle = odd.exit === 0 && odd.runs === 0;
  return isIdle && isSame ? [] : [`a further tick ends with ${odd.exit} and runs ${odd.runs} jobs`];
}

async function tick(place: Place, now: string): Promise<{ readonly exit: number; readonly runs: number | undefined }> {
  const { exit, stdout } = await tidemill(place, now, ['tick', '--json']);
  return { exit, runs: (parse(stdout) as { results?: readonly unknown[] } | undefined)?.results?.length };
}

/** A state counts its swaps, and its fields have no order. */
function withoutOutbox(text: string): unknown {
  const { outbox: _, revision: __, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

function openSilver({ bucket }: Place, location: string): SqlWarehouse {
  const clock = { now: () => new Date(), sleep: async () => undefined };
  if (location === LAKE) return openLake({ bucket, clock, random: () => 0.5 });
  return openDuckDb({ file: location, clock });
}

async function readSilver(warehouse: SqlWarehouse, { type }: Truth) {
  try {
    const loaded = `SELECT package_id FROM staging.ingestion_state WHERE job = '${type}'`;
    const packages = (await warehouse.query(loaded)).rows.map(([id]) => String(id));
    const silver = `SELECT id, n, chars, bronze_object_path, bronze_line FROM ${SERVICE}.${type}`;
    const found = packages.length === 0 ? { rows: [] } : await warehouse.query(silver);
    const rows = found.rows.map(([id, n, chars, object, line]): SilverRow => {
      return { row: [id, n, chars].map(String), object: String(object), line: Number(line) };
    });
    return { packages, rows };
  } finally {
    await warehouse.close();
  }
}

/** Compared as bags: what there is once must be there once. */
function differences(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const balance = new Map<string, number>();
  for (const one of found) balance.set(one, (balance.get(one) ?? 0) + 1);
  for (const one of expected) balance.set(one, (balance.get(one) ?? 0) - 1);
  return [...balance].flatMap(([one, count]) => {
    if (count === 0) return [];
    return [`${what}: "${one}" is ${count > 0 ? `there ${count}× too often` : `missing ${-count}×`}`];
  });
}

/** Long enough to tell records apart. */
const short = (text: string): string => (text.length > 100 ? `${text.slice(0, 80)}… ${text.length}` : text);

export const stateKey = (type: DataType): string => `_tidemill/state/${type}.json`;

export async function textAt(bucket: Bucket, key: string): Promise<string> {
  return (await bytesAt(bucket, key)).toString();
}

/** The object's bytes; none when it is not there, which no promise of ours takes for an object. */
async function bytesAt(bucket: Bucket, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await bucket.read(key))?.body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
