/** The bronze stage: what the source says becomes packages, one a mark. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Artifact,
  type Emission,
  type Lines,
  type Mark,
  type Page,
  type Resume,
  type Scope,
  TidemillError,
} from '@tidemill/kit';
import { incomplete, orderBroken, undeclared } from './keep-faults.ts';
import type { Commit, KeepOptions, Kept, Place } from './kept.ts';
import { closePackage, openPackage, reopenPackage } from './kept-package.ts';
import { Pace } from './pace.ts';
import type { PackageWriter } from './package.ts';
import { Totals } from './totals.ts';

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
  readonly #totals: Totals;
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
  /** Of a listing: what the connector has said last of where it goes on. */
  #resume: string | undefined;
  #isUnchanged = false;

  constructor(options: KeepOptions) {
    const { listing, scope } = options;
    const open = listing?.open;
    this.#options = options;
    this.#scope = scope === 'everything' || open !== undefined ? 'everything' : 'changes';
    this.#totals = new Totals(open?.totals);
    this.#pace = new Pace(options.clock, options.checkpoints);
    this.#previous = options.previous;
    this.#cursorBefore = options.cursorBefore;
    this.#from = options.facts.interval.start;
    this.#open = open === undefined ? this.#openNext() : reopenPackage(options, open);
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
    else if ('resume' in emission) yield* this.#passPage(emission);
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
      this.#resume = undefined;
      if (policy === 'refuse') {
        // To go on in it would not mend it.
        if (this.#options.listing !== undefined) yield { listing: undefined };
        throw incomplete(facts, contradiction);
      }
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
    const kept = this.#coversAll ? await this.#keepWhatCame().catch(() => undefined) : undefined;
    if (kept !== undefined) yield kept;
    await this.#open.abort();
  }

  async #keepWhatCame(): Promise<Kept | undefined> {
    if (this.#scope === 'changes') return this.#commit(this.#checkpoint);
    return this.#resume === undefined ? undefined : this.#leaveOpen(this.#resume);
  }

  async #add(page: Lines | Page): Promise<number> {
    const records = await this.#open.addRecords(page);
    if (records === 0) return 0;
    this.#pace.came(records);
    this.#coversAll = false;
    return records;
  }

  async #addArtifact(artifact: Artifact): Promise<void> {
    await this.#open.addArtifact(artifact, this.#options.clock.now());
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

  /** Between two pages of a listing. */
  async *#passPage({ resume, told = [] }: Resume): AsyncIterable<Kept> {
    this.#pace.passed();
    this.#totals.hear(told);
    if (this.#options.listing === undefined || this.#scope === 'changes' || this.#open.hasArtifacts) return;
    this.#resume = resume;
    this.#coversAll = true;
    if (this.#pace.isDue) yield await this.#leaveOpen(resume);
  }

  async #leaveOpen(resume: string): Promise<Kept> {
    const written = await this.#open.leaveOpen();
    this.#coversAll = false;
    this.#pace.restart();
    const { folder, facts } = this.#open;
    const { package: id, started_at } = facts;
    return { listing: { package: id, folder, started_at, ...written, totals: this.#totals.snapshot(), resume } };
  }

  /** From here on everything is said, in a package of its own. */
  async *#sayEverything(): AsyncIterable<Kept> {
    const { facts, listing, scope } = this.#options;
    if (scope === 'changes' || (scope === 'everything' && listing?.open === undefined)) throw undeclared(facts);
    if (!this.#open.isEmpty) yield await this.#commit({});
    this.#checkpoint = {};
    this.#resume = undefined;
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
    const committed = await closePackage(this.#open, place, options, said);
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

function checkedCursor({ cursor, facts }: KeepOptions, mark: unknown): NonNullable<Commit['cursor']> {
  const parsed = cursor?.schema.safeParse(mark);
  if (cursor === undefined || !parsed?.success) {
    throw new TidemillError('bug', 'mark-invalid', `${facts.job}: the connector marked a cursor it does not declare`);
  }
  return { version: cursor.version, value: mark };
}
