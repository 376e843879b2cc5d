/** One machine of the matrix: runs what its plan gave it, one slot after the other, and may die over it. */

import { type Interval, TidemillError } from '@tidemill/kit';
import { assignmentOf } from '../../orchestrator/app/assignments.ts';
import type { Config, Job } from '../../orchestrator/config/job.ts';
import type { World } from '../../orchestrator/run/order.ts';
import { LEASE_MS } from '../../orchestrator/state/ledger.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import type { Answer, Holder } from './book.ts';
import { MINUTE } from './deliveries.ts';
import type { Parts } from './faults.ts';
import { RUN_VARIABLE, visits } from './source.ts';
import { ProcessClock, type Timeline } from './timeline.ts';

/** How a visit to the source goes. */
export interface Fate {
  /** `badly`: somebody must act; `away`: it may pass by itself. */
  readonly how: 'well' | 'badly' | 'away' | 'killed' | 'frozen';
  /** How long it takes, or until the machine dies or stops. */
  readonly lasts: number;
  /** How long a frozen machine stands still. */
  readonly frozenFor?: number;
}

/** What the simulation is told of a leg, and what it is asked. */
export interface LegEars {
  arrives(job: Job, slot: string): void;
  asks(job: Job, slot: string, holder: Holder, interval: Interval): Fate;
  answered(job: Job, run: string, how: Answer): void;
  /** The slot was settled as done, and the source was not asked. */
  asksNothing(job: Job, slot: string): void;
  refused(job: Job, slot: string, why: string): void;
  surprised(job: Job, slot: string, what: string): void;
}

export interface LegOrder {
  readonly id: string;
  readonly config: Config;
  /** As the matrix has it: `job@slot`, separated by blanks. */
  readonly runs: string;
}

export class Leg {
  readonly #order: LegOrder;
  readonly #timeline: Timeline;
  readonly #bucket: Bucket;
  readonly #run: Parts['run'];
  readonly #ears: LegEars;
  readonly #clock: ProcessClock;

  constructor(order: LegOrder, timeline: Timeline, bucket: Bucket, run: Parts['run'], ears: LegEars) {
    this.#order = order;
    this.#timeline = timeline;
    this.#bucket = bucket;
    this.#run = run;
    this.#ears = ears;
    this.#clock = new ProcessClock(timeline);
  }

  /** A job whose run did not end well holds its own later slots back, as in `tidemill run`. */
  async start(): Promise<void> {
    this.#timeline.busy.add(this);
    const held = new Set<string>();
    for (const [index, text] of this.#order.runs.split(' ').entries()) {
      const { config, id } = this.#order;
      const target = assignmentOf(config, text, this.#clock.now());
      if (held.has(target.job.id)) continue;
      const { job, slot } = target;
      const run = `${id}.${index}`;
      let hasAsked = false;
      visits.set(run, (signal, interval) => {
        hasAsked = true;
        return this.#visit(job, slot, run, signal, interval);
      });
      this.#ears.arrives(job, slot);
      const result = await this.#run({ ...target, mode: 'incremental', secrets: [] }, this.#world(run));
      visits.delete(run);
      if (result.result === 'covered') this.#ears.refused(job, slot, result.reason ?? '');
      else if (result.result !== 'done') held.add(job.id);
      else if (!hasAsked) this.#ears.asksNothing(job, slot);
      if (result.failure !== undefined && !EXPECTED.has(result.failure.code)) {
        this.#ears.surprised(job, slot, `${result.failure.code}: ${result.failure.message}`);
      }
    }
    this.#timeline.busy.delete(this);
  }

  async #visit(job: Job, slot: string, run: string, signal: AbortSignal, interval: Interval): Promise<void> {
    const startedAt = this.#timeline.now;
    let stopsAt = Number.POSITIVE_INFINITY;
    let goesOnAt = Number.POSITIVE_INFINITY;
    const holder = { run, leaseUntil: (now: number) => leaseOf(startedAt, now, stopsAt, goesOnAt) };
    const { how, lasts, frozenFor = 0 } = this.#ears.asks(job, slot, holder, interval);
    if (how === 'killed' || how === 'frozen') {
      stopsAt = startedAt + Math.round(lasts);
      if (how === 'frozen') goesOnAt = stopsAt + Math.round(frozenFor);
      this.#timeline.at(stopsAt, () => (how === 'killed' ? this.#clock.kill() : this.#clock.freeze(goesOnAt)));
    }
    // One that is going to die would have gone on for as long again.
    await this.#wait(how === 'killed' || how === 'frozen' ? 2 * lasts : lasts, signal);
    const answer = how === 'badly' || how === 'away' ? how : 'well';
    this.#ears.answered(job, run, answer);
    if (answer === 'badly') throw new TidemillError('auth', 'trial-refused', 'the source refuses');
    if (answer === 'away') throw new TidemillError('transient', 'trial-away', 'the source does not answer');
  }

  async #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.#timeline.busy.delete(this);
    try {
      await this.#clock.sleep(milliseconds, signal);
    } finally {
      this.#timeline.busy.add(this);
    }
  }

  #world(runId: string): World {
    return {
      environment: 'prd',
      bucket: this.#bucket,
      warehouses: new Map([['main', () => Promise.reject(new Error('a run without news needs no warehouse'))]]),
      clock: this.#clock,
      random: () => 0.5,
      env: { [RUN_VARIABLE]: runId },
      cwd: '/',
      keepTokens: () => () => Promise.reject(new Error('a source without tokens')),
      runId,
      signal: new AbortController().signal,
      onEvent: () => undefined,
    };
  }
}

/** How runs of the simulation may fail: the source says no or nothing, or the lease was lost to another run. */
const EXPECTED = new Set(['trial-refused', 'trial-away', 'lease-lost']);

/** A holder that is well renews every minute; one that stopped did so until then. */
function leaseOf(startedAt: number, now: number, stopsAt: number, goesOnAt: number): number {
  if (now < stopsAt || now >= goesOnAt) return now + LEASE_MS;
  return startedAt + Math.floor((stopsAt - startedAt) / MINUTE) * MINUTE + LEASE_MS;
}
