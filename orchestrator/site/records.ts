/**
 * What the page takes from the records that plans and legs leave in the bucket. They may be of an older Tidemill, or
 * not ours at all: what does not look right is left out and counted. The page may be public: of messages, `publicText` is taken.
 */
import type { DecisionWord } from '../plan/types.ts';
import type { Outcome, Settlement } from '../state/job-state.ts';
import { publicText } from './public-text.ts';

/** How one run of a job ended. `gate`: done, but over a gate of `expect:`. `lost`: nobody ever heard of it again. `parked`: it waits for crawls. */
export type Ending = 'done' | 'gate' | 'failed' | 'stopped' | 'lost' | 'covered' | 'parked';

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
  /** Of one that failed. */
  readonly failure?: { readonly code: string; readonly who: string; readonly message: string };
  /** The first of those that were not met, as a sentence. */
  readonly gate?: string;
  /** Where GitHub shows the log of its leg. */
  readonly logUrl?: string;
  /** Where the interval that it read ends; absent from records of older versions. */
  readonly through?: number;
  /** A backfill or a replay: it says nothing of how new the data is, nor of how the job does by its schedule. */
  readonly isAgain?: true;
  /** Its slot is settled as failed. */
  readonly isGivenUp?: true;
  /** Older slots that it took the place of. */
  readonly superseded?: number;
}

/** Slots that ended without a run of their own. */
export interface Ended {
  readonly job: string;
  readonly slot: string;
  /** The first of several. */
  readonly from?: string;
  /** From here up to the slot nobody has read. */
  readonly unreadFrom?: string;
  readonly outcome: Outcome;
  readonly at: number;
  readonly slots: number;
  readonly reason?: string;
}

/** Why a job does not run, where only a machine that was to run it can know. */
export interface Held {
  readonly job: string;
  readonly at: number;
  readonly reason: string;
}

export interface PlanRecord {
  readonly run: string;
  readonly at: number;
  /** Undefined for a plan of some jobs only. */
  readonly held: readonly Held[] | undefined;
  readonly planned: readonly { readonly job: string; readonly slot: string }[];
  readonly ended: readonly Ended[];
}

/** Years that no calendar of ours knows are no slots. */
const isSlot = (value: unknown): value is string =>
  isText(value) && (value.startsWith('manual-') || /^2\d{3}-/.test(value));

/** The result of one job in a run, as a leg wrote it; undefined when it is not one. */
export function runOf(run: string, value: unknown): Run | undefined {
  if (!isObject(value)) return undefined;
  const { job, service, slot, result, seconds, totals, failure, gates, log_url } = value;
  const startedAt = instantOf(value['started_at']);
  const ending = endings.find((known) => known === result);
  if (!isText(job) || !isText(service) || !isSlot(slot) || ending === undefined || startedAt === undefined) return;
  const isOverGate = ending === 'done' && Array.isArray(gates) && gates.length > 0;
  const [gate] = isOverGate ? gates : [];
  return {
    job,
    service,
    slot,
    run,
    ending: isOverGate ? 'gate' : ending,
    startedAt,
    seconds: amount(seconds),
    records: isObject(totals) ? amount(totals['records']) : 0,
    ...readingOf(value, slot),
    ...(ending === 'failed' && value['is_settled'] === true && !slot.startsWith('manual-') ? { isGivenUp: true } : {}),
    ...(isObject(failure) ? { failure: failureOf(failure) } : {}),
    ...(isText(gate) ? { gate: publicText(gate) } : {}),
    ...(isText(log_url) && LOG.test(log_url) ? { logUrl: log_url } : {}),
  };
}

/** As GitHub gives it: whoever wrote the record, the page leads nowhere else. */
const LOG = /^https?:\/\/[\w.:-]+\/[\w.-]+\/[\w.-]+\/actions\/runs\/\d+(\/(job|attempts)\/\d+)?$/;

function failureOf({ code, who, message }: Fields): NonNullable<Run['failure']> {
  return { code: textOf(code), who: textOf(who), message: isText(message) ? publicText(message) : '' };
}

/** What it read, and in the place of which others. */
function readingOf(
  { mode, interval, superseded }: Fields,
  slot: string,
): Pick<Run, 'through' | 'isAgain' | 'superseded'> {
  const through = isObject(interval) ? instantOf(interval['end']) : undefined;
  const others = amount(superseded);
  return {
    ...(through === undefined ? {} : { through }),
    // Older records do not say their mode.
    ...(mode === 'backfill' || mode === 'replay' || slot.startsWith('manual-backfill-') ? { isAgain: true } : {}),
    ...(others === 0 ? {} : { superseded: others }),
  };
}

const endings = ['done', 'failed', 'stopped', 'covered', 'parked'] as const satisfies readonly Ending[];

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
  return { run, at, planned, ended, held: heldBy(listOf(value['decisions']), at) };
}

const HELD: ReadonlySet<unknown> = new Set<DecisionWord>(['missing_credentials', 'unit_gone', 'deferred']);

function heldBy(decisions: readonly Fields[], at: number): Held[] | undefined {
  if (decisions.length === 0 || decisions.some(({ decision }) => decision === 'not_selected')) return undefined;
  return decisions.flatMap(({ job, decision, reason }) =>
    isText(job) && isText(reason) && HELD.has(decision) ? [{ job, at, reason: publicText(reason) }] : [],
  );
}

type SettlementFields = Partial<Record<keyof Settlement, unknown>>;

/** A settlement that no run made. One of a run is in that run's record, too. */
export const endedOf = (job: string, settlement: SettlementFields): Ended | undefined =>
  settlement.run === undefined ? settledOf(job, settlement) : undefined;

/** What became of slots, whoever settled them; undefined for what is no settlement. */
export function settledOf(job: string, settlement: SettlementFields): Ended | undefined {
  const { slot, from, outcome, count, unread_from, reason } = settlement;
  const at = instantOf(settlement.at);
  const known = outcomes.find((one) => one === outcome);
  if (!isText(slot) || known === undefined || at === undefined) return undefined;
  return {
    job,
    slot,
    ...(isText(from) ? { from } : {}),
    ...(isText(unread_from) ? { unreadFrom: unread_from } : {}),
    outcome: known,
    at,
    slots: Math.max(1, amount(count)),
    ...(isText(reason) ? { reason: publicText(reason) } : {}),
  };
}

const outcomes = ['done', 'superseded', 'missed', 'failed', 'skipped'] as const satisfies readonly Outcome[];

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const textOf = (value: unknown): string => (isText(value) ? publicText(value) : 'unknown');
const amount = (value: unknown): number =>
  typeof value === 'number' && value > 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0;
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** In milliseconds; undefined for what is no instant, or one that no clock of ours has shown. */
export function instantOf(value: unknown): number | undefined {
  const instant = isText(value) && /^2\d{3}-/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}
