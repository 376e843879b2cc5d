/**
 * What the page takes from the records that plans and legs leave in the bucket. They may be of an older Tidemill, or
 * not ours at all: what does not look right is left out and counted. Neither messages nor contents are taken: the page
 * may be public.
 */
import type { Outcome, Settlement } from '../state/job-state.ts';

/** How one run of a job ended. `gate`: done, but over a gate of `expect:`. `lost`: nobody ever heard of it again. */
export type Ending = 'done' | 'gate' | 'failed' | 'stopped' | 'lost' | 'covered';

export interface Run {
  readonly job: string;
  readonly service: string;
  readonly slot: string;
  /** Its id in the bucket, which `tidemill report --run-id` takes. */
  readonly run: string;
  readonly ending: Ending;
  readonly startedAt: number;
  readonly seconds: number;
  readonly records: number;
  /** Error code and who must act, of one that failed. */
  readonly failure?: { readonly code: string; readonly who: string };
}

/** Slots that ended without a run. */
export interface Ended {
  readonly job: string;
  readonly slot: string;
  readonly outcome: Outcome;
  readonly at: number;
  readonly slots: number;
}

export interface PlanRecord {
  readonly run: string;
  readonly at: number;
  readonly planned: readonly { readonly job: string; readonly slot: string }[];
  readonly ended: readonly Ended[];
}

/** Years that no calendar of ours knows are no slots. */
const isSlot = (value: unknown): value is string =>
  isText(value) && (value.startsWith('manual-') || /^2\d{3}-/.test(value));

/** The result of one job in a run, as a leg wrote it; undefined when it is not one. */
export function runOf(run: string, value: unknown): Run | undefined {
  if (!isObject(value)) return undefined;
  const { job, service, slot, result, seconds, totals, failure, gates } = value;
  const startedAt = instantOf(value['started_at']);
  const ending = endings.find((known) => known === result);
  if (!isText(job) || !isText(service) || !isSlot(slot) || ending === undefined || startedAt === undefined) return;
  const isOverGate = ending === 'done' && Array.isArray(gates) && gates.length > 0;
  return {
    job,
    service,
    slot,
    run,
    ending: isOverGate ? 'gate' : ending,
    startedAt,
    seconds: amount(seconds),
    records: isObject(totals) ? amount(totals['records']) : 0,
    ...(isObject(failure) ? { failure: { code: textOf(failure['code']), who: textOf(failure['who']) } } : {}),
  };
}

const endings = ['done', 'failed', 'stopped', 'covered'] as const satisfies readonly Ending[];

/** What a recording plan wrote; undefined when it is not one. */
export function planOf(run: string, value: unknown): PlanRecord | undefined {
  if (!isObject(value)) return undefined;
  const at = instantOf(value['now']);
  if (at === undefined) return undefined;
  const planned = listOf(value['runs']).flatMap(({ job, slot }) =>
    isText(job) && isText(slot) ? [{ job, slot }] : [],
  );
  const ended = listOf(value['records']).flatMap(({ job, settlements }) =>
    isText(job) ? listOf(settlements).flatMap((settlement) => endedOf(job, settlement) ?? []) : [],
  );
  return { run, at, planned, ended };
}

/** A settlement that no run made. One of a run is in that run's record, too. */
export function endedOf(job: string, settlement: Partial<Record<keyof Settlement, unknown>>): Ended | undefined {
  const { slot, outcome, count, run } = settlement;
  const at = instantOf(settlement.at);
  const known = outcomes.find((one) => one === outcome);
  if (run !== undefined || !isText(slot) || known === undefined || at === undefined) return undefined;
  return { job, slot, outcome: known, at, slots: typeof count === 'number' ? count : 1 };
}

const outcomes = ['done', 'superseded', 'missed', 'failed', 'skipped'] as const satisfies readonly Outcome[];

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const textOf = (value: unknown): string => (isText(value) ? value : 'unknown');
const amount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);

function instantOf(value: unknown): number | undefined {
  const instant = isText(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}
