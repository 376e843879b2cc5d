/** Looks again and again at what is to be done without anybody who asks: what the schedule owes, and crawls that wait for answers. */
import { asTidemillError } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import { serviceOf } from '../app/assignments.ts';
import type { Session } from '../app/session.ts';
import { resumable, tick } from '../app/tick.ts';
import { waitSecondsOf } from './patience.ts';
import type { World } from './world.ts';

export interface Watching extends Pick<World, 'open' | 'background' | 'nextRunId'> {
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
      await look(this.#watching);
      await this.#clock.sleep(this.#everyMs, AbortSignal.any([signal, this.#rest.signal])).catch(() => undefined);
    }
  }
}

/**
 * Plans once. Where there is no room nothing is planned, and what waits here already is not planned again: it is owed until it
 * runs. Never throws.
 */
async function look({ open, background, nextRunId, schedule, polling }: Watching): Promise<void> {
  if (!background.hasRoom) return;
  let session: Session | undefined;
  try {
    session = await open();
    const { config } = session;
    const jobs = config.jobs.filter((job) => !background.isBusy({ job, service: serviceOf(config, job) }));
    const others = { ...session, config: { ...config, jobs } };
    const runId = nextRunId();
    const { assignments, unreadable } = schedule ? await tick(others, runId) : await resumable(others);
    for (const fault of unreadable) background.tellFault(fault);
    if (assignments.length === 0) return await session.close();
    const waitSeconds = polling ? waitSecondsOf : undefined;
    background.queue(session, { assignments, runId, mode: 'incremental' }, waitSeconds);
  } catch (thrown) {
    background.tellFault(asTidemillError(thrown));
    await session?.close().catch(() => undefined);
  }
}
