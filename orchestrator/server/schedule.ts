/** What the schedule owes, as `tidemill tick` runs it: planned again and again, and run in the background. */
import { asTidemillError } from '@tidemill/kit';
import type { Clock } from '@tidemill/kit/retry';
import { serviceOf } from '../app/assignments.ts';
import type { Session } from '../app/session.ts';
import { tick } from '../app/tick.ts';
import type { World } from './world.ts';

type Ticking = Pick<World, 'open' | 'background' | 'nextRunId'>;

/**
 * Plans once. Where there is no room nothing is planned, and what waits here already is not planned again: it is owed until it
 * runs. Never throws.
 */
export async function tickOnce({ open, background, nextRunId }: Ticking): Promise<void> {
  if (!background.hasRoom) return;
  let session: Session | undefined;
  try {
    session = await open();
    const { config } = session;
    const jobs = config.jobs.filter((job) => !background.isBusy({ job, service: serviceOf(config, job) }));
    const runId = nextRunId();
    const { assignments, unreadable } = await tick({ ...session, config: { ...config, jobs } }, runId);
    for (const fault of unreadable) background.tellFault(fault);
    if (assignments.length === 0) return await session.close();
    background.queue(session, { assignments, runId, mode: 'incremental' });
  } catch (thrown) {
    background.tellFault(asTidemillError(thrown));
    await session?.close().catch(() => undefined);
  }
}

/** Until the signal is aborted. */
export async function tickOn(ticking: Ticking, clock: Clock, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tickOnce(ticking);
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}
