/** A claimed job: the one way a running leg changes its job's state. */
import { TidemillError } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import type { Bucket } from '../storage/contract.ts';
import { type Commit, commitPackage } from './committing.ts';
import type { Crawl } from './crawl.ts';
import * as crawling from './crawling.ts';
import { type Drift, NO_DRIFT } from './fields.ts';
import type { Claim, JobState, LeftOut, Settlement } from './job-state.ts';
import * as loading from './loading.ts';
import { type Announcement, announce } from './outbox.ts';
import { giveUpAfter, isLoss, isPassing, readState, type StoredState, swapState, unlessUnknown } from './store.ts';
import type { TellingChanges } from './telling-changes.ts';
import * as transitions from './transitions.ts';

/** How long a silent leg keeps its claim. Renewed long before that, so a dead one is noticed within minutes. */
export const LEASE_MS = 5 * 60_000;
const RENEW_MS = 60_000;

/** Told of with a change, where it is one and somebody is told. */
type Events = readonly Announcement[];

/** Who holds a claim, and on what. */
export interface Holding {
  readonly bucket: Bucket;
  /** Unique per process and job. */
  readonly run: string;
  readonly clock: Clock;
}

/**
 * Holds the claim and renews its lease until it is settled, failed or released. Every change is a compare-and-swap
 * that first looks whether the claim is still ours; a leg that lost it changes nothing and is told by `signal`. After a
 * swap that nobody knows the outcome of, the state is read again before anything is decided; a change that it has already
 * is not made twice.
 */
export class Ledger {
  readonly #bucket: Bucket;
  readonly #run: string;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #stored: StoredState;
  /** `unclear` from the moment a swap is sent until its answer is there: then the bucket may hold another state. */
  #knowledge: 'clear' | 'unclear' = 'clear';
  /** Changes happen one after the other: the renewal must not race with a commit. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ bucket, run, clock }: Holding, stored: StoredState, notices: readonly string[]) {
    this.#bucket = bucket;
    this.#run = run;
    this.#clock = clock;
    this.#stored = stored;
    const { claim } = stored.state;
    if (claim === undefined)
      throw new TidemillError('bug', 'claim-missing', `${stored.state.job}: nothing was claimed`);
    this.claim = claim;
    this.notices = notices;
    void this.#renew();
  }

  /** After a change that failed it is true again once `refresh` has looked. */
  get state(): JobState {
    return this.#stored.state;
  }

  /** As it was made; whether it still holds, the next change tells. */
  readonly claim: Claim;

  /** What became of packages by this claim, because other warehouses are configured than before. */
  readonly notices: readonly string[];

  /** Aborted, with the error as its reason, when the lease was lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  commit(commit: Commit, events?: Events): Promise<void> {
    return this.#change((state) => commitPackage(state, this.#run, commit), events);
  }

  /** Answers how the records differ from earlier ones, if they were the first time looked at. */
  async loaded(loaded: loading.Loaded, events: (drift: Drift) => Events = () => []): Promise<Drift> {
    let drift = NO_DRIFT;
    await this.#change((state) => {
      const dropped = loading.dropPackages(state, this.#run, loaded);
      if (dropped.state === state) return state;
      drift = dropped.drift;
      return announce(dropped.state, events(drift));
    });
    return drift;
  }

  startReplay(start: loading.ReplayStart): Promise<void> {
    return this.#change((state) => loading.startReplay(state, this.#run, start));
  }

  replayed(replayed: loading.Replayed): Promise<void> {
    return this.#change((state) => loading.advanceReplay(state, this.#run, replayed));
  }

  /** The warehouse has nothing of what was committed up to the manifest. */
  foundEmpty(target: string, before: string): Promise<void> {
    return this.#change((state) => loading.foundEmpty(state, this.#run, target, before));
  }

  leaveOut(target: string, left: LeftOut): Promise<void> {
    return this.#change((state) => loading.leaveOut(state, this.#run, target, left));
  }

  forgetLeftOut(target: string, manifests: readonly string[]): Promise<void> {
    return this.#change((state) => loading.forgetLeftOut(state, this.#run, target, manifests));
  }

  tellChanges(changes: TellingChanges, events?: Events): Promise<void> {
    return this.#change((state) => loading.tellChanges(state, this.#run, changes), events);
  }

  /** A new crawl, or another step of one. */
  putCrawl(crawl: Crawl, events?: Events): Promise<void> {
    return this.#change((state) => crawling.putCrawl(state, this.#run, crawl), events);
  }

  dropCrawl(id: string): Promise<void> {
    return this.#change((state) => crawling.dropCrawl(state, this.#run, id));
  }

  /** The tables of crawls in the warehouse have these. */
  tellCrawls(target: string, told: ReadonlyMap<string, Crawl['status']>): Promise<void> {
    return this.#change((state) => crawling.tellCrawls(state, this.#run, target, told));
  }

  /** Ends the claim: whoever comes after `next_poll_at` goes on with its slot. */
  park(parked: crawling.Parking): Promise<void> {
    const now = this.#clock.now();
    return this.#end((state) => crawling.parkClaim(state, this.#run, parked, now));
  }

  settle(settlements: readonly Settlement[], breaker?: transitions.OnBreaker, events?: Events): Promise<void> {
    return this.#end((state) => transitions.settleClaim(state, this.#run, settlements, breaker), events);
  }

  fail(failure: transitions.Failure, breaker?: transitions.OnBreaker, events?: Events): Promise<void> {
    const now = this.#clock.now();
    return this.#end((state) => transitions.failClaim(state, this.#run, failure, now, breaker), events);
  }

  release(events?: Events): Promise<void> {
    return this.#end((state) => transitions.releaseClaim(state, this.#run), events);
  }

  /**
   * Looks whether the claim is still ours, right before something that cannot be taken back. Throws `lease-lost`; then
   * `signal` is aborted, too.
   */
  confirm(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#read();
      transitions.held(this.state, this.#run);
    });
  }

  /** Makes `state` true again where a change has left it unclear. Throws `lease-lost` as `confirm` does. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#knowledge === 'unclear') await this.#read();
      transitions.held(this.state, this.#run);
    });
  }

  async #end(end: (state: JobState) => JobState, events?: Events): Promise<void> {
    const { slot } = this.claim;
    const ended = { slot, run: this.#run };
    this.#ended.abort();
    await this.#change((state) => (hasEnded(state, ended) ? state : { ...end(state), ended }), events);
  }

  /** What a store that stumbles leaves open is tried once more: it may have been an answer that was lost. */
  #change(make: (state: JobState) => JobState, events: Events = []): Promise<void> {
    const change = (state: JobState): JobState => {
      const next = make(state);
      return next === state ? state : announce(next, events);
    };
    return this.#inTurn(() =>
      this.#swap(change).catch((error: unknown) => {
        if (this.#knowledge === 'clear' || !isPassing(error)) throw error;
        return this.#swap(change);
      }),
    );
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const next = this.#last.then(action);
    this.#last = next.catch((error: unknown) => {
      // Whatever the leg is at ends now: to read the source again, or to load what is another run's, is of no use.
      if (!isLoss(error)) return;
      this.#ended.abort();
      this.#lost.abort(error);
    });
    return next;
  }

  async #swap(change: (state: JobState) => JobState): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      if (this.#knowledge === 'unclear') await this.#read();
      const next = change(this.state);
      if (next === this.state) return;
      this.#knowledge = 'unclear';
      const swapped = await swapState(this.#bucket, this.#stored, next).catch(unlessUnknown);
      if (swapped !== undefined) return this.#know(swapped);
      giveUpAfter(tries, this.state.job);
    }
  }

  async #read(): Promise<void> {
    this.#know(await readState(this.#bucket, this.state.job));
  }

  #know(stored: StoredState): void {
    this.#stored = stored;
    this.#knowledge = 'clear';
  }

  async #renew(): Promise<void> {
    const isOver = (): boolean => this.#ended.signal.aborted;
    for (;;) {
      await this.#clock.sleep(RENEW_MS, this.#ended.signal).catch(() => undefined);
      if (isOver()) return;
      try {
        const leaseUntil = new Date(this.#clock.now().getTime() + LEASE_MS);
        await this.#change((state) => transitions.renewLease(state, this.#run, leaseUntil));
      } catch (error) {
        // A renewal that could not be written is tried again a minute later; the lease outlives several of them.
        if (isLoss(error)) return;
      }
    }
  }
}

const hasEnded = ({ claim, ended }: JobState, { slot, run }: Pick<Claim, 'slot' | 'run'>): boolean =>
  claim?.run !== run && ended?.run === run && ended.slot === slot;
