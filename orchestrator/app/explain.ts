/** Where one row comes from: the row as it lies in each warehouse, and the bytes of bronze it was made of. Only looks. */
import { asTidemillError, TidemillError, valueDomains } from '@tidemill/kit';
import { suggestion } from '../config/faults.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import type { Manifest } from '../run/bronze/manifest.ts';
import { manifestOf, packageOf, recordsAt } from '../run/bronze/places.ts';
import type { Place } from '../run/compare/fingerprint.ts';
import { type Mentions, mentionsOf } from '../run/mentions.ts';
import { canonicalRow, canonicalText, rowChecksum } from '../run/silver/checksum.ts';
import { tableOf } from '../run/silver/table.ts';
import { readRenamed } from '../state/rename.ts';
import type { SilverRow, Table } from '../warehouse/contract.ts';
import { streamNow } from './comparison.ts';
import type { Session } from './session.ts';
import { checkWarehouse, warehouseFor, warehousesOf } from './warehouses.ts';

export interface ExplainRequest {
  /** `service.data_type`. */
  readonly table: string;
  /** In the order of the key columns, however they are spelt; none with `place`. */
  readonly key: readonly string[];
  /** The object and line of bronze that the row names, for tables without a key. */
  readonly place?: Place | undefined;
  readonly warehouse?: string | undefined;
  /** How many packages are read at most in search of the key. */
  readonly most: number;
  readonly onPackage: (looked: number) => void;
}

/** The record that a row was made of, and how it came. */
export interface Origin {
  /** As bronze has it; base64 of what is not UTF-8. */
  readonly record: { readonly text: string } | { readonly base64: string };
  readonly url: string;
  readonly manifest: Omit<Manifest, 'parts' | 'artifacts'>;
}

export interface ExplainedRow {
  readonly values: Readonly<Record<string, string | null>>;
  readonly checksum: string;
  /** Whether the checksum is that of the values. */
  readonly isSound: boolean;
  readonly place: Place;
  readonly ingestedAt: string;
  readonly origin: Origin | { readonly lacking: string };
}

export interface Explained {
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
  /** By name of the warehouse; usually one row, or none. */
  readonly warehouses: readonly {
    readonly name: string;
    readonly url: string;
    readonly rows: readonly ExplainedRow[];
  }[];
  /** By job of the table: which packages name the key besides that of the row, or, where there is no row, named it last. */
  readonly chains: readonly (Mentions & { readonly job: string })[];
}

/**
 * Throws `unknown-table`, `explain-key` and `explain-value` for what cannot be looked for, and `unknown-warehouse`.
 */
export async function explain(session: Session, request: ExplainRequest): Promise<Explained> {
  checkWarehouse(session, request.warehouse);
  const jobs = jobsOfTable(session, request.table);
  const [first] = jobs;
  const stream = await streamNow(session, first);
  const table = tableOf(first.service, stream);
  const key = keyOf(table, request);
  const names = [...new Set(jobs.flatMap((job) => warehousesOf(session, job, request.warehouse)))];
  const warehouses = [];
  for (const name of names) {
    const { warehouse } = await warehouseFor(session, name);
    const found = await rowsIn(warehouse.scan(table, key), request.place);
    const rows: ExplainedRow[] = [];
    for (const row of found) rows.push(await explained(session, first, table, row));
    warehouses.push({ name, url: warehouse.url, rows });
  }
  const places = warehouses.flatMap(({ rows }) => rows.map(({ place }) => place));
  const chains = key === undefined ? [] : await chainsOf(session, { jobs, table, key, places }, request);
  const named = Object.fromEntries(table.key.map((name, index) => [name, key?.[index] ?? '']));
  return { table: request.table, key: key === undefined ? {} : named, warehouses, chains };
}

function jobsOfTable({ config }: Session, table: string): readonly [Job, ...Job[]] {
  const [first, ...others] = config.jobs.filter(({ service, data_type }) => `${service}.${data_type}` === table);
  if (first !== undefined) return [first, ...others];
  const names = [...new Set(config.jobs.map(({ service, data_type }) => `${service}.${data_type}`))];
  throw new TidemillError('config', 'unknown-table', `No job loads a table "${table}"`, {
    hint: suggestion(nearest(table, names), names) ?? 'There is none in the configuration.',
  });
}

/** Canonical texts; undefined where a place was given instead. */
function keyOf(table: Table, { table: name, key, place }: ExplainRequest): readonly string[] | undefined {
  if (place !== undefined && key.length === 0) return undefined;
  const columns = table.key.flatMap((of) => table.columns.find((column) => column.name === of) ?? []);
  if (columns.length === 0 || key.length !== columns.length || place !== undefined) throw wrongKey(name, table);
  return columns.map((column, index) => {
    const given = key[index] ?? '';
    // A line of a CSV file ends with a carriage return, which a shell leaves there. In a text it may be meant.
    const text = canonicalText(column)(column.type === 'text' ? given : given.trim());
    if (text !== undefined) return text;
    throw new TidemillError('config', 'explain-value', `${name} has no such ${column.name}`, {
      hint: `Expected: ${valueDomains[column.type].expected}.`,
    });
  });
}

function wrongKey(name: string, { key }: Table): TidemillError {
  if (key.length === 0) {
    return new TidemillError('config', 'explain-key', `${name} has no key that would tell its rows apart`, {
      hint: `Say where in bronze the row comes from: \`npx tidemill explain ${name} --object KEY --line NUMBER\`.`,
    });
  }
  const values = key.map((column) => column.toUpperCase()).join(' ');
  return new TidemillError('config', 'explain-key', `A row of ${name} is known by ${key.join(', ')}`, {
    hint: `Say each of them: \`npx tidemill explain ${name} ${values}\`.`,
  });
}

async function rowsIn(rows: AsyncIterable<readonly SilverRow[]>, place: Place | undefined): Promise<SilverRow[]> {
  const found: SilverRow[] = [];
  for await (const batch of rows) {
    found.push(
      ...batch.filter(({ bronzeObjectPath, bronzeLine }) => {
        return place === undefined || (bronzeObjectPath === place.object && bronzeLine === place.line);
      }),
    );
  }
  return found;
}

async function explained(session: Session, job: Job, table: Table, row: SilverRow): Promise<ExplainedRow> {
  const { texts } = canonicalRow(table.columns)(row.values);
  const place = { object: row.bronzeObjectPath, line: row.bronzeLine };
  return {
    values: Object.fromEntries(table.columns.map(({ name }, index) => [name, texts[index] ?? null])),
    checksum: row.checksum,
    isSound: rowChecksum(table.columns)(texts).toString('hex').startsWith(row.checksum),
    place,
    ingestedAt: row.ingestedAt.toISOString(),
    origin: await originOf(session, job, place).catch((thrown) => ({ lacking: asTidemillError(thrown).message })),
  };
}

async function originOf(session: Session, job: Job, place: Place): Promise<ExplainedRow['origin']> {
  const { bucket } = session;
  const link = await manifestOf(bucket, place.object);
  if (link === undefined) return { lacking: `${place.object} is no object of a package` };
  const lines = { object: place.object, lines: new Set([place.line]) };
  const [record] = await recordsAt(bucket, link, lines, await streamNow(session, job));
  if (record === undefined) return { lacking: `${place.object} has no record ${place.line}` };
  const { text, url } = record;
  const { parts: _, artifacts: _of, ...manifest } = link.manifest;
  return {
    record: typeof text === 'string' ? { text } : { base64: Buffer.from(text).toString('base64') },
    url,
    manifest,
  };
}

interface Searched {
  readonly jobs: readonly Job[];
  readonly table: Table;
  readonly key: readonly string[];
  /** Of the rows that were found. */
  readonly places: readonly Place[];
}

async function chainsOf(
  session: Session,
  { jobs, table, key, places }: Searched,
  { most, onPackage }: ExplainRequest,
): Promise<Explained['chains']> {
  const { bucket, host } = session;
  const packages = places.flatMap(({ object }) => packageOf(object) ?? []);
  const chains = [];
  for (const job of jobs) {
    const { state } = await readRenamed(bucket, job);
    const stream = await streamNow(session, job);
    const before = packages.find((name) => name.startsWith(`${job.id}.`)) ?? packages[0];
    const request = { bucket, stream, table, head: state.head, key, before, most, onPackage };
    chains.push({ job: job.id, ...(await mentionsOf({ ...request, signal: host.interrupted })) });
  }
  return chains;
}
