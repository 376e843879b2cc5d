import { type ErrorKind, errorKinds, type RequestFacts, type TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { type Freshness, unmetGates } from './gates.ts';
import { addTotals, type Drift, type JobResult, noTotals, type Totals } from './result.ts';
import { RunLog } from './run-log.ts';

/** Which run is reported on; the pipeline's order and world have all of it. */
interface Subject {
  readonly job: Job;
  readonly slot: string;
  readonly interval: { readonly start: Date; readonly end: Date };
  readonly mode: 'incremental' | 'full' | 'backfill' | 'replay';
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

const MOST_OF_A_DESCRIPTION = 300;
const MOST_MANIFESTS = 20;
const MOST_FRAMES = 8;

/** Gathers what happens during one run, tells it as progress, and makes the result of it. */
export class RunReport {
  readonly startedAt: Date;
  readonly #subject: Subject;
  readonly #around: Surroundings;
  #attempt = 0;
  #totals: Totals = noTotals;
  #extracted = 0;
  #rows = 0;
  #keptRecords = 0;
  #isUnchanged = false;
  readonly #kept = new Set<string>();
  readonly #notices: string[] = [];
  readonly #rejects: string[] = [];
  readonly #quarantine: string[] = [];
  readonly #added = new Set<string>();
  readonly #missing = new Set<string>();
  readonly #manifests: string[] = [];
  readonly #log: RunLog;

  constructor(subject: Subject, around: Surroundings) {
    this.#subject = subject;
    this.#around = around;
    this.startedAt = around.clock.now();
    this.#log = new RunLog(around.clock);
  }

  /** Packages committed so far. */
  get packages(): number {
    return this.#totals.packages;
  }

  claimed(attempt: number): void {
    this.#attempt = attempt;
    this.#log.add(`claimed ${this.#subject.slot}, attempt ${attempt}`);
    this.#tell('extract', 0);
  }

  notice(message: string): void {
    if (this.#notices.includes(message)) return;
    this.#notices.push(message);
    this.#log.add(message);
  }

  requested({ method, url, status }: RequestFacts): void {
    this.#log.add(`${method} ${url} → ${status ?? 'no answer'}`);
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

  kept({ id, manifest, records, bytes }: KeptPackage): void {
    this.#kept.add(id);
    this.#manifests.push(manifest);
    this.#log.add(`kept ${records} records: ${manifest}`);
    this.#keptRecords += records;
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
    this.#log.add(`loaded ${load.package}: ${counts.rows} rows, ${rejected} records rejected`);
    this.#rejects.push(...load.reasons);
    if (load.quarantine !== undefined) this.#quarantine.push(load.quarantine);
    this.#tell('load', this.#rows);
  }

  drifted({ added, missing }: Drift): void {
    for (const field of added) this.#added.add(field);
    for (const field of missing) this.#missing.add(field);
  }

  covered(reason: string): JobResult {
    return this.#result('covered', { reason, is_settled: false });
  }

  stopped(): JobResult {
    return this.#result('stopped', { reason: 'stopped by hand; what was committed is kept', is_settled: false });
  }

  /** `freshness` is told where `expect` asks for it. */
  done(superseded: number, freshness?: Freshness): JobResult {
    const gates = this.#gates(freshness);
    for (const gate of gates) this.#log.add(`gate not met: ${gate}`);
    return this.#result('done', { superseded, gates, ...(gates.length > 0 ? this.#trace() : {}), is_settled: true });
  }

  failed(error: TidemillError, slot: 'owed' | 'settled'): JobResult {
    const { kind, code, message, hint, exitCode, request } = error;
    this.#log.add(`failed: ${kind} ${code}`);
    for (const frame of framesOf(error)) this.#log.add(frame);
    const failure = {
      kind: kind satisfies ErrorKind,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      exit: exitCode,
      who: errorKinds[kind].who,
      ...(request === undefined ? {} : { request }),
    };
    return this.#result('failed', { failure, ...this.#trace(), is_settled: slot === 'settled' });
  }

  /** What somebody reads again of the past is not what the gates are about. */
  #gates(freshness: Freshness | undefined): string[] {
    const { job, mode } = this.#subject;
    if (mode === 'backfill' || mode === 'replay') return [];
    return unmetGates(job.expect, {
      totals: this.#totals,
      isUnchanged: this.#isUnchanged,
      latenessSeconds: this.#lateness,
      freshness,
      now: this.#around.clock.now(),
    });
  }

  #trace(): Pick<JobResult, 'trace'> {
    const uncommitted = Math.max(0, this.#extracted - this.#keptRecords);
    return { trace: { log: this.#log.lines, manifests: this.#manifests.slice(-MOST_MANIFESTS), uncommitted } };
  }

  /** In seconds; manual runs are never late. */
  get #lateness(): number {
    const { slot } = this.#subject;
    return slot.startsWith('manual-') ? 0 : Math.round((this.startedAt.getTime() - Date.parse(slot)) / 1000);
  }

  #drift(): Pick<JobResult, 'drift'> {
    if (this.#added.size + this.#missing.size === 0) return {};
    return { drift: { added: [...this.#added], missing: [...this.#missing] } };
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
      lateness_seconds: this.#lateness,
      ...(this.#lateness > job.tolerance_minutes * 60 ? { is_late: true } : {}),
      started_at: this.startedAt.toISOString(),
      seconds: (clock.now().getTime() - started) / 1000,
      totals: this.#totals,
      superseded: 0,
      notices: this.#notices,
      rejects: this.#rejects,
      quarantine: this.#quarantine,
      gates: [],
      ...(job.description === '' ? {} : { description: job.description.slice(0, MOST_OF_A_DESCRIPTION) }),
      ...this.#drift(),
      ...rest,
    };
  }
}

/** Where a bug is, without what its error says: that may quote a record. */
function framesOf({ kind, cause }: TidemillError): string[] {
  if (kind !== 'bug' || !(cause instanceof Error)) return [];
  const lines = (cause.stack ?? '').split('\n').filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line));
  return lines.slice(0, MOST_FRAMES).map((line) => line.trim());
}

interface KeptPackage {
  readonly id: string;
  readonly manifest: string;
  readonly records: number;
  readonly bytes: number;
}

interface LoadedPackage {
  readonly package: string;
  readonly records: number;
  readonly rejected: number;
  readonly quarantine?: string;
  readonly reasons: readonly string[];
  readonly counts: Omit<Totals, 'records' | 'rejected' | 'bytes' | 'packages'>;
}
