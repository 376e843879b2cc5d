/** Records that did not fit their table, each with its reason and its place in bronze: one object a package and warehouse. */
import { z } from 'zod';
import type { Bucket } from '../../storage/contract.ts';
import { keys, quarantinedAt } from '../../storage/keys.ts';
import { damaged, type Line, NdjsonWriter, readLines } from '../../storage/ndjson.ts';
import type { Reject } from './map.ts';
import type { SourceRecord } from './record.ts';

/** Whose rejects they are. */
export interface QuarantinePlace {
  readonly service: string;
  readonly dataType: string;
  /** Its name in bronze: a package that is loaded again has the same. */
  readonly package: string;
  /** Name of the warehouse that lacks them: what one refuses, another may take. */
  readonly target: string;
}

/** Why records were rejected, and how many. */
export interface RejectReason {
  /** `path: expected`, or the code where no field is to blame. */
  readonly reason: string;
  readonly records: number;
}

const QuarantinedLine = z.object({
  code: z.string(),
  issues: z.array(z.object({ path: z.string(), expected: z.string() })),
  bronze_object_path: z.string(),
  bronze_line: z.int(),
  source_url: z.string(),
  record_text: z.string().optional(),
  record_base64: z.string().optional(),
});

/** A record in quarantine. */
export interface QuarantinedRecord extends Pick<Reject, 'issues'> {
  readonly code: string;
  readonly text: Line;
  readonly object: string;
  readonly line: number;
}

/** Of one in a million new fields there must not be a million reasons. */
const MOST_REASONS = 100;

/** Being written while a package is loaded; opened with the first record. */
export class Quarantine {
  readonly key: string;
  readonly #bucket: Bucket;
  readonly #place: QuarantinePlace;
  readonly #reasons = new Map<string, number>();
  #found = 0;
  #writer: NdjsonWriter | undefined;
  #isClosed = false;

  constructor(bucket: Bucket, place: QuarantinePlace) {
    this.#bucket = bucket;
    this.#place = place;
    this.key = keys.quarantine(place.service, place.dataType, place.package, place.target);
  }

  get count(): number {
    return this.#writer?.records ?? this.#found;
  }

  async add(record: SourceRecord, reject: Reject): Promise<void> {
    this.#writer ??= new NdjsonWriter(this.#bucket, this.key);
    const { object: bronze_object_path, line: bronze_line, url: source_url, text } = record;
    const content =
      typeof text === 'string' ? { record_text: text } : { record_base64: Buffer.from(text).toString('base64') };
    await this.#writer.write([JSON.stringify({ ...reject, bronze_object_path, bronze_line, source_url, ...content })]);
    this.#note(reasonOf(reject));
  }

  /** Takes in what the same load has left there, before its process died. */
  async find(): Promise<void> {
    for await (const { key } of this.#bucket.list(this.key)) {
      if (key !== this.key) continue;
      for await (const records of readQuarantine(this.#bucket, key)) {
        this.#found += records.length;
        for (const record of records) this.#note(reasonOf(record));
      }
    }
  }

  #note(reason: string): void {
    const known = this.#reasons.has(reason) || this.#reasons.size < MOST_REASONS ? reason : 'other';
    this.#reasons.set(known, (this.#reasons.get(known) ?? 0) + 1);
  }

  /** The most frequent first. */
  reasons(): RejectReason[] {
    const all = [...this.#reasons].map(([reason, records]) => ({ reason, records }));
    return all.sort((a, b) => b.records - a.records);
  }

  /**
   * From here on the object holds the package's rejects. With the names of the job's other warehouses it takes the place of
   * what an earlier load of the package left behind; what those lack stays.
   */
  async close(others?: readonly string[]): Promise<void> {
    if (this.#isClosed) return;
    await this.#writer?.close();
    // Not before: an object that could not be written is never taken for one that is there.
    this.#isClosed = true;
    if (others === undefined) return;
    const { service, dataType, package: name } = this.#place;
    for await (const { key } of this.#bucket.list(keys.quarantinedOf(service, dataType, name))) {
      const found = quarantinedAt(key);
      if (found?.package !== name || others.includes(found.target ?? '')) continue;
      if (key !== this.key || this.count === 0) await this.#bucket.remove(key);
    }
  }

  async abort(): Promise<void> {
    if (!this.#isClosed) await this.#writer?.abort();
  }
}

/** The records of one object, in batches. Throws `bronze-damaged` for what is none. */
export async function* readQuarantine(bucket: Bucket, key: string): AsyncIterable<readonly QuarantinedRecord[]> {
  for await (const lines of readLines(bucket, key)) {
    yield lines.map((line) => {
      const { bronze_object_path: object, bronze_line, record_text, record_base64 = '', ...reject } = parsed(line, key);
      const text = record_text ?? Buffer.from(record_base64, 'base64');
      return { ...reject, text, object, line: bronze_line };
    });
  }
}

function parsed(line: Line, key: string): z.infer<typeof QuarantinedLine> {
  try {
    return QuarantinedLine.parse(JSON.parse(String(line)));
  } catch {
    // Without its cause, which may quote a record.
    throw damaged('bronze-damaged', `${key} does not hold rejected records`);
  }
}

/** The first issue of a reject says what it is about; positions in lists are all the same field. */
export const fieldOf = ({ issues: [first] }: Pick<Reject, 'issues'>): string =>
  first?.path.replace(/(^|\.)\d+(?=\.|$)/g, '$1*') ?? '';

function reasonOf(reject: Pick<QuarantinedRecord, 'code' | 'issues'>): string {
  const [first] = reject.issues;
  if (first === undefined) return reject.code;
  const field = fieldOf(reject);
  return `${field === '' ? reject.code : field}: expected ${first.expected}`;
}
