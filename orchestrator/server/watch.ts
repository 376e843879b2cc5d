/** Looks again and again at what is to be done without anybody who asks: what the schedule owes, and crawls that wait for answers. */
import { asTidemillError } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import { serviceOf } from '../app/assignments.ts';
import { sendWaiting } from '../app/events.ts';
import type { Session } from '../app/session.ts';
import { resumable, tick } from '../app/tick.ts';
import { waitSecondsOf } from './patience.ts';
import type { World } from './world.ts';

export interface Watching extends Pick<World, 'look' | 'open' | 'background' | 'nextRunId'> {
  /** What is owed runs, as `tidemill tick` runs it. */
  readonly schedule: boolean;
  /** Runs wait for their crawls, and those that waited are gone on with. */
  readonly polling: boolean;
}

export class Watch {
  readonly #watching: Watching;
  readonly #clock: Clock;
  readonly #everyMs: number;
  #rest = new AbortController();
  /** Of events that an earlier run has left behind; at most one at a time. */
  #sending: Promise<void> | undefined;

  constructor(watching: Watching, clock: Clock, everyMs: number) {
    this.#watching = watching;
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** Somebody knows that there is something to be done now. */
  wake(): void {
    this.#rest.abort();
  }

  /** Until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#rest = new AbortController();
      this.#send(await look(this.#watching));
      await this.#clock.sleep(this.#everyMs, AbortSignal.any([signal, this.#rest.signal])).catch(() => undefined);
    }
    await this.#sending;
  }

  /** Holds up no run: whoever is to be told may be away. */
  #send(waiting: readonly string[]): void {
    if (waiting.length === 0 || this.#sending !== undefined) return;
    this.#sending = send(this.#watching, waiting).finally(() => {
      this.#sending = undefined;
    });
  }
}

/** Never throws: what is not taken waits on. */
async function send({ look, background }: Watching, waiting: readonly string[]): Promise<void> {
  try {
    const { untold } = await look((session) => sendWaiting(session, waiting));
    for (const fault of untold) background.tellFault(fault);
  } catch (thrown) {
    background.tellFault(asTidemillError(thrown));
  }
}

/**
 * Plans once. Where there is no room nothing is planned, and what waits here already is not planned again: it is owed until it
 * runs. Answers the jobs whose events wait since an earlier run. Never throws.
 */
async function look({ open, background, nextRunId, schedule, polling }: Watching): Promise<readonly string[]> {
  if (!background.hasRoom) return [];
  let session: Session | undefined;
  try {
    session = await open();
    const { config } = session;
    const jobs = config.jobs.filter((job) => !background.isBusy({ job, service: serviceOf(config, job) }));
    const others = { ...session, config: { ...config, jobs } };
    const runId = nextRunId();
    const { assignments, waiting, unreadable } = schedule ? await tick(others, runId) : await resumable(others);
    for (const fault of unreadable) background.tellFault(fault);
    const waitSeconds = polling ? waitSecondsOf : undefined;
    if (assignments.length === 0) await session.close();
    else background.queue(session, { assignments, runId, mode: 'incremental' }, waitSeconds);
    return waiting;
  } catch (thrown) {
    background.tellFault(asTidemillError(thrown));
    await session?.close().catch(() => undefined);
    return [];
  }
}
