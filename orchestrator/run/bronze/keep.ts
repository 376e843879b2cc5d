/** The bronze stage: what the source says becomes packages, one a mark. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Artifact,
  type CheckpointPace,
  type CursorSpec,
  type Emission,
  type Lines,
  type Mark,
  type Page,
  type Scope,
  type Stream,
  TidemillError,
} from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import { keys } from '../../storage/keys.ts';
import { incomplete, orderBroken, undeclared } from './keep-faults.ts';
import { Pace } from './pace.ts';
import { type PackageFacts, PackageWriter } from './package.ts';
import { Totals } from './totals.ts';

export interface Commit {
  /** Absent when a mark moved the cursor past nothing: there is no package then. */
  readonly package?: {
    readonly id: string;
    readonly manifest: string;
    /** Key of the manifest that it names as the one before. */
    readonly previous: string | undefined;
    readonly records: number;
    readonly bytes: number;
  };
  readonly cursor?: { readonly version: number; readonly value: unknown };
  /** Instant up to which the interval was read, where it was not read to its end. */
  readonly through?: string;
  /** The source was read to its end. */
  readonly isLast?: true;
}

/** Where a reading may go on. */
type Place = Pick<Commit, 'cursor' | 'through'>;

export interface KeepOptions {
  readonly bucket: Bucket;
  readonly facts: Omit<PackageFacts, 'package' | 'cursor_before' | 'started_at'>;
  /** Unique among all packages of the job and its tries; the number of the package in this try is added. */
  readonly packagePrefix: string;
  readonly scope: NonNullable<Stream['scope']>;
  readonly cursor: CursorSpec<unknown> | undefined;
  readonly cursorBefore: unknown;
  /** The one that the run began with; where it is tried again, `cursorBefore` may be ahead. */
  readonly cursorAtStart: unknown;
  /** What comes of a record that is read again: where there is no key, a second row. */
  readonly again: 'swallowed' | 'doubles';
  readonly checkpoints: CheckpointPace | undefined;
  /** Whether the state remembers how far the interval was read. */
  readonly line: 'moves' | 'stays';
  /** Key of the manifest that was committed last. */
  readonly previous: string | undefined;
  readonly clock: { now(): Date };
  /**
   * What becomes of a run that says everything, and that the source contradicts: `refuse` it with a transient error, keep
   * it `as-changes`, or `believe` it, as somebody has looked.
   */
  readonly incomplete: 'refuse' | 'as-changes' | 'believe';
}

/** What has come so far, and what is to be committed before more is asked for. */
export type Kept =
  | Commit
  | { readonly read: number }
  | { readonly unchanged: string }
  /** Something that people should know of the source. */
  | { readonly notice: string }
  /** What the source told is not what came: what follows is committed as changes. A sentence with both numbers. */
  | { readonly incomplete: string };

/**
 * Writes emissions to bronze and yields a commit at each mark, at as many checkpoints as are worth one, and a last one for what
 * neither covered. A reading that breaks off right behind a checkpoint keeps what came up to there. A run that says
 * everything is one package, an empty one too: half of everything is not everything. A run that only says `unchanged` commits
 * nothing. What is not everything after all moves no cursor, so that the next run reads everything again. Throws
 * `listing-incomplete` and `order-broken`.
 */
export async function* keep(emissions: AsyncIterable<Emission<unknown>>, options: KeepOptions): AsyncIterable<Kept> {
  const keeping = new Keeping(options);
  try {
    for await (const emission of emissions) yield* keeping.take(emission);
    yield* keeping.end();
  } catch (error) {
    yield* keeping.breakOff();
    throw error;
  }
}

/** One reading of the source, package by package. */
class Keeping {
  readonly #options: KeepOptions;
  readonly #totals = new Totals();
  readonly #pace: Pace;
  #scope: Scope;
  #number = 0;
  #open: PackageWriter;
  #previous: string | undefined;
  #cursorBefore: unknown;
  /** Where what is read now begins: the start of the interval, or what was last read through. */
  #from: string;
  /** Of a run that says everything: what is marked at its end. */
  #cursor: Commit['cursor'];
  /** Where the last checkpoints stand that no commit has. */
  #checkpoint: Place = {};
  /** Whether they cover all that the package has. */
  #coversAll = false;
  #order: 'believed' | 'broken' = 'believed';
  #isUnchanged = false;

  constructor(options: KeepOptions) {
    this.#options = options;
    this.#scope = options.scope === 'everything' ? 'everything' : 'changes';
    this.#pace = new Pace(options.clock, options.checkpoints);
    this.#previous = options.previous;
    this.#cursorBefore = options.cursorBefore;
    this.#from = options.facts.interval.start;
    this.#open = this.#openNext();
  }

  async *take(emission: Emission<unknown>): AsyncIterable<Kept> {
    if ('lines' in emission || 'records' in emission) yield { read: await this.#add(emission) };
    else if ('artifact' in emission) await this.#addArtifact(emission);
    else if ('mark' in emission) yield* this.#mark(emission);
    else if ('checkpoint' in emission) yield* this.#pass({ cursor: checkedCursor(this.#options, emission.checkpoint) });
    else if ('through' in emission) yield* this.#pass({ through: emission.through.toISOString() });
    else if ('complete' in emission) this.#totals.compare(emission.complete, this.#open.records);
    else if ('everything' in emission) yield* this.#sayEverything();
    else if ('outOfOrder' in emission) yield* this.#goBack(emission.outOfOrder);
    else {
      this.#isUnchanged = true;
      yield { unchanged: emission.unchanged };
    }
  }

  /** The source was read to its end. */
  async *end(): AsyncIterable<Kept> {
    const { contradiction } = this.#totals;
    const { facts, incomplete: policy } = this.#options;
    if (this.#scope === 'everything' && contradiction !== undefined && policy !== 'believe') {
      if (policy === 'refuse') throw incomplete(facts, contradiction);
      yield { incomplete: contradiction };
      return yield await this.#commit({}, 'changes');
    }
    const { cursor = this.#cursor } = this.#checkpoint;
    const saysThatNothingIsThere = this.#scope === 'everything' && !this.#isUnchanged;
    if (this.#open.isEmpty && cursor === undefined && !saysThatNothingIsThere) return;
    yield { ...(await this.#commit({ ...(cursor === undefined ? {} : { cursor }) }, this.#scope)), isLast: true };
  }

  /** It was not: what a checkpoint covers is kept, and the next reading goes on from there. Never throws. */
  async *breakOff(): AsyncIterable<Kept> {
    const isKept = this.#coversAll && this.#scope === 'changes';
    const kept = isKept ? await this.#commit(this.#checkpoint).catch(() => undefined) : undefined;
    if (kept !== undefined) yield kept;
    await this.#open.abort();
  }

  async #add(page: Lines | Page): Promise<number> {
    const records = await this.#open.addRecords(page);
    if (records === 0) return 0;
    this.#pace.came(records);
    this.#coversAll = false;
    return records;
  }

  async #addArtifact(artifact: Artifact): Promise<void> {
    await this.#open.addArtifact(artifact);
    this.#coversAll = false;
  }

  async *#mark({ mark, isLast }: Mark<unknown>): AsyncIterable<Kept> {
    const cursor = checkedCursor(this.#options, mark);
    if (this.#scope === 'everything') this.#cursor = cursor;
    else if (isLast === true) yield { ...(await this.#commit({ cursor })), isLast };
    else yield await this.#commit({ ...this.#checkpoint, cursor });
  }

  async *#pass(place: Place): AsyncIterable<Kept> {
    this.#pace.passed();
    if (this.#scope === 'everything') this.#cursor = place.cursor ?? this.#cursor;
    if (this.#scope === 'everything' || this.#order === 'broken' || !this.#isAhead(place)) return;
    this.#checkpoint = { ...this.#checkpoint, ...place };
    this.#coversAll = true;
    if (this.#pace.isDue) yield await this.#commit(this.#checkpoint);
  }

  /** What was kept behind a place where the state stands already would be read once more. */
  #isAhead({ cursor, through }: Place): boolean {
    if (through !== undefined) return this.#options.line === 'moves' && through > this.#from;
    return !isDeepStrictEqual(cursor?.value, this.#cursorBefore);
  }

  /** From here on everything is said, in a package of its own. */
  async *#sayEverything(): AsyncIterable<Kept> {
    if (this.#options.scope !== 'either') throw undeclared(this.#options.facts);
    if (!this.#open.isEmpty) yield await this.#commit({});
    this.#checkpoint = {};
    this.#scope = 'everything';
    this.#totals.startOver();
  }

  /** Records that belong before a mark of this run may still be to come: a run that is killed now must read them again. */
  async *#goBack(url: string): AsyncIterable<Kept> {
    const { facts, cursorAtStart, again, cursor } = this.#options;
    this.#order = 'broken';
    this.#checkpoint = {};
    this.#coversAll = false;
    yield { notice: `${url} does not answer in the order that its connector declares: no mark is made before the end` };
    if (cursor === undefined || isDeepStrictEqual(this.#cursorBefore, cursorAtStart)) return;
    if (again === 'doubles') throw orderBroken(facts);
    yield await this.#commit({ cursor: { version: cursor.version, value: cursorAtStart } });
  }

  /** Closes the package and opens the next one. */
  async #commit(place: Place, said: Scope = 'changes'): Promise<Commit> {
    const options = { ...this.#options, previous: this.#previous };
    const committed = await commit(this.#open, place, options, said);
    this.#previous = committed.package?.manifest ?? this.#previous;
    if (place.cursor !== undefined) this.#cursorBefore = place.cursor.value;
    this.#from = place.through ?? this.#from;
    this.#checkpoint = {};
    this.#coversAll = false;
    this.#pace.restart();
    this.#open = this.#openNext();
    return committed;
  }

  #openNext(): PackageWriter {
    this.#number += 1;
    return openPackage(this.#options, { number: this.#number, cursorBefore: this.#cursorBefore, from: this.#from });
  }
}

async function commit(open: PackageWriter, place: Place, options: KeepOptions, scope: Scope): Promise<Commit> {
  // A run that says "nothing is there" is a package too: its load deletes every row.
  if (open.isEmpty && scope === 'changes') return place;
  const { key, manifest } = await open.close({
    cursorAfter: place.cursor?.value,
    previous: options.previous,
    scope,
    readTo: place.through,
    finishedAt: options.clock.now(),
  });
  const bytes = [...manifest.parts, ...manifest.artifacts].reduce((sum, object) => sum + object.bytes, 0);
  const { package: id, previous, records } = manifest;
  return { package: { id, manifest: key, previous, records, bytes }, ...place };
}

interface Opening {
  readonly number: number;
  readonly cursorBefore: unknown;
  readonly from: string;
}

function openPackage(options: KeepOptions, { number, cursorBefore, from }: Opening): PackageWriter {
  const { facts, bucket, packagePrefix, clock } = options;
  const id = `${packagePrefix}-${String(number).padStart(4, '0')}`;
  const folder = keys.packageFolder(facts.service, facts.data_type, facts.interval.end.slice(0, 10), id);
  return new PackageWriter(bucket, folder, {
    ...facts,
    interval: { ...facts.interval, start: from },
    package: id,
    cursor_before: cursorBefore,
    started_at: clock.now().toISOString(),
  });
}

function checkedCursor({ cursor, facts }: KeepOptions, mark: unknown): NonNullable<Commit['cursor']> {
  const parsed = cursor?.schema.safeParse(mark);
  if (cursor === undefined || !parsed?.success) {
    throw new TidemillError('bug', 'mark-invalid', `${facts.job}: the connector marked a cursor it does not declare`);
  }
  return { version: cursor.version, value: mark };
}
