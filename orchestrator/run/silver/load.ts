/** The silver stage: one committed package of bronze becomes rows of one table, exactly once. */
import { type Scope, type Stream, TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import type { MergeCounts, StagedBatch, StagedRow, Unnamed, Warehouse } from '../../warehouse/contract.ts';
import { FieldTally, type SeenFields } from './fields.ts';
import { isIn, type Span } from './halving.ts';
import { type Reject, recordMapper } from './map.ts';
import { type DeleteLimits, mayDelete } from './may-delete.ts';
import { Quarantine, type RejectReason } from './quarantine.ts';
import type { SourceRecord } from './record.ts';
import { aroundRefused, stagedRows } from './refused.ts';
import { tableOf } from './table.ts';

export interface LoadOptions {
  readonly bucket: Bucket;
  readonly warehouse: Warehouse;
  readonly service: string;
  readonly stream: Stream;
  readonly scope: Scope;
  readonly job: string;
  /** Name of the warehouse. */
  readonly target: string;
  /** `id` is the load's, `name` bronze's; `records`: lines of its parts. */
  readonly package: { readonly id: string; readonly name: string; readonly records: number };
  /** Read once; and again, each time from the first, when the warehouse refuses a value. */
  readonly records: () => AsyncIterable<readonly SourceRecord[]>;
  /** When a package of everything may delete rows that it does not name. */
  readonly deletes: DeleteLimits;
  /** An earlier run may have left rejects of the package behind; the names of the job's other warehouses, whose own stay. */
  readonly others?: readonly string[] | undefined;
  /** Bronze objects whose rows make room: the package was loaded before. */
  readonly replaces?: readonly string[];
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
  /** Where the warehouse bills by the bytes that it reads. */
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

/**
 * Merges the package's records into the warehouse. A record that does not fit goes to `quarantine/` with its reason
 * and keeps no other from being loaded; what fits and is refused by the warehouse all the same goes there, too. A ledger that does
 * not balance fails the load before its transaction commits.
 */
export function loadPackage(options: LoadOptions): Promise<LoadReport> {
  const { warehouse, service, stream, job, now, records, package: pack } = options;
  const load = { packageId: pack.id, job, table: tableOf(service, stream), now };
  const map = recordMapper(stream, () => undefined);
  return aroundRefused({ warehouse, load, records, map }, (refused) => loadWithout(refused, options));
}

async function loadWithout(refused: readonly Span[], options: LoadOptions): Promise<LoadReport> {
  const { bucket, service, stream, scope, warehouse, target, package: pack, job, now } = options;
  const quarantine = new Quarantine(bucket, { service, dataType: stream.name, package: pack.name, target });
  const tally = { lines: 0, parsed: 0, rows: 0, fields: new FieldTally(stream) };
  try {
    const rows = mapRecords(options, { quarantine, tally, refused });
    const beforeCommit = (counts: MergeCounts): Promise<void> => {
      balance(counts, tally.rows);
      return options.confirm();
    };
    const table = tableOf(service, stream);
    const room = options.replaces === undefined ? {} : { replaces: options.replaces };
    const { counts, alreadyLoaded, bytesBilled } = await warehouse.apply({
      packageId: pack.id,
      job,
      table,
      scope,
      rows,
      now,
      // Asked when every row was read: the tally is whole.
      unnamed: (rows: Unnamed) => mayDelete(rows, tally.lines + tally.parsed, options.deletes),
      beforeCommit,
      ...room,
    });
    if (alreadyLoaded) await quarantine.find();
    return {
      package: pack.id,
      records: pack.records + tally.parsed,
      parsed: tally.parsed,
      rejected: quarantine.count,
      ...(quarantine.count > 0 ? { quarantine: quarantine.key } : {}),
      reasons: quarantine.reasons(),
      counts,
      alreadyLoaded,
      ...(bytesBilled === undefined ? {} : { bytesBilled }),
      fields: tally.fields,
    };
  } catch (error) {
    await quarantine.abort();
    throw error;
  }
}

async function* mapRecords(
  { stream, records, package: pack, others, onRows }: LoadOptions,
  {
    quarantine,
    tally,
    refused,
  }: { readonly quarantine: Quarantine; readonly tally: Tally; readonly refused: readonly Span[] },
): AsyncIterable<StagedBatch> {
  const map = recordMapper(stream, (record) => tally.fields.add(record));
  for await (const batch of records()) {
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
  if (tally.lines !== pack.records) {
    throw unbalanced(`the package holds ${pack.records} records and ${tally.lines} were read`);
  }
  // Before the merge commits: a load that is cut short in between is done again.
  await quarantine.close(others);
}

/** The warehouse did not say which column it was. */
const REFUSED: Reject = { code: 'warehouse-refused', issues: [] };

function balance(counts: MergeCounts, rows: number): void {
  const accounted = counts.inserted + counts.updated + counts.unchanged + counts.duplicates + counts.deletions;
  if (counts.rows !== rows || accounted !== rows) {
    throw unbalanced(`${rows} rows were handed over and ${accounted} are accounted for`);
  }
}

const unbalanced = (what: string): TidemillError =>
  new TidemillError('bug', 'ledger-unbalanced', `The ledger does not close: ${what}`);
