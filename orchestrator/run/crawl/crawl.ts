/**
 * The reading of a source that answers later: its crawls are triggered, polled and downloaded, one step of one crawl a swap of the state.
 * A run waits for them a while; then it is parked, and another one goes on.
 */
import { asTidemillError, type CrawlTarget, type TidemillError } from '@tidemill/kit';
import { type Crawl, isCrawlSlot, isEnded, MOST_WAIT_MS, openCrawls } from '../../state/crawl.ts';
import { instant } from '../../text/format.ts';
import type { Source } from '../extract/source.ts';
import type { Extracted } from '../read.ts';
import { lineAfter } from '../reading.ts';
import type { Work } from '../work.ts';
import { openDesk, step, triggered } from './desk.ts';
import { download, type RunDesk, type Tries } from './download.ts';
import { givenUp } from './overdue.ts';
import { checked, noBackfill } from './targets.ts';
import { type Asked, lookFor, newCrawl, trigger } from './trigger.ts';

/** Works on the crawls of the job until all have ended, or the time to wait is over. Throws what ends the run. */
export async function crawl(work: Work, source: Source): Promise<Extracted> {
  const { order, ledger } = work;
  if (ledger.state.extracted?.includes(order.slot) === true) return { isWhole: true };
  if (order.mode === 'backfill') throw noBackfill(order.job);
  const desk = { ...openDesk({ ...work, book: work.ledger }, source), work, source };
  try {
    return await new Crawling(desk).run();
  } finally {
    await desk.close();
  }
}

/** Of a run's time limit, to load what has come. */
const MARGIN_SECONDS = 120;

class Crawling {
  readonly #desk: RunDesk;
  readonly #work: Work;
  readonly #tries: Tries = { made: 0 };
  readonly #startedAt: number;
  #failure: TidemillError | undefined;
  /** Of the last round: what the source said to asking and polling. */
  #later: TidemillError | undefined;
  /** What polls have told that no swap has kept yet, by crawl. */
  readonly #seen = new Map<string, Pick<Crawl, 'polls' | 'polled_at' | 'says'>>();

  constructor(desk: RunDesk) {
    this.#desk = desk;
    this.#work = desk.work;
    this.#startedAt = this.#now();
  }

  async run(): Promise<Extracted> {
    const { order, world, signal } = this.#work;
    const { poll_interval_seconds: seconds, max_polls: most, wait_seconds } = order.job.crawl;
    // A run that its time limit ends has failed; one that is parked before it has not.
    const mostSeconds = Math.max(0, order.job.timeout_minutes * 60 - MARGIN_SECONDS);
    const wait = Math.min(order.waitSeconds ?? wait_seconds, mostSeconds);
    for (let rounds = 1; ; rounds += 1) {
      this.#later = undefined;
      const before = this.#ended();
      await this.#triggerAll();
      await this.#pollAll();
      if (this.#isOver()) return this.#over();
      // What has ended makes room: nobody waits before that is taken.
      if (this.#ended() > before && this.#later === undefined) continue;
      const isPatient = this.#now() + seconds * 1000 <= this.#startedAt + wait * 1000;
      if (!isPatient || rounds >= most || this.#failure !== undefined) return this.#park();
      await world.clock.sleep(seconds * 1000, signal);
    }
  }

  /**
   * What the slot has still to ask for. Once it has asked for all, it asks for nothing more: with an edited configuration, or a newer
   * connector, the same targets would have other keys, and be paid again.
   */
  #wanted(): readonly CrawlTarget[] {
    const { order, ledger, reads } = this.#work;
    const { crawls = [], parked } = ledger.state;
    if (isCrawlSlot(order.slot) || reads === 'nothing') return [];
    if (parked?.slot === order.slot && parked.has_asked === true) return [];
    const triggeredHere = new Set(crawls.filter(({ slot }) => slot === order.slot).map(({ target }) => target));
    const { declared, source } = this.#desk;
    return checked(declared.targets(source.options, order.interval)).filter(({ key }) => !triggeredHere.has(key));
  }

  /** Crawls of other slots come first: what they have cost is not asked for twice. */
  async #triggerAll(): Promise<void> {
    const { order } = this.#work;
    for (const open of this.#open()) if (open.status === 'triggering') this.#take(await lookFor(this.#desk, open));
    if (this.#open().some(({ slot }) => slot !== order.slot)) return;
    for (const target of this.#wanted()) {
      if (this.#later !== undefined || this.#failure !== undefined) return;
      if (this.#open().length >= order.job.crawl.max_concurrent) return;
      this.#take(await trigger(this.#desk, newCrawl(this.#desk, target)));
    }
  }

  #take(asked: Asked): void {
    if (asked === 'done') return;
    if ('later' in asked) this.#later = asked.later;
    else this.#failure = asked.failed;
  }

  async #pollAll(): Promise<void> {
    const { order, signal } = this.#work;
    const freshMs = order.job.crawl.poll_interval_seconds * 1000;
    for (const open of this.#open()) {
      if (open.ticket === undefined) continue;
      const age = this.#now() - Date.parse(open.intent_at);
      // A clock that has gone back says nothing of its age.
      if (open.status === 'triggered' && age >= 0 && age < freshMs) continue;
      try {
        await this.#poll(open);
      } catch (thrown) {
        signal.throwIfAborted();
        await this.#failed(open, asTidemillError(thrown));
      }
    }
  }

  async #poll(open: Crawl): Promise<void> {
    if (open.status === 'ready' || open.status === 'downloading') return this.#download(open);
    const { declared, context } = this.#desk;
    const progress = await declared.poll(context, triggered(open));
    const at = new Date(this.#now()).toISOString();
    const { says: _, ...before } = open;
    const says = progress.status === 'failed' || progress.says === undefined ? {} : { says: progress.says };
    const asked: Crawl = { ...before, polls: open.polls + 1, polled_at: at, ...says };
    if (progress.status === 'ready') return this.#download(await step(this.#desk, { ...asked, status: 'ready' }));
    if (progress.status === 'failed')
      return void (await step(this.#desk, { ...asked, status: 'failed', reason: progress.reason, ended_at: at }));
    if (open.deadline !== undefined && open.deadline <= at) {
      const reason = `no answer up to its deadline, ${instant(open.deadline)}`;
      return void (await step(this.#desk, { ...asked, status: 'timed_out', reason, ended_at: at }));
    }
    if (open.status === 'triggered') return void (await step(this.#desk, { ...asked, status: 'polling' }));
    const { polls, polled_at } = asked;
    this.#seen.set(open.id, { polls, polled_at, ...says });
  }

  async #download(ready: Crawl): Promise<void> {
    const error = await download(this.#desk, ready, this.#tries);
    if (error !== undefined && !(await givenUp(this.#desk, ready, error))) this.#failure = error;
  }

  async #failed(open: Crawl, error: TidemillError): Promise<void> {
    if (await givenUp(this.#desk, open, error)) return;
    if (error.kind === 'quota' || error.kind === 'transient') this.#later = error;
    else this.#failure = error;
  }

  #isOver(): boolean {
    return this.#open().length === 0 && this.#wanted().length === 0;
  }

  async #over(): Promise<Extracted> {
    const { order, ledger } = this.#work;
    if (this.#failure !== undefined) return { failure: this.#failure, isWhole: false };
    await ledger.commit({ isLast: true, ...lineAfter(this.#work, order.interval) });
    const failed = (ledger.state.crawls ?? []).some(({ slot, status }) => slot === order.slot && status !== 'done');
    return { isWhole: !failed };
  }

  async #park(): Promise<Extracted> {
    const { order, ledger } = this.#work;
    for (const open of this.#open()) if (this.#seen.has(open.id)) await ledger.putCrawl(open);
    const wanted = this.#wanted().length;
    const open = this.#open().length + wanted;
    const ended = (ledger.state.crawls ?? []).filter((one) => one.slot === order.slot && isEnded(one)).length;
    const failure = this.#failure ?? this.#deaf();
    const asked = Math.min((this.#later?.retryAfterSeconds ?? 0) * 1000, MOST_WAIT_MS);
    const again = this.#now() + Math.max(order.job.crawl.ask_again_minutes * 60_000, asked);
    // One that may not have begun is asked for once more.
    const hasAsked = wanted === 0 && this.#open().every(({ status }) => status !== 'triggering');
    const waits = { nextPollAt: new Date(again), open, of: open + ended, hasAsked };
    return failure === undefined ? { waits, isWhole: false } : { failure, waits, isWhole: false };
  }

  /** Where nothing is open that the source works on, what it said is why nothing is done at all. */
  #deaf(): TidemillError | undefined {
    const isHeard = this.#open().some(({ id, polled_at: at = '', intent_at }) => {
      const last = this.#seen.get(id)?.polled_at ?? at;
      return Date.parse(last > intent_at ? last : intent_at) >= this.#startedAt;
    });
    return isHeard || this.#later?.code === 'service-closed' ? undefined : this.#later;
  }

  /** As they are now, whatever another process has added. */
  #open(): Crawl[] {
    return openCrawls(this.#work.ledger.state).map((open) => ({ ...open, ...this.#seen.get(open.id) }));
  }

  #ended(): number {
    return (this.#work.ledger.state.crawls ?? []).filter(isEnded).length;
  }

  #now(): number {
    return this.#work.world.clock.now().getTime();
  }
}
