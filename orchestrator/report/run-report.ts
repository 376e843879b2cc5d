import { type ErrorKind, errorKinds, type TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { addTotals, type JobResult, noTotals, type Totals } from './result.ts';

/** Which run is reported on; the pipeline's order and world have all of it. */
interface Subject {
  readonly job: Job;
  readonly slot: string;
  readonly interval: { readonly start: Date; readonly end: Date };
}

interface Surroundings {
  readonly environment: string;
  readonly runId: string;
  readonly clock: { now(): Date };
  readonly onProgress: (progress: Progress) => void;
}

/** Where a run is. */
export interface Progress {
  readonly job: string;
  readonly stage: 'extract' | 'load' | 'done';
  /** Records so far in `extract`, rows so far in `load`. */
  readonly count: number;
  /** Stored so far, compressed. */
  readonly bytes: number;
}

/** Gathers what happens during one run, tells it as progress, and makes the result of it. */
export class RunReport {
  readonly startedAt: Date;
  readonly #subject: Subject;
  readonly #around: Surroundings;
  #attempt = 0;
  #totals: Totals = noTotals;
  #extracted = 0;
  #rows = 0;
  #isUnchanged = false;
  readonly #kept = new Set<string>();
  readonly #notices: string[] = [];
  readonly #rejects: string[] = [];
  readonly #quarantine: string[] = [];

  constructor(subject: Subject, around: Surroundings) {
    this.#subject = subject;
    this.#around = around;
    this.startedAt = around.clock.now();
  }

  /** Packages committed so far. */
  get packages(): number {
    return this.#totals.packages;
  }

  claimed(attempt: number): void {
    this.#attempt = attempt;
    this.#tell('extract', 0);
  }

  notice(message: string): void {
    if (!this.#notices.includes(message)) this.#notices.push(message);
  }

  /** The source says that it has no news. */
  unchanged(what: string): void {
    this.#isUnchanged = true;
    this.notice(`${what}, as at the last run`);
  }

  extracted(records: number): void {
    this.#extracted += records;
    this.#tell('extract', this.#extracted);
  }

  kept({ id, records, bytes }: { readonly id: string; readonly records: number; readonly bytes: number }): void {
    this.#kept.add(id);
    this.#totals = addTotals(this.#totals, { records, bytes, packages: 1 });
    this.#tell('extract', this.#extracted);
  }

  loading(rows: number): void {
    this.#rows += rows;
    this.#tell('load', this.#rows);
  }

  loaded(load: LoadedPackage): void {
    const { rejected, counts } = load;
    // A package that an earlier run left behind adds its records to the run that loads it.
    const records = this.#kept.has(load.package) ? 0 : load.records;
    this.#totals = addTotals(this.#totals, { records, rejected, ...counts });
    this.#rejects.push(...load.reasons);
    if (load.quarantine !== undefined) this.#quarantine.push(load.quarantine);
    this.#tell('load', this.#rows);
  }

  covered(reason: string): JobResult {
    return this.#result('covered', { reason, is_settled: false });
  }

  stopped(): JobResult {
    return this.#result('stopped', { reason: 'stopped by hand; what was committed is kept', is_settled: false });
  }

  done(superseded: number): JobResult {
    return this.#result('done', { superseded, gates: this.#gates(), is_settled: true });
  }

  failed(error: TidemillError, slot: 'owed' | 'settled'): JobResult {
    const { kind, code, message, hint, exitCode } = error;
    const failure = { kind: kind satisfies ErrorKind, code, message, exit: exitCode, who: errorKinds[kind].who };
    return this.#result('failed', {
      failure: hint === undefined ? failure : { ...failure, hint },
      is_settled: slot === 'settled',
    });
  }

  #gates(): string[] {
    const { min_records } = this.#subject.job.expect;
    if (min_records === undefined || this.#isUnchanged || this.#totals.records >= min_records) return [];
    return [`${this.#totals.records} records, expected at least ${min_records}`];
  }

  #tell(stage: Progress['stage'], count: number): void {
    this.#around.onProgress({ job: this.#subject.job.id, stage, count, bytes: this.#totals.bytes });
  }

  #result(result: JobResult['result'], rest: Partial<JobResult> & Pick<JobResult, 'is_settled'>): JobResult {
    this.#tell('done', this.#rows);
    const { job, slot, interval } = this.#subject;
    const { environment, runId: run, clock } = this.#around;
    const started = this.startedAt.getTime();
    return {
      job: job.id,
      service: job.service,
      data_type: job.data_type,
      environment,
      slot,
      interval: { start: interval.start.toISOString(), end: interval.end.toISOString() },
      run,
      attempt: this.#attempt,
      result,
      lateness_seconds: slot.startsWith('manual-') ? 0 : Math.round((started - Date.parse(slot)) / 1000),
      started_at: this.startedAt.toISOString(),
      seconds: (clock.now().getTime() - started) / 1000,
      totals: this.#totals,
      superseded: 0,
      notices: this.#notices,
      rejects: this.#rejects,
      quarantine: this.#quarantine,
      gates: [],
      ...rest,
    };
  }
}

interface LoadedPackage {
  readonly package: string;
  readonly records: number;
  readonly rejected: number;
  readonly quarantine?: string;
  readonly reasons: readonly string[];
  readonly counts: Omit<Totals, 'records' | 'rejected' | 'bytes' | 'packages'>;
}
