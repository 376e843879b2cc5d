/** The silver stage: committed packages of bronze become rows of one table, each exactly once. */
import { type Scope, type Stream, TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import type {
  MergeCounts,
  MergeResult,
  PackageCounts,
  PackageRows,
  StagedBatch,
  StagedRow,
  Unnamed,
  Warehouse,
} from '../../warehouse/contract.ts';
import { FieldTally, type SeenFields } from './fields.ts';
import { isIn, type Span } from './halving.ts';
import { type Reject, recordMapper } from './map.ts';
import { type DeleteLimits, mayDelete } from './may-delete.ts';
import { Quarantine, type RejectReason } from './quarantine.ts';
import type { SourceRecord } from './record.ts';
import { aroundRefused, stagedRows } from './refused.ts';
import { tableOf } from './table.ts';

/** A committed package. */
export interface PackageToLoad {
  /** Of the load. */
  readonly id: string;
  /** In bronze. */
  readonly name: string;
  /** Lines of its parts. */
  readonly records: number;
  /** Called once; and again, each time from the first, when the warehouse refuses a value. */
  readonly read: () => AsyncIterable<readonly SourceRecord[]>;
  /** An earlier run may have left rejects of the package behind; the names of the job's other warehouses, whose own stay. */
  readonly others?: readonly string[] | undefined;
  /** Bronze objects whose rows make room: the package was loaded before. */
  readonly replaces?: readonly string[];
}

export interface LoadOptions {
  readonly bucket: Bucket;
  readonly warehouse: Warehouse;
  readonly service: string;
  readonly stream: Stream;
  readonly scope: Scope;
  readonly job: string;
  /** Name of the warehouse. */
  readonly target: string;
  /** In their order; one of everything is alone. */
  readonly packages: readonly PackageToLoad[];
  /** When a package of everything may delete rows that it does not name. */
  readonly deletes: DeleteLimits;
  readonly now: Date;
  readonly onRows: (rows: number) => void;
  /** Asked right before the rows count for good; throws when somebody else loads them meanwhile. */
  readonly confirm: () => Promise<void>;
}

export interface LoadReport {
  readonly package: string;
  readonly records: number;
  /** How many of them were made of artifacts. */
  readonly parsed: number;
  readonly rejected: number;
  /** The quarantine object, when anything was rejected. */
  readonly quarantine?: string;
  /** The most frequent first. */
  readonly reasons: readonly RejectReason[];
  readonly counts: MergeCounts;
  readonly alreadyLoaded: boolean;
  /** Where the warehouse bills by the bytes that it reads: of all that was loaded with it, and before it. */
  readonly bytesBilled?: number;
  /** None when it was loaded already: then nothing was read. */
  readonly fields: SeenFields;
}

interface Tally {
  /** Lines of the parts, and records made of artifacts. */
  lines: number;
  parsed: number;
  rows: number;
  readonly fields: FieldTally;
}

/** A package that is being loaded. */
interface Loading {
  readonly package: PackageToLoad;
  readonly quarantine: Quarantine;
  readonly tally: Tally;
}

/**
 * Merges the packages' records into the warehouse, all of them or none. A record that does not fit goes to `quarantine/` with its
 * reason and keeps no other from being loaded. Of a package that is alone, so does what fits and is refused by the warehouse all the
 * same; of several the refusal is thrown, for whoever then loads fewer. A ledger that does not balance fails the load before its
 * transaction commits.
 */
export function loadPackages(options: LoadOptions): Promise<LoadReport[]> {
  const { warehouse, service, stream, job, now, packages } = options;
  const [only, ...others] = packages;
  if (only === undefined || others.length > 0) return loadWithout([], options);
  const load = { packageId: only.id, job, table: tableOf(service, stream), now };
  const map = recordMapper(stream, () => undefined);
  return aroundRefused({ warehouse, load, records: only.read, map }, (refused) => loadWithout(refused, options));
}

async function loadWithout(refused: readonly Span[], options: LoadOptions): Promise<LoadReport[]> {
  const { bucket, service, stream, scope, warehouse, target, packages, deletes, job, now } = options;
  const all = packages.map((one): Loading => {
    const place = { service, dataType: stream.name, package: one.name, target };
    const tally = { lines: 0, parsed: 0, rows: 0, fields: new FieldTally(stream) };
    return { package: one, quarantine: new Quarantine(bucket, place), tally };
  });
  const read = (): number => all.reduce((sum, { tally }) => sum + tally.lines + tally.parsed, 0);
  try {
    const merged = await warehouse.apply({
      packages: all.map((loading) => rowsOf(loading, options, refused)),
      job,
      table: tableOf(service, stream),
      scope,
      now,
      // Asked when every row was read: what was counted is whole.
      unnamed: (rows: Unnamed) => mayDelete(rows, read(), deletes),
      beforeCommit: (counted) => {
        balance(counted, all);
        return options.confirm();
      },
    });
    return await reportsOf(all, merged);
  } catch (error) {
    for (const { quarantine } of all) await quarantine.abort();
    throw error;
  }
}

const rowsOf = (loading: Loading, options: LoadOptions, refused: readonly Span[]): PackageRows => {
  const { id, replaces } = loading.package;
  return { id, rows: mapRecords(loading, options, refused), ...(replaces === undefined ? {} : { replaces }) };
};

async function reportsOf(all: readonly Loading[], { packages, bytesBilled }: MergeResult): Promise<LoadReport[]> {
  const reports: LoadReport[] = [];
  for (const [index, { package: one, quarantine, tally }] of all.entries()) {
    const merged = packages[index];
    if (merged?.id !== one.id) throw unbalanced(`the warehouse does not say what became of ${one.id}`);
    const { counts, alreadyLoaded } = merged;
    if (alreadyLoaded) await quarantine.find();
    const isLast = index === all.length - 1;
    reports.push({
      package: one.id,
      records: one.records + tally.parsed,
      parsed: tally.parsed,
      rejected: quarantine.count,
      ...(quarantine.count > 0 ? { quarantine: quarantine.key } : {}),
      reasons: quarantine.reasons(),
      counts,
      alreadyLoaded,
      ...(isLast && bytesBilled !== undefined ? { bytesBilled } : {}),
      fields: tally.fields,
    });
  }
  return reports;
}

async function* mapRecords(
  { package: one, quarantine, tally }: Loading,
  { stream, onRows }: LoadOptions,
  refused: readonly Span[],
): AsyncIterable<StagedBatch> {
  const map = recordMapper(stream, (record) => tally.fields.add(record));
  for await (const batch of one.read()) {
    const staged: StagedRow[] = [];
    const before = quarantine.count;
    for (const record of batch) {
      const isRefused = isIn(refused, tally.lines + tally.parsed);
      tally[record.isParsed === true ? 'parsed' : 'lines'] += 1;
      const mapped = map(record.text);
      if ('reject' in mapped) await quarantine.add(record, mapped.reject);
      else if (isRefused) await quarantine.add(record, REFUSED);
      else staged.push(...stagedRows(mapped, record));
    }
    tally.rows += staged.length;
    onRows(staged.length);
    yield { rows: staged, rejected: quarantine.count - before };
  }
  if (tally.lines !== one.records) {
    throw unbalanced(`the package holds ${one.records} records and ${tally.lines} were read`);
  }
  // Before the merge commits: a load that is cut short in between is done again.
  await quarantine.close(one.others);
}

/** The warehouse did not say which column it was. */
const REFUSED: Reject = { code: 'warehouse-refused', issues: [] };

/** Each package by itself. */
function balance(counted: readonly PackageCounts[], all: readonly Loading[]): void {
  const handedOver = new Map(all.map(({ package: { id }, tally }) => [id, tally.rows]));
  for (const { id, counts } of counted) {
    const accounted = counts.inserted + counts.updated + counts.unchanged + counts.duplicates + counts.deletions;
    const rows = handedOver.get(id);
    if (counts.rows !== rows || accounted !== rows) {
      throw unbalanced(`${rows} rows were handed over and ${accounted} are accounted for`);
    }
  }
}

const unbalanced = (what: string): TidemillError =>
  new TidemillError('bug', 'ledger-unbalanced', `The ledger does not close: ${what}`);
