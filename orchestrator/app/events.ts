/** Events that have not left yet: what waits of which job, sending it now, and giving it up. */
import { TidemillError } from '@tidemill/kit';
import { nearest } from '../config/nearest.ts';
import type { JobState } from '../state/job-state.ts';
import { dropUnsent, type Outbox, type Refusal, unsent } from '../state/outbox.ts';
import { plural } from '../text/format.ts';
import { type Delivered, openDelivery, type Patience } from './deliver.ts';
import { lackedBy, listenersOf } from './listeners.ts';
import { auditOf, changeState, eachOf, jobsOf, type Operated } from './operate.ts';
import { planInput, type Session } from './session.ts';

/** What a sink does not have of a job. */
export interface WaitingEvents {
  readonly job: string;
  /** Name of the sink. */
  readonly to: string;
  readonly events: number;
  /** Why the next one was not taken, where somebody must act. */
  readonly refused?: Refusal;
}

export interface Waiting {
  readonly waiting: readonly WaitingEvents[];
  /** One error for each job whose state cannot be read. */
  readonly unreadable: readonly TidemillError[];
}

/** Only looks. `words` are ids and globs; without any, all jobs are meant. Throws `unknown-job`. */
export async function waitingEvents(session: Session, words: readonly string[] = []): Promise<Waiting> {
  const { asked, input, unreadable } = await statesOf(session, words);
  const waiting = asked.flatMap(({ id }) => waitingIn(session, id, input.states.get(id)));
  return { waiting, unreadable };
}

async function statesOf(session: Session, words: readonly string[]) {
  const { config } = session;
  const asked = words.length === 0 ? config.jobs : jobsOf(session, words);
  return { asked, ...(await planInput({ ...session, config: { ...config, jobs: asked } })) };
}

/**
 * By sink, without events of kinds that it is not told of, and without those that are told no more: what they lack, the next run of the job
 * forgets.
 */
export function waitingIn(
  { environment }: Pick<Session, 'environment'>,
  job: string,
  state: Pick<JobState, 'outbox'> | undefined,
): WaitingEvents[] {
  const { outbox } = state ?? {};
  if (outbox === undefined) return [];
  const listeners = listenersOf(environment, job);
  return Object.entries(outbox.sinks).flatMap(([to, { sent, refused }]) => {
    const listener = listeners.find(({ name }) => name === to);
    const events = listener === undefined ? 0 : lackedBy(listener, outbox, sent);
    return events === 0 ? [] : [{ job, to, events, ...(refused === undefined ? {} : { refused }) }];
  });
}

/** Ids of jobs of which the environment's sinks lack something. */
export const jobsWaiting = (
  { environment }: Pick<Session, 'environment'>,
  states: ReadonlyMap<string, { readonly outbox?: Outbox | undefined }>,
): string[] =>
  [...states].flatMap(([id, { outbox }]) =>
    unsent(outbox) > 0 && listenersOf(environment, id).length > 0 ? [id] : [],
  );

/** Sends what waits of the jobs, or of all of them. Asks for no state where nobody is told of events. */
export async function sendWaiting(
  session: Session,
  words: readonly string[] = [],
  patience: Patience = 'soon',
): Promise<Delivered> {
  if (session.environment.events.length === 0) return { sent: 0, untold: [] };
  const { input, unreadable } = await statesOf(session, words);
  const delivery = openDelivery(session);
  for (const job of jobsWaiting(session, input.states)) delivery.of(job);
  const { sent, untold } = await delivery.close(patience);
  return { sent, untold: [...untold, ...unreadable] };
}

export interface DropRequest {
  /** Ids and globs. */
  readonly jobs: readonly string[];
  /** Name of the sink; without it, every one. */
  readonly to?: string | undefined;
  readonly reason?: string | undefined;
}

/** Nobody waits any more for what sinks do not have of the jobs. Throws `unknown-job` and `unknown-sink`. */
export async function dropEvents(session: Session, { jobs, to, reason }: DropRequest): Promise<Operated[]> {
  checkSink(session, to);
  const audit = auditOf(session, reason);
  return eachOf(jobsOf(session, jobs), async (job) =>
    changeState(session, job, (state) => {
      const waiting = waitingIn(session, job.id, state).filter((one) => to === undefined || one.to === to);
      const events = waiting.reduce((sum, one) => sum + one.events, 0);
      if (events === 0) return { next: undefined, says: 'nothing waits' };
      const next = waiting.reduce((known, one) => dropUnsent(known, one.to, audit) ?? known, state);
      return { next, says: `${plural(events, 'event')} given up` };
    }),
  );
}

function checkSink({ environment }: Session, to: string | undefined): void {
  const names = environment.events.map(({ name }) => name);
  if (to === undefined || names.includes(to)) return;
  const near = nearest(to, names);
  throw new TidemillError(
    'config',
    'unknown-sink',
    `Nobody who is told of events in ${environment.name} is called "${to}"`,
    {
      hint: near === undefined ? `There are: ${names.join(', ') || 'none'}.` : `Did you mean "${near}"?`,
    },
  );
}
