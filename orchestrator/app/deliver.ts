/**
 * Sends what waits in the outboxes of jobs, and notes in their states how far each sink has come. An event is sent before that is noted:
 * whoever is killed between the two leaves it to be sent again. No sink waits for another one, and no job for any.
 */
import { asTidemillError, errorKinds, TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { secretsOf } from '../drivers/use.ts';
import { type PublishedEvent, published } from '../events/published/envelope.ts';
import { type Entry, noteSent, type Outbox, type Progress, sentTo, unsent } from '../state/outbox.ts';
import { entriesAfter, removeSent } from '../state/outbox-aside.ts';
import { readState, updateState } from '../state/store.ts';
import { lackedBy, listenersOf, wantsKind } from './listeners.ts';
import { Outlet } from './outlet.ts';
import { refusalOf, waitError } from './outlet-faults.ts';
import type { Session } from './session.ts';

export interface Delivery {
  /** Begins to send what waits of the job. Never fails: what could not be sent is told at the end. */
  of(job: string): void;
  /**
   * When everything was sent, or could not be. Answers for each sink that lacks events who must act. `soon`: after ten seconds nobody
   * waits for those that go on taking them, nor when the host was interrupted. `whole`: only then.
   */
  close(patience: Patience): Promise<Delivered>;
}

export type Patience = 'soon' | 'whole';

export interface Delivered {
  /** How many events sinks have taken. */
  readonly sent: number;
  readonly untold: readonly TidemillError[];
}

/** So many events are handed to a sink at a time. */
const BATCH = 100;

interface Failure {
  readonly error: TidemillError;
  readonly jobs: number;
  readonly events: number;
}

/** Opens nothing before there is something to send. */
export function openDelivery(session: Session): Delivery {
  const { environment, config, host } = session;
  const redact = redactor(secretsOf(config.drivers, host.env));
  const outlets = environment.events.map((listener) => new Outlet(listener, session));
  const failures = new Map<Outlet, Failure>();
  const under = new Set<Promise<void>>();
  let sent = 0;
  const unread: TidemillError[] = [];
  const failed = (outlet: Outlet, error: TidemillError, events: number): void => {
    const known = failures.get(outlet);
    const jobs = (known?.jobs ?? 0) + 1;
    failures.set(outlet, { error: known?.error ?? error, jobs, events: (known?.events ?? 0) + events });
  };
  const deliver = async (job: string): Promise<void> => {
    const told = new Set(listenersOf(environment, job).map(({ name }) => name));
    const own = outlets.filter(({ listener }) => told.has(listener.name));
    if (own.length === 0) return;
    const { outbox } = (await readState(session.bucket, job)).state;
    if (outbox === undefined || unsent(outbox) === 0) return;
    const noting = notes(session, job, outbox);
    await Promise.all(
      own.map(async (outlet) => {
        const progress = await sendTo(outlet, session, outbox);
        if (progress === undefined) return;
        sent += progress.taken;
        const { error, through } = progress;
        if (error !== undefined) failed(outlet, error, lackedBy(outlet.listener, outbox, through));
        const refused =
          error === undefined || errorKinds[error.kind].retry ? undefined : refusalOf(error, host.clock.now(), redact);
        await noting(outlet.listener.name, { through, refused });
      }),
    );
  };
  return {
    of(job) {
      const work = deliver(job)
        .catch((thrown: unknown) => void unread.push(unnoted(job, thrown)))
        .finally(() => under.delete(work));
      under.add(work);
    },
    async close(patience) {
      const hurry = (): void => {
        for (const outlet of outlets) outlet.hurry();
      };
      if (patience === 'soon' || host.interrupted.aborted) hurry();
      else host.interrupted.addEventListener('abort', hurry, { once: true });
      while (under.size > 0) await Promise.all(under);
      host.interrupted.removeEventListener('abort', hurry);
      await Promise.all(outlets.map((outlet) => outlet.close()));
      const waiting = [...failures].map(([{ listener }, { error, jobs, events }]) =>
        waitError({ listener, environment: environment.name, jobs, events }, error, redact),
      );
      return { sent, untold: [...waiting, ...unread] };
    },
  };
}

interface Sent extends Pick<Progress, 'through'> {
  /** Events, without those that the sink is not told of. */
  readonly taken: number;
  /** Why the next one was not taken. */
  readonly error?: TidemillError;
}

/** Undefined where the sink has everything, or is told only of what is to come. */
async function sendTo(outlet: Outlet, { bucket, environment }: Session, outbox: Outbox): Promise<Sent | undefined> {
  const { listener } = outlet;
  const from = sentTo(outbox, listener.name);
  if (from === undefined || from >= outbox.next - 1) return undefined;
  let [through, taken] = [from, 0];
  try {
    for await (const entries of inBatches(entriesAfter(bucket, outbox, from))) {
      const wanted = entries.filter(({ type }) => wantsKind(listener, type));
      const events = wanted.map((entry): PublishedEvent => published(environment.name, entry));
      let done = 0;
      const note = (count: number): void => {
        done = Math.min(done + count, wanted.length);
        taken += count;
        through = wanted[done - 1]?.n ?? through;
      };
      if (events.length > 0) await outlet.send(events, note);
      through = entries.at(-1)?.n ?? through;
      taken += wanted.length - done;
    }
    return { through, taken };
  } catch (thrown) {
    // Whoever throws behind the last one has taken all of them.
    return through < outbox.next - 1 ? { through, taken, error: asTidemillError(thrown) } : { through, taken };
  }
}

async function* inBatches(entries: AsyncIterable<Entry>): AsyncIterable<readonly Entry[]> {
  let batch: Entry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Notes how far sinks have come, one after the other: those of a process need not race for the state of a job. */
function notes({ bucket }: Session, job: string, before: Outbox) {
  let last: Promise<unknown> = Promise.resolve();
  return (name: string, progress: Progress): Promise<void> => {
    const noted = last.then(async () => {
      const { state } = await updateState(bucket, job, (known) => {
        const next = noteSent(known, name, progress);
        return next === known ? undefined : next;
      });
      await removeSent(bucket, before, state.outbox);
    });
    last = noted.catch(() => undefined);
    return noted;
  };
}

function unnoted(job: string, thrown: unknown): TidemillError {
  const { message } = asTidemillError(thrown);
  return new TidemillError(
    'transient',
    'events-unnoted',
    `${job}: its events were not all sent, or may come again: ${message}`,
    {
      hint: 'The next run sends what is left. No load waits for that.',
    },
  );
}
