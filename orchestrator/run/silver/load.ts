/** The silver stage: one committed package of bronze becomes rows of one table, exactly once. */
import { type Scope, type Stream, TidemillError } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { type Line, NdjsonWriter } from '../../storage/ndjson.ts';
import type { MergeCounts, StagedBatch, StagedRow, Unnamed, Warehouse } from '../../warehouse/contract.ts';
import { FieldTally, type SeenFields } from './fields.ts';
import { type RejectIssue, recordMapper } from './map.ts';
import { type DeleteLimits, mayDelete } from './may-delete.ts';
import { tableOf } from './table.ts';

/** A line of bronze, or a record made of an artifact, and where a row made of it says it comes from. */
export interface SourceRecord {
  readonly text: Line;
  readonly object: string;
  readonly line: number;
  readonly url: string;
  /** Not one of the package's lines: made of an artifact. */
  readonly isParsed?: true;
}

export interface LoadOptions {
  readonly bucket: Bucket;
  readonly warehouse: Warehouse;
  readonly service: string;
  readonly stream: Stream;
  readonly scope: Scope;
  readonly job: string;
  /** `records`: lines of its parts. */
  readonly package: { readonly id: string; readonly records: number };
  readonly records: AsyncIterable<readonly SourceRecord[]>;
  readonly maxRejectRatio: number;
  /** When a package of everything may delete rows that it does not name. */
  readonly deletes: DeleteLimits;
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
  /** The most frequent reasons first: `path: expected`. */
  readonly reasons: readonly string[];
  readonly counts: MergeCounts;
  readonly alreadyLoaded: boolean;
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
 * Merges the package's records into the warehouse. A record that does not fit goes to `quarantine/` with its reason;
 * too many of them, or a ledger that does not balance, fail the load before its transaction commits.
 */
export async function loadPackage(options: LoadOptions): Promise<LoadReport> {
  const { service, stream, scope, warehouse, package: pack, job, now } = options;
  const quarantine = new Quarantine(options.bucket, keys.quarantine(service, stream.name, pack.id));
  const tally = { lines: 0, parsed: 0, rows: 0, fields: new FieldTally(stream) };
  try {
    const rows = mapRecords(options, quarantine, tally);
    const beforeCommit = (counts: MergeCounts): Promise<void> => {
      balance(counts, tally.rows);
      return options.confirm();
    };
    const table = tableOf(service, stream);
    const room = options.replaces === undefined ? {} : { replaces: options.replaces };
    const { counts, alreadyLoaded } = await warehouse.apply({
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
    return {
      package: pack.id,
      records: pack.records + tally.parsed,
      parsed: tally.parsed,
      rejected: quarantine.count,
      ...(quarantine.count > 0 ? { quarantine: quarantine.key } : {}),
      reasons: quarantine.reasons(),
      counts,
      alreadyLoaded,
      fields: tally.fields,
    };
  } catch (error) {
    await quarantine.abort();
    throw error;
  }
}

async function* mapRecords(
  { stream, records, package: pack, maxRejectRatio, onRows }: LoadOptions,
  quarantine: Quarantine,
  tally: Tally,
): AsyncIterable<StagedBatch> {
  const map = recordMapper(stream, (record) => tally.fields.add(record));
  for await (const batch of records) {
    const staged: StagedRow[] = [];
    const before = quarantine.count;
    for (const record of batch) {
      tally[record.isParsed === true ? 'parsed' : 'lines'] += 1;
      const mapped = map(record.text);
      if ('reject' in mapped) {
        await quarantine.add(record, mapped.reject);
        continue;
      }
      const { object: bronzeObjectPath, line: bronzeLine, url: sourceUrl } = record;
      const place = { bronzeObjectPath, bronzeLine, sourceUrl };
      for (const values of mapped.rows) staged.push({ values, ...place });
      if (mapped.gone !== undefined) staged.push({ values: mapped.gone, ...place, isDeletion: true });
    }
    tally.rows += staged.length;
    onRows(staged.length);
    yield { rows: staged, rejected: quarantine.count - before };
  }
  if (tally.lines !== pack.records) {
    throw unbalanced(`the package holds ${pack.records} records and ${tally.lines} were read`);
  }
  // Thrown inside the merge's transaction, so that nothing of the package is loaded.
  await quarantine.close();
  refuseTooMany(quarantine, tally.lines + tally.parsed, maxRejectRatio);
}

function refuseTooMany(quarantine: Quarantine, records: number, maxRejectRatio: number): void {
  if (quarantine.count === 0 || quarantine.count / records <= maxRejectRatio) return;
  const share = `${quarantine.count} of ${records} records`;
  throw new TidemillError(
    'source-changed',
    'too-many-rejects',
    `${share} do not fit: ${quarantine.reasons().join('; ')}`,
    {
      hint: `They lie in ${quarantine.key}. Bronze has every record: mend what makes the rows (the connector; of a command job its columns), or raise max_reject_ratio, and the next run loads them. To go on without them: --full-refresh.`,
    },
  );
}

function balance(counts: MergeCounts, rows: number): void {
  const accounted = counts.inserted + counts.updated + counts.unchanged + counts.duplicates + counts.deletions;
  if (counts.rows !== rows || accounted !== rows) {
    throw unbalanced(`${rows} rows were handed over and ${accounted} are accounted for`);
  }
}

const unbalanced = (what: string): TidemillError =>
  new TidemillError('bug', 'ledger-unbalanced', `The ledger does not close: ${what}`);

/** Rejected records with their reasons, in one object beside bronze; opened with the first one. */
class Quarantine {
  readonly key: string;
  readonly #bucket: Bucket;
  readonly #reasons = new Map<string, number>();
  #writer: NdjsonWriter | undefined;
  #isClosed = false;

  constructor(bucket: Bucket, key: string) {
    this.#bucket = bucket;
    this.key = key;
  }

  get count(): number {
    return this.#writer?.records ?? 0;
  }

  async add(
    record: SourceRecord,
    reject: { readonly code: string; readonly issues: readonly RejectIssue[] },
  ): Promise<void> {
    this.#writer ??= new NdjsonWriter(this.#bucket, this.key);
    const { object: bronze_object_path, line: bronze_line, url: source_url, text } = record;
    const content =
      typeof text === 'string' ? { record_text: text } : { record_base64: Buffer.from(text).toString('base64') };
    await this.#writer.write([JSON.stringify({ ...reject, bronze_object_path, bronze_line, source_url, ...content })]);
    const [first] = reject.issues;
    const reason = first === undefined ? reject.code : `${first.path}: expected ${first.expected}`;
    // The reason of one in a million new fields must not become a million reasons.
    const known = this.#reasons.has(reason) || this.#reasons.size < 100 ? reason : 'other';
    this.#reasons.set(known, (this.#reasons.get(known) ?? 0) + 1);
  }

  reasons(): string[] {
    const byCount = [...this.#reasons].sort(([, a], [, b]) => b - a);
    return byCount.slice(0, 5).map(([reason, count]) => `${reason} (${count}×)`);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writer?.close();
  }

  async abort(): Promise<void> {
    if (!this.#isClosed) await this.#writer?.abort();
  }
}
