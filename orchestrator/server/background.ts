/** What is at work without anybody who waits for it: runs, as many at a time as may be, and none of a job beside another of it. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { framesOf } from '@tidemill/kit/frames';
import type { Clock } from '@tidemill/kit/retry';
import type { Assignment } from '../app/assignments.ts';
import { laneOf } from '../app/lanes.ts';
import { type RunRequest, run } from '../app/run.ts';
import type { Session } from '../app/session.ts';
import { follow } from '../app/stream.ts';
import type { JobResult } from '../result/result.ts';
import type { Log } from './log.ts';
import { inTime } from './patience.ts';

/** Assignments of one lane, one after the other. */
interface Task {
  readonly lane: string;
  readonly session: Session;
  readonly request: RunRequest;
  /** Called when it is over, or never began. */
  readonly over: () => Promise<void>;
}

/** Of a bug: who is to report it must know where it is. */
const SHOWN_FRAMES = 4;

export class Background {
  /** The most tasks at a time. */
  readonly max: number;
  readonly #log: Log;
  readonly #atWork = new Map<Task, Promise<void>>();
  #waiting: Task[] = [];
  #isStopping = false;

  constructor(max: number, log: Log) {
    this.max = max;
    this.#log = log;
  }

  get active(): number {
    return this.#atWork.size;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get hasRoom(): boolean {
    return !this.#isStopping && this.#waiting.length === 0 && this.active < this.max;
  }

  /** Whether something of that run is at work here, or waits. */
  isAt(runId: string): boolean {
    return this.#all().some(({ request }) => request.runId === runId);
  }

  /** The run that is at the job here, or waits to be. */
  runOf(job: string): string | undefined {
    return this.#all().find(({ request }) => request.assignments.some((assignment) => assignment.job.id === job))
      ?.request.runId;
  }

  /** Whether the job is at work here or waits, or another one of its serial service. */
  isBusy(assignment: Pick<Assignment, 'job' | 'service'>): boolean {
    const lane = laneOf(assignment);
    return this.#all().some((task) => task.lane === lane);
  }

  /**
   * Begins a run of one job at once. Closes the session when it is over. Throws `job-not-run` beside another of the same lane, and
   * `server-busy` where there is no room.
   */
  begin(session: Session, request: RunRequest): void {
    if (request.assignments.some((assignment) => this.isBusy(assignment))) {
      throw new TidemillError('transient', 'job-not-run', 'The job, or another one of its service, is at work here', {
        hint: 'Ask again when it has ended: `GET /health` and `GET /api/v1/jobs/{id}` say so.',
      });
    }
    if (!this.hasRoom) throw busy();
    this.queue(session, request);
  }

  /** Throws `server-busy`: what is begun now may not come to its end. */
  refuseWhenStopping(): void {
    if (this.#isStopping) throw busy();
  }

  /**
   * Runs what it is given as soon as there is room, lane by lane. Closes the session when all of it is over. `waitSeconds`: how long
   * those of a lane wait for their crawls, if not as long as their jobs say.
   */
  queue(session: Session, request: RunRequest, waitSeconds?: (lane: readonly Assignment[]) => number): void {
    const lanes = Map.groupBy(request.assignments, laneOf);
    let left = lanes.size;
    const over = async (): Promise<void> => {
      left -= 1;
      if (left === 0) await session.close();
    };
    for (const [lane, assignments] of lanes) {
      const patience = waitSeconds === undefined ? {} : { waitSeconds: waitSeconds(assignments) };
      this.#waiting.push({ lane, session, request: { ...request, ...patience, assignments, parallel: 1 }, over });
    }
    this.#fill();
  }

  /**
   * Begins nothing more, and waits until what is at work has ended in order, but no longer than `patienceMs`. Whoever waited is owed as
   * before: the state of its job says so. Answers how many tasks are still at work.
   */
  async stop(clock: Clock, patienceMs: number): Promise<number> {
    this.#isStopping = true;
    const dropped = this.#waiting;
    this.#waiting = [];
    for (const { over } of dropped) await this.#end(over);
    await inTime(Promise.all(this.#atWork.values()), clock, patienceMs);
    return this.active;
  }

  #all(): Task[] {
    return [...this.#atWork.keys(), ...this.#waiting];
  }

  #fill(): void {
    while (!this.#isStopping && this.active < this.max) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#atWork.set(next, this.#work(next));
    }
  }

  /** Never rejects. */
  async #work(task: Task): Promise<void> {
    const { session, request, over } = task;
    const { runId } = request;
    for (const { job, slot } of request.assignments) this.#log({ event: 'begun', run: runId, job: job.id, slot });
    try {
      const { answer, faults } = await follow(run(session, request), []);
      for (const result of answer.results) this.#tellEnded(runId, result);
      for (const fault of [answer.unrecorded, ...answer.untold, ...faults]) this.tellFault(fault);
    } catch (thrown) {
      this.tellFault(asTidemillError(thrown));
    }
    await this.#end(over);
    this.#atWork.delete(task);
    this.#fill();
  }

  /** What cannot be closed keeps nothing else from its end. */
  async #end(over: Task['over']): Promise<void> {
    await over().catch((thrown: unknown) => this.tellFault(asTidemillError(thrown)));
  }

  #tellEnded(runId: string, { job, slot, result, seconds, totals, failure }: JobResult): void {
    const { records } = totals;
    this.#log({ event: 'ended', run: runId, job, slot, result, seconds, records, error_code: failure?.code });
  }

  /** What went wrong outside of the jobs, whose faults are in their results. */
  tellFault(fault: TidemillError | undefined): void {
    if (fault === undefined) return;
    const { code, kind, message, cause } = fault;
    const at = kind === 'bug' ? framesOf(cause).slice(0, SHOWN_FRAMES).join(' < ') : '';
    this.#log({ event: 'fault', error_code: code, kind, message, ...(at === '' ? {} : { at }) });
  }
}

const busy = (): TidemillError =>
  new TidemillError('transient', 'server-busy', 'As many tasks are at work as may be, or the server stops', {
    hint: 'Ask again later.',
  });
