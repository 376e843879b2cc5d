/**
 * A month of scheduled runs as GitHub delivers them: ticks come late, in heaps or not at all; each plans, records and
 * starts legs, which begin late, take their time, fail and die. The judge says what is wrong with what comes of it.
 */
import type { Catchup, Config } from '../../orchestrator/config/job.ts';
import type { Plan, PlanInput } from '../../orchestrator/plan/types.ts';
import { viewStates } from '../../orchestrator/state/state-index.ts';
import { readStates, updateState } from '../../orchestrator/state/store.ts';
import type { Bucket } from '../../orchestrator/storage/contract.ts';
import { MemoryBucket } from '../fakes/memory-bucket.ts';
import { calendarOf } from './calendar.ts';
import { DAY, HOUR, MINUTE, type Tick, ticksFrom } from './deliveries.ts';
import { Fates } from './fates.ts';
import { type Parts, sound } from './faults.ts';
import { configOf, type Edition, events, identityOf } from './jobs.ts';
import { type Breach, type Found, Judge } from './judge.ts';
import { Leg, type LegEars } from './leg.ts';
import { type Chance, chanceOf } from './random.ts';
import { Timeline } from './timeline.ts';

export interface MonthOptions {
  /** First day, `2026-10-10`. */
  readonly start: string;
  readonly timezone: string;
  readonly catchup: Catchup;
  readonly seed: number;
  /** Ends the month at the first breach of this kind. */
  readonly stopAt?: Breach;
}

/** The last slots of the month may take so long to be settled. */
const DRAIN_DAYS = 4;

export class Month {
  readonly options: MonthOptions;
  readonly ticks: readonly Tick[];
  readonly judge: Judge;
  readonly fates: Fates;
  /** Plans, those of them that read the same states as another one, legs that were refused, and runs by hand. */
  readonly counts = { plans: 0, overlapping: 0, refused: 0, byHand: 0, probes: 0 };
  readonly #parts: Parts;
  readonly #start: number;
  readonly #timeline: Timeline;
  readonly #bucket: Bucket;
  readonly #chance: Chance;
  readonly #ears: LegEars;
  /** By the instant at which they begin. */
  readonly #waiting = new Map<number, Leg[]>();
  #legs = 0;

  constructor(options: MonthOptions, parts: Parts = sound) {
    const { start, timezone, catchup, seed, stopAt } = options;
    this.options = options;
    this.#parts = parts;
    this.#start = Date.parse(`${start}T00:00:00Z`);
    this.#timeline = new Timeline(this.#start);
    const calendar = calendarOf(this.#start - DAY, this.#start + (31 + DRAIN_DAYS) * DAY);
    this.judge = new Judge(calendar, this.#timeline, stopAt);
    this.#bucket = parts.bucket(new MemoryBucket(this.judge.journal.onWrite));
    this.#chance = chanceOf(seed, `${start} ${timezone} ${catchup}`);
    this.ticks = ticksFrom(this.#start, this.#chance);
    this.fates = new Fates(this.#start, this.#chance);
    this.#ears = this.#listen();
  }

  /** No slot up to here may be left open. */
  get end(): number {
    return this.#start + 30 * DAY;
  }

  async run(): Promise<this> {
    for (const { at } of this.ticks) this.#timeline.at(at, () => this.#deliver());
    this.#scheduleEvents();
    await this.#timeline.run(this.end);
    await this.#drain();
    if (!this.#timeline.isStopped) this.judge.compare(this.end);
    return this;
  }

  #listen(): LegEars {
    const { judge } = this;
    return {
      arrives: (job, slot) => judge.arrives(job, slot),
      asks: (job, slot, holder, interval) => {
        judge.asks(job, slot, holder, interval);
        return this.fates.next(identityOf(job.id), this.#timeline.now);
      },
      answered: (job, run, how) => judge.answered(job, run, how),
      asksNothing: (job, slot) => judge.asksNothing(job, slot),
      refused: (job, slot, why) => {
        this.counts.refused += 1;
        judge.refused(job, slot, why);
      },
      surprised: (job, slot, what) => judge.surprised(job, slot, what),
    };
  }

  #scheduleEvents(): void {
    const { paused, oldPlannerDay } = events;
    const at = (day: number, happen: () => unknown): void => this.#timeline.at(this.#start + day * DAY, happen);
    at(paused.day, () => this.#pause('paused'));
    at(paused.untilDay, () => this.#pause('following'));
    at(oldPlannerDay, () => this.#plan(1, 'edited'));
    for (let run = 0; run < 12; run += 1) {
      const service = this.#chance.pick(['spotify', 'strava', 'garmin', 'todoist']);
      at(this.#chance.between(1, 30), () => this.#planByHand(`${service}_`, `hand-${run}`));
    }
  }

  /** The machine of the plan takes a while to start; now and then somebody has started the workflow as well. */
  #deliver(): void {
    const planners = this.#chance.isLucky(0.15) ? 2 : 1;
    this.#timeline.at(this.#timeline.now + this.#chance.between(20_000, 90_000), () => this.#plan(planners));
  }

  #edition(): Edition {
    const day = (this.#timeline.now - this.#start) / DAY;
    if (day < events.edited.day) return 'first';
    return day < events.renamed.day ? 'edited' : 'renamed';
  }

  #config(edition: Edition): Config {
    return configOf(edition, this.options.catchup, this.options.timezone);
  }

  /** Through an index, as if there were many jobs, which each plan writes anew. */
  async #read(config: Config): Promise<PlanInput> {
    const view = await viewStates(this.#bucket, config.jobs.length, 0);
    const { states } = await readStates(config.jobs, (job) => this.#parts.read(this.#bucket, job, view.read));
    await view.keep();
    return { config, environment: 'prd', states, now: new Date(this.#timeline.now) };
  }

  /** Plans that read the same states before any of them records. */
  async #plan(planners: 1 | 2, edition: Edition = this.#edition()): Promise<void> {
    await this.#working(async () => {
      const config = this.#config(edition);
      const input = await this.#read(config);
      const planned = this.#parts.plan(input);
      const found = this.judge.planned(config, planned);
      this.counts.plans += planners;
      this.counts.overlapping += planners - 1;
      this.counts.probes += planned.decisions.filter(({ reason }) => reason.includes('a probe after')).length;
      const recordedAt = this.#timeline.now + this.#chance.between(1000, 5000);
      this.#timeline.at(recordedAt, () => this.#record(planners, input, planned, found));
    });
  }

  async #record(planners: 1 | 2, input: PlanInput, planned: Plan, found: Found): Promise<void> {
    await this.#working(async () => {
      const recorders = Array.from({ length: planners }, () => this.#parts.record(this.#bucket, input, planned));
      await Promise.all(recorders);
      this.judge.recorded(input.config, found, input.now);
    });
    for (let planner = 0; planner < planners; planner += 1) this.#dispatch(input.config, planned);
  }

  async #planByHand(prefix: string, runId: string): Promise<void> {
    await this.#working(async () => {
      const config = this.#config(this.#edition());
      const selection = { jobs: [`${prefix}*`], groups: [], force: false, runId };
      const planned = this.#parts.plan({ ...(await this.#read(config)), selection });
      this.counts.byHand += planned.runs.length;
      this.judge.plannedByHand(config, planned, (id) => id.startsWith(prefix), `manual-${runId}`);
      this.#dispatch(config, planned);
    });
  }

  /** Legs begin when machines are free: mostly soon, some after hours, in any order. */
  #dispatch(config: Config, planned: Plan): void {
    for (const { runs } of planned.matrix.include) {
      const most = this.#chance.isLucky(0.1) ? 8 * HOUR : 5 * MINUTE;
      const delay = this.#chance.isLucky(0.3) ? 10_000 : this.#chance.spread(10_000, most);
      this.#legs += 1;
      const order = { id: `leg-${this.#legs}`, config, runs };
      const bucket = this.#parts.bucketOfLeg(this.#bucket);
      this.#wait(delay, new Leg(order, this.#timeline, bucket, this.#parts.run, this.#ears));
    }
  }

  /** Those that begin at the same instant, as the legs of a double may, race. */
  #wait(delay: number, leg: Leg): void {
    const at = Math.round(this.#timeline.now + delay);
    const together = this.#waiting.get(at) ?? [];
    together.push(leg);
    if (together.length > 1) return;
    this.#waiting.set(at, together);
    this.#timeline.at(at, () => {
      this.#waiting.delete(at);
      for (const each of together) void each.start();
    });
  }

  async #pause(state: 'paused' | 'following'): Promise<void> {
    await this.#working(async () => {
      const { job } = events.paused;
      const at = new Date(this.#timeline.now).toISOString();
      this.judge.book(job).setPaused(state);
      await updateState(this.#bucket, job, ({ paused: _, ...rest }) =>
        state === 'paused' ? { ...rest, paused: { at, reason: 'away' } } : rest,
      );
    });
  }

  /** From now on every tick comes and all goes well, until nothing of the month is owed. */
  async #drain(): Promise<void> {
    for (let hour = 0; hour < DRAIN_DAYS * 24; hour += 1) {
      if (this.#timeline.isStopped || this.judge.isSettledUpTo(this.end)) return;
      this.#timeline.at(this.#timeline.now, () => this.#plan(1));
      await this.#timeline.run(this.#timeline.now + HOUR);
    }
  }

  /** While it is under way, time stands still. */
  async #working(work: () => Promise<void>): Promise<void> {
    const token = {};
    this.#timeline.busy.add(token);
    await work();
    this.#timeline.busy.delete(token);
  }
}
