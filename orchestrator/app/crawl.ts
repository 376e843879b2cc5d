/** Crawls by hand: what runs do, one step at a time, and where each of them stands. */
import { TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { elsewhereReason, isElsewhere } from '../plan/verdict.ts';
import { adoptTicket, cancelByHand, triggerByHand } from '../run/crawl/by-hand.ts';
import { checked } from '../run/crawl/targets.ts';
import { checkOptions } from '../run/extract/connector.ts';
import { type Source, sourceOf } from '../run/extract/source.ts';
import type { Order, World } from '../run/order.ts';
import { type Crawl, crawlSlot } from '../state/crawl.ts';
import type { JobState } from '../state/job-state.ts';
import { adoptState, readRenamed } from '../state/rename.ts';
import { readState, readStates } from '../state/store.ts';
import { emptyState } from '../state/transitions.ts';
import { inEnvironment } from '../text/format.ts';
import { serviceOf } from './assignments.ts';
import { chosen, jobOfCrawl, replaced } from './crawl-targets.ts';
import { isAbandoned } from './host.ts';
import { jobOf, jobsOf } from './operate.ts';
import { orderOf, worldOf } from './run-world.ts';
import type { Session } from './session.ts';

/** One crawl, as people and programs are told of it. Times are UTC instants. */
export interface CrawlView {
  readonly crawl_id: string;
  /** What the source calls it; null where it has not said. */
  readonly snapshot_id: string | null;
  readonly job: string;
  readonly environment: string;
  readonly slot: string;
  readonly target: string;
  readonly status: Crawl['status'];
  /** The source's own word. */
  readonly says?: string;
  readonly facts: Crawl['facts'];
  readonly intent_at: string;
  readonly triggered_at?: string;
  readonly polls: number;
  readonly polled_at?: string;
  /** Of one that is open: nobody asks before. */
  readonly next_poll_at?: string;
  readonly deadline?: string;
  readonly ended_at?: string;
  readonly reason?: string;
  readonly counts?: Readonly<Record<string, number>>;
  /** URLs of the bucket. */
  readonly files?: readonly string[];
}

export interface TriggerRequest {
  /** Id of the job. */
  readonly job: string;
  /** Keys of some of its targets; all, if none is named. */
  readonly targets?: readonly string[];
  /** In place of those of the configuration; null takes one away. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of who asks: makes the slot of the crawls. */
  readonly runId: string;
}

export interface TriggerAnswer {
  readonly crawls: readonly CrawlView[];
  /** Why the source takes no more; what it has taken is among the crawls. */
  readonly refusal?: TidemillError;
  /** What else was noticed, as why nobody knows whether the source has heard. */
  readonly notices: readonly string[];
}

/**
 * Asks the source, and waits for nothing; the events that tell of it are in the state, and not sent. Throws `unknown-job`, `no-crawls`,
 * `unknown-target`, `options-invalid`, `job-paused`.
 */
export async function triggerCrawls(session: Session, request: TriggerRequest): Promise<TriggerAnswer> {
  const job = jobOf(session, request.job);
  const asked = request.options === undefined ? job : { ...job, options: replaced(job.options, request.options) };
  await refuseIdle(session, job);
  const now = session.host.clock.now();
  return await atDesk(
    session,
    asked,
    crawlSlot(request.runId),
    { start: now, end: now },
    async ({ order, world, source }) => {
      const options = checkOptions(source.stream, job.id, asked.options);
      const { crawl } = source.stream;
      const targetsOf = (from: Record<string, unknown>) =>
        crawl === undefined ? [] : checked(crawl.targets(from, order.interval));
      const known = targetsOf(checkOptions(source.stream, job.id, job.options));
      const targets = chosen(job, known, targetsOf(options), request.targets);
      const { crawls, refusal, notices } = await triggerByHand(order, world, source, targets);
      const { state } = await readState(session.bucket, job.id);
      const views = crawls.map((crawl) => viewOf(session, state, crawl));
      return { crawls: views, notices, ...(refusal === undefined ? {} : { refusal }) };
    },
  );
}

/** A renamed job's crawls lie under its old id until somebody moves them. */
async function adopt({ bucket, host }: Session, job: Job): Promise<void> {
  const waiting = await adoptState(bucket, job, host.clock.now(), (claim) => isAbandoned(claim, host));
  if (waiting !== undefined) throw new TidemillError('transient', 'claim-live', `${job.id}: ${waiting.busy}`);
}

async function refuseIdle(session: Session, job: Job): Promise<void> {
  const { environment, bucket } = session;
  await adopt(session, job);
  const { state } = await readState(bucket, job.id);
  if (isElsewhere(job, environment.name))
    throw new TidemillError('config', 'job-elsewhere', `${job.id} does not belong to ${environment.name}`, {
      hint: `It ${elsewhereReason(job)}: \`npx tidemill crawl trigger ${job.id}${inEnvironment(job.environments[0] ?? '')}\`.`,
    });
  if (state.paused === undefined) return;
  throw new TidemillError('config', 'job-paused', `${job.id} is paused: nobody would fetch what a crawl brings`, {
    hint: `\`npx tidemill resume ${job.id}${inEnvironment(environment.name)}\` lets it run again.`,
  });
}

/**
 * Of jobs by ids and globs, or of one crawl by its id; all there are, if none is named. Newest last. Only looks. `unreadable` is told of
 * each job whose state cannot be read; without it, the first one is thrown.
 */
export async function crawlsOf(
  session: Session,
  words: readonly string[] = [],
  unreadable?: (error: TidemillError) => void,
): Promise<CrawlView[]> {
  const ids = new Set(words.filter((word) => jobOfCrawl(session, word) !== undefined));
  const names = words.filter((word) => !ids.has(word));
  const named = names.length > 0 ? jobsOf(session, names) : ids.size > 0 ? [] : session.config.jobs;
  const jobs = new Set([...named, ...[...ids].flatMap((id) => jobOfCrawl(session, id) ?? [])]);
  const views: CrawlView[] = [];
  const { states, faults } = await readStates([...jobs], (job) => readRenamed(session.bucket, job));
  for (const fault of faults.values()) {
    if (unreadable === undefined) throw fault;
    unreadable(fault);
  }
  for (const job of jobs) {
    const state = states.get(job.id) ?? emptyState(job.id);
    // A signpost's live on under its new id.
    const all = (state.moved_to === undefined ? (state.crawls ?? []) : []).map((crawl) =>
      viewOf(session, state, crawl),
    );
    views.push(...all.filter(({ crawl_id: id }) => named.includes(job) || ids.has(id)));
  }
  const lacking = [...ids].find((id) => !views.some(({ crawl_id }) => crawl_id === id));
  if (lacking !== undefined) throw unknownCrawl(session, lacking);
  return views;
}

/** Of the crawl with that id. Throws `unknown-crawl`. */
export async function crawlOf(session: Session, id: string): Promise<CrawlView> {
  if (jobOfCrawl(session, id) === undefined) throw unknownCrawl(session, id);
  const [found] = await crawlsOf(session, [id]);
  if (found === undefined) throw unknownCrawl(session, id);
  return found;
}

/** Throws `unknown-crawl`. One that has ended stays as it is. The events that tell of it are not sent. */
export async function cancelCrawl(session: Session, id: string): Promise<CrawlView> {
  return await onCrawl(session, id, ({ order, world, source }) => cancelByHand(order, world, source, id));
}

/** The crawl, of which nobody knew whether it was begun, has this ticket at the source. Throws `unknown-crawl`, `crawl-has-ticket`. */
export async function adoptCrawl(session: Session, id: string, ticket: string): Promise<CrawlView> {
  return await onCrawl(session, id, ({ order, world, source }) => adoptTicket(order, world, source, id, ticket));
}

interface At {
  readonly order: Order;
  readonly world: World;
  readonly source: Source;
}

async function onCrawl(session: Session, id: string, work: (at: At) => Promise<Crawl>): Promise<CrawlView> {
  const job = jobOfCrawl(session, id);
  if (job === undefined) throw unknownCrawl(session, id);
  await adopt(session, job);
  const now = session.host.clock.now();
  return await atDesk(session, job, crawlSlot('by-hand'), { start: now, end: now }, async (at) => {
    const crawl = await work(at);
    const { state } = await readState(session.bucket, job.id);
    return viewOf(session, state, crawl);
  });
}

async function atDesk<T>(
  session: Session,
  job: Job,
  slot: string,
  interval: Order['interval'],
  work: (at: At) => Promise<T>,
): Promise<T> {
  const { config, environment, host } = session;
  const service = serviceOf(config, job);
  const over = new AbortController();
  const world = worldOf(session, { runId: slot }, over.signal, { onEvent: () => undefined });
  const source = await sourceOf({ job, service, slot, environment: environment.name, env: host.env });
  const order = await orderOf({ job, service, slot, interval }, { mode: 'incremental' }, session);
  try {
    return await work({ order, world, source });
  } finally {
    over.abort();
  }
}

/** Of a job that somebody took for one of its crawls, too. */
function unknownCrawl({ config, environment: { name } }: Session, id: string): TidemillError {
  const isJob = config.jobs.some((job) => job.id === id);
  const message = isJob ? `${id} is a job, and none of its crawls` : `There is no crawl "${id}"`;
  return new TidemillError('config', 'unknown-crawl', message, {
    hint: `\`npx tidemill crawl status${isJob ? ` ${id}` : ''}${inEnvironment(name)}\` lists them.`,
  });
}

function viewOf({ environment, bucket }: Session, { job, parked }: JobState, crawl: Crawl): CrawlView {
  const { id, ticket = null, slot, target, status, facts, files = [], ended_at } = crawl;
  const { says, intent_at, triggered_at, polls, polled_at, deadline, reason, counts } = crawl;
  const next_poll_at = ended_at === undefined ? parked?.next_poll_at : undefined;
  const optional = { says, triggered_at, polled_at, next_poll_at, deadline, ended_at, reason, counts };
  return {
    crawl_id: id,
    snapshot_id: ticket,
    job,
    environment: environment.name,
    ...{ slot, target, status, facts, intent_at, polls },
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<CrawlView>),
    ...(files.length === 0 ? {} : { files: files.map((key) => `${bucket.url}/${key}`) }),
  };
}
