import type { TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { openBreaker } from '../plan/breaker.ts';
import { owing } from '../plan/held.ts';
import { debtOf, isManual, isReadable, owedSlots } from '../plan/owed.ts';
import { plan } from '../plan/plan.ts';
import type { Decision } from '../plan/types.ts';
import { isElsewhere, liveClaim } from '../plan/verdict.ts';
import type { BreakerStatus, JobStatus } from '../report/status.ts';
import { type Parked, waitedFor } from '../state/crawl.ts';
import type { JobState } from '../state/job-state.ts';
import { waiting } from '../state/targets.ts';
import { emptyState } from '../state/transitions.ts';
import { waitingIn } from './events.ts';
import { withCredentials } from './missing-credentials.ts';
import { jobsOf } from './operate.ts';
import { planInput, type Session } from './session.ts';

/** Where jobs stand now. */
export interface Status {
  readonly now: string;
  readonly environment: string;
  readonly jobs: readonly JobStatus[];
  /** One error for each job whose state cannot be read; it is not among the jobs. */
  readonly unreadable: readonly TidemillError[];
}

/** Only looks. `words` are ids and globs; without any, all jobs are meant. Throws `unknown-job`. */
export async function status(session: Session, words: readonly string[] = []): Promise<Status> {
  const { config, environment } = session;
  const asked = words.length === 0 ? config.jobs : jobsOf(session, words);
  const { input, unreadable } = await planInput({ ...session, config: { ...config, jobs: asked } });
  const { runs, decisions, now } = plan(await withCredentials({ ...input, config }, session));
  const byId = new Map(input.config.jobs.map((job) => [job.id, job]));
  const jobs = decisions.flatMap((decision): JobStatus[] => {
    const job = byId.get(decision.job);
    if (job === undefined) return [];
    const owed = runs.filter((run) => run.job === job.id).map(({ slot }) => slot);
    const state = input.states.get(job.id) ?? emptyState(job.id);
    const isLive = liveClaim(state, input) !== undefined;
    const judged = { environment: environment.name, decision, owed, now: input.now, isLive };
    return [{ ...statusOf(job, state, judged), ...eventsIn(session, state) }];
  });
  return { now, environment: environment.name, jobs, unreadable };
}

/** Environments that jobs belong to which do not run in this one. */
export const environmentsAway = ({ config, environment: { name } }: Session): string[] => [
  ...new Set(config.jobs.filter((job) => isElsewhere(job, name)).flatMap(({ environments }) => environments)),
];

interface Judged {
  readonly environment: string;
  readonly decision: Decision;
  readonly owed: readonly string[];
  readonly now: Date;
  /** Whoever holds the claim is at it. */
  readonly isLive: boolean;
}

function statusOf(job: Job, state: JobState, { environment, decision: judged, owed, now, isLive }: Judged): JobStatus {
  const { decision, reason, slot, next } = judged;
  const isOwed = owing.has(decision);
  const {
    settled_through,
    read_through,
    unread,
    cursor,
    paused,
    claim,
    backfill,
    moved_to,
    attempt,
    recent,
    history = [],
    listing,
    parked,
  } = state;
  const breaker = breakerOf(job, state, now);
  const optional = { next, settled_through, read_through, unread, paused, claim, backfill, moved_to, attempt, breaker };
  return {
    job: job.id,
    environment,
    decision,
    reason,
    owed,
    ...(isOwed ? owedOf(state, now) : { owed_slots: 0 }),
    ...(isOwed && slot !== undefined && !isManual(slot)
      ? { lateness_seconds: secondsBetween(new Date(slot), now) }
      : {}),
    ...(claim === undefined || isLive ? {} : { is_claim_dead: true as const }),
    ...nonsenseIn(state),
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<JobStatus>),
    ...(cursor === undefined ? {} : { cursor: cursor.value, cursor_version: cursor.version }),
    packages_to_load: waiting(state).length,
    ...loadingOf(state),
    ...leftOutIn(state),
    ...(listing === undefined ? {} : { listing: { records: listing.records, until: listing.until } }),
    ...(parked === undefined ? {} : { waits: waitsOf(parked, state) }),
    recent,
    history,
  };
}

const waitsOf = (parked: Parked, state: JobState): NonNullable<JobStatus['waits']> => {
  const { slot, since, next_poll_at } = parked;
  return { slot, since, next_poll_at, ...waitedFor(parked, state) };
};

/** One warehouse is the job's own matter; several are told apart, and so is one that lacks what came before it. */
function loadingOf({ targets }: JobState): Pick<JobStatus, 'replay' | 'warehouses'> {
  const [only, ...others] = Object.values(targets);
  if (others.length === 0 && only?.begins_after === undefined) {
    return only?.replay === undefined ? {} : { replay: only.replay };
  }
  const facts = Object.entries(targets).map(([name, { pending, replay, begins_after }]) => {
    const optional = { ...(replay && { replay }), ...(begins_after !== undefined && { begins_after }) };
    return [name, { packages_to_load: pending.length, ...optional }] as const;
  });
  return { warehouses: Object.fromEntries(facts) };
}

function leftOutIn({ targets }: JobState): Pick<JobStatus, 'left_out'> {
  const reasons = Object.values(targets).flatMap(({ left_out = [] }) => left_out.map(({ reason }) => reason));
  return reasons.length === 0 ? {} : { left_out: [...new Set(reasons)] };
}

function eventsIn(session: Session, state: JobState): Pick<JobStatus, 'events_waiting'> {
  const waiting = waitingIn(session, state.job, state).map(({ to, events, refused }) => ({
    ...{ to, events },
    ...(refused === undefined ? {} : { refused: { says: refused.says, who: refused.who } }),
  }));
  return waiting.length === 0 ? {} : { events_waiting: waiting };
}

function owedOf(state: JobState, now: Date): Pick<JobStatus, 'owed_slots' | 'oldest_owed' | 'newest_owed'> {
  const owed = owedSlots(state, now);
  if (owed === undefined) return { owed_slots: 0 };
  const { count, oldest, newest } = owed;
  return {
    owed_slots: count,
    oldest_owed: { slot: oldest.toISOString(), lateness_seconds: secondsBetween(oldest, now) },
    newest_owed: { slot: newest.toISOString(), lateness_seconds: secondsBetween(newest, now) },
  };
}

const secondsBetween = (slot: Date, now: Date): number => (now.getTime() - slot.getTime()) / 1000;

/** A registered schedule that says nothing any more: the next plan that may registers the one of the configuration. */
function nonsenseIn(state: JobState): Pick<JobStatus, 'unreadable_schedule'> {
  const debt = debtOf(state);
  return debt === undefined || isReadable(debt) ? {} : { unreadable_schedule: debt.timetable };
}

function breakerOf(job: Job, state: JobState, now: Date): BreakerStatus | undefined {
  const { breaker } = state;
  if (breaker === undefined) return undefined;
  const { failures, since } = breaker;
  const open = openBreaker(job, state);
  if (open === undefined) return { state: 'closed', failures, since };
  return { state: open.probeAt > now ? 'open' : 'probing', failures, since, probe_at: open.probeAt.toISOString() };
}
