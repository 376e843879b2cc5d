/** Tells those of the environment's `events` what happens in runs. None of them can hold a run, or break it. */
import { asTidemillError, type TidemillError } from '@tidemill/kit';
import type { EventSink } from '../events/contract.ts';
import { observers } from '../events/observers.ts';
import { openEvents } from '../events/open.ts';
import type { RunEvent } from '../events/run-event.ts';
import type { Session } from './session.ts';

export interface Sinks {
  on(event: RunEvent): void;
  /** When everybody has heard everything. Answers what could not be told, at most one fault each and step. */
  close(): Promise<readonly TidemillError[]>;
}

/** Never throws: who cannot be reached is told at the end. */
export async function openSinks({ config, environment, host }: Session): Promise<Sinks> {
  const faults: TidemillError[] = [];
  const kept = (thrown: unknown): undefined => void faults.push(asTidemillError(thrown));
  const sinks: EventSink[] = [];
  for (const location of environment.events) {
    const world = { env: host.env, clock: host.clock, drivers: config.drivers };
    const sink = await openEvents(location, world).catch(kept);
    if (sink !== undefined) sinks.push(sink);
  }
  const all = observers(sinks);
  return {
    on: (event) => all.on(event),
    async close() {
      faults.push(...(await all.settled()));
      for (const sink of sinks) await sink.close().catch(kept);
      return faults;
    },
  };
}
