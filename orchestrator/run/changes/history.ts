/**
 * What the rows of a job were at two points of its chain, made of bronze alone and with today's code on both sides: so neither a
 * new column nor a mended rule is a change.
 */
import type { Renamed, Stream } from '@tidemill/kit';
import type { Taken } from '../../state/telling-changes.ts';
import type { Bucket } from '../../storage/contract.ts';
import type { Table } from '../../warehouse/contract.ts';
import { type ChainLink, chainOf } from '../bronze/chain.ts';
import { liesInBronze } from '../bronze/lacks.ts';
import { scopeOf } from '../bronze/manifest.ts';
import { type BronzeRecord, readRecords } from '../bronze/records.ts';
import { abortable } from '../extract/abortable.ts';
import type { Texts } from '../silver/encode.ts';
import { type Mapped, recordMapper } from '../silver/map.ts';
import { type Named, Renames } from './renames.ts';
import { Versions } from './versions.ts';

/** Whose chain, and what today's code makes of it. */
export interface Subject {
  readonly bucket: Bucket;
  readonly stream: Stream;
  readonly table: Table;
  /** Of the newest package. */
  readonly head: string | undefined;
  /** Manifests since which nobody has believed what was said of everything. */
  readonly doubted: readonly string[];
}

/** Keys of manifests: what was there before the first package is nothing. */
export interface Span {
  readonly from: string | undefined;
  readonly to: string;
  /**
   * What the packages up to `from` were taken for, when that was told. Where nobody has told it, today's code says.
   */
  readonly told?: Taken;
}

export interface HistoryWorld {
  /** Room for files. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told after each package how many were read. */
  readonly onPackage: (done: number) => void;
}

export interface History {
  readonly versions: Versions;
  readonly renames: Renames;
  /** Ages of the packages that say everything, and of `from`; older than any where that is nothing. */
  readonly wholes: readonly number[];
  readonly from: number;
  /** What the packages up to `to` are taken for. */
  readonly taken: Taken;
  /** Ages of packages that are older than `from` and were not there when that was told. */
  readonly late: ReadonlySet<number>;
  /** Whether a package of the table is as old as `from`. */
  readonly hasBefore: boolean;
  /** `from` is not reached, or what said everything then is damaged: what was there nobody knows. */
  readonly isBroken: boolean;
  /** What may be missing, a sentence each. */
  readonly notes: readonly string[];
}

/** Reads the chain from `to` back to the newest package at or before `from` that says everything. */
export async function readHistory(subject: Subject, span: Span, world: HistoryWorld): Promise<History> {
  const { bucket, table, stream } = subject;
  const reading = new Reading(subject, world);
  const doubted = new Set(subject.doubted);
  const isTold = span.told !== undefined;
  let [isReached, isPast, isSettled, age] = [false, span.from === undefined, !isTold, 0];
  let from = Number.POSITIVE_INFINITY;
  let isLost = false;
  const late = new Set<number>();
  for await (const link of linksOf(bucket, subject.head)) {
    world.signal.throwIfAborted();
    if ('missing' in link) {
      reading.notes.push(`nothing that comes before it is known: ${link.missing}`);
      break;
    }
    const { key, manifest } = link;
    const isBelieved = doubted.size === 0;
    doubted.delete(key);
    isReached ||= key === span.to;
    const isFrom = key === span.from;
    isPast ||= isFrom;
    if (span.from !== undefined && isFrom) from = age;
    // What was taken for all there is stays it, whoever doubts it by now: what it deleted was told.
    const isTaken = isTold && key === span.told?.settled;
    isSettled ||= isTaken;
    if (!isReached || manifest.service !== table.schema || manifest.data_type !== table.name) continue;
    const isBefore = span.from !== undefined && isPast;
    const isLate = isBefore && (span.told?.left_out ?? []).includes(key);
    if (isLate) late.add(age);
    const isMeant = scopeOf(manifest, stream) === 'everything' && !isLate && (!isBefore || isSettled);
    const says = isMeant && isTaken ? 'all' : isMeant && isBelieved ? 'all unless rejected' : 'changes';
    const said = await reading.add(link, age, { says, isBefore });
    age += 1;
    // What was there with it cannot be known again: all of the table might seem to be new.
    isLost ||= isBefore && said === 'nothing' && says !== 'changes';
    if (isBefore && said === 'all') break;
  }
  const { versions, renames, wholes, settled = span.told?.settled, leftOut, hasBefore, notes } = reading;
  const taken = { ...(settled && { settled }), ...(leftOut.length > 0 && { left_out: leftOut }) };
  return { versions, renames, wholes, taken, late, hasBefore, notes, from, isBroken: !isPast || isLost };
}

/** Ends with why the next one cannot be had: that its changes cannot be told must not keep a job from its source for ever. */
async function* linksOf(
  bucket: Bucket,
  head: string | undefined,
): AsyncIterable<ChainLink | { readonly missing: string }> {
  try {
    for await (const link of chainOf(bucket, head))
      yield 'missing' in link ? { missing: `${link.missing} is gone` } : link;
  } catch (error) {
    if (!liesInBronze(error)) throw error;
    yield { missing: error.message };
  }
}

class Reading {
  readonly versions: Versions;
  readonly renames = new Renames();
  readonly wholes: number[] = [];
  readonly notes: string[] = [];
  readonly leftOut: string[] = [];
  settled: string | undefined;
  hasBefore = false;
  readonly #subject: Subject;
  readonly #world: HistoryWorld;
  readonly #map: ReturnType<typeof recordMapper>;
  readonly #keyAt: readonly number[];
  #done = 0;

  constructor(subject: Subject, world: HistoryWorld) {
    const { stream, table } = subject;
    this.versions = new Versions(world.folder);
    this.#subject = subject;
    this.#world = world;
    this.#map = recordMapper(stream, () => undefined);
    this.#keyAt = table.columns.flatMap(({ name }, at) => (table.key.includes(name) ? [at] : []));
  }

  /** Answers what the package says. One that bronze cannot give is noted, and says nothing. */
  async add(
    { key, manifest }: ChainLink,
    age: number,
    { says, isBefore }: { readonly says: 'all' | 'all unless rejected' | 'changes'; readonly isBefore: boolean },
  ): Promise<'all' | 'changes' | 'nothing'> {
    const { bucket, stream } = this.#subject;
    const renamed: Renamed<Named>[] = [];
    let [rejected, isDamaged] = [0, false];
    try {
      for await (const batch of abortable(readRecords(bucket, manifest, stream), this.#world.signal)) {
        for (const record of batch) rejected += this.#addRecord(record, age, isBefore ? [] : renamed);
      }
    } catch (error) {
      if (!liesInBronze(error)) throw error;
      this.notes.push(`${manifest.package} is not whole, and was left out: ${error.message}`);
      // What came before that was seen is no more to be trusted, and is in no warehouse either.
      this.versions.leaveOut(age);
      this.leftOut.push(key);
      isDamaged = true;
    }
    if (!isDamaged) for (const { from, to } of renamed) this.renames.add(from, to);
    this.hasBefore ||= isBefore;
    this.#done += 1;
    this.#world.onPackage(this.#done);
    if (isDamaged) return 'nothing';
    if (says === 'changes' || (says === 'all unless rejected' && rejected > 0)) return 'changes';
    this.wholes.push(age);
    this.settled ??= key;
    return 'all';
  }

  /** Answers how many records were rejected: none or one. */
  #addRecord(record: BronzeRecord, age: number, renamed: Renamed<Named>[]): number {
    const mapped: Mapped = this.#map(record.text);
    if ('reject' in mapped) return 1;
    for (const [index, row] of mapped.rows.entries()) this.versions.add(this.#keyOf(row, record, index), { age, row });
    if (mapped.gone !== undefined) this.versions.add(this.#keyOf(mapped.gone, record, 0), { age, row: undefined });
    if (mapped.renamed !== undefined) {
      const { from, to } = mapped.renamed;
      renamed.push({ from: this.#named(from), to: to.map(this.#named) });
    }
    return 0;
  }

  /** Of a table without a key: where in bronze the row comes from. */
  #keyOf = (row: Texts, { object, line }: BronzeRecord, index: number): string =>
    JSON.stringify(this.#keyAt.length === 0 ? [object, line, index] : this.#keyAt.map((at) => row[at]));

  #named = (row: Texts): Named => ({ row, key: JSON.stringify(this.#keyAt.map((at) => row[at])) });
}
