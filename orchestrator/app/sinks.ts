/** Tells those of the environment's `events` what happens in runs. None of them can hold a run, or break it. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { secretsOf } from '../drivers/use.ts';
import type { EventSink } from '../events/contract.ts';
import { observers } from '../events/observers.ts';
import { openEvents } from '../events/open.ts';
import type { RunEvent } from '../events/run-event.ts';
import type { Host } from './host.ts';
import type { Session } from './session.ts';

/** How long anybody waits for one of them: to be opened, to hear the rest, and to be closed. */
const PATIENCE_MS = 10_000;

export interface Sinks {
  on(event: RunEvent): void;
  /** When everybody has heard everything, or had the time for it. Answers what could not be told. */
  close(): Promise<readonly TidemillError[]>;
}

/** Never throws: who cannot be reached is told at the end. */
export async function openSinks({ config, environment, host }: Session): Promise<Sinks> {
  const faults: TidemillError[] = [];
  // Whatever a driver throws may hold what it was given.
  const redact = redactor(secretsOf(config.drivers, host.env));
  const attempt = async <T>(location: string, step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await inTime(step, host);
    } catch (thrown) {
      faults.push(untold(location, thrown, redact));
      return undefined;
    }
  };
  const lines: { readonly location: string; readonly sink: EventSink; readonly heard: ReturnType<typeof observers> }[] =
    [];
  const world = { env: host.env, clock: host.clock, drivers: config.drivers };
  for (const location of environment.events) {
    const sink = await attempt(location, () => openEvents(location, world));
    if (sink !== undefined) lines.push({ location, sink, heard: observers([sink]) });
  }
  return {
    on(event) {
      for (const { heard } of lines) heard.on(event);
    },
    async close() {
      await Promise.all(
        lines.map(async ({ location, sink, heard }) => {
          await attempt(location, async () => {
            for (const fault of await heard.settled()) throw fault;
          });
          await attempt(location, async () => sink.close());
        }),
      );
      return faults;
    },
  };
}

async function inTime<T>(step: () => Promise<T>, { clock }: Host): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(PATIENCE_MS, over.signal).then(() => {
    throw new Error(`no answer within ${PATIENCE_MS / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([step(), late]);
  } finally {
    over.abort();
  }
}

/** Of the driver's words only the message, without secrets. */
function untold(location: string, thrown: unknown, redact: (text: string) => string): TidemillError {
  const { message, hint } = asTidemillError(thrown);
  const why = redact(message.replace(/^Error: /, ''));
  return new TidemillError('config', 'events-untold', `${location} did not hear everything: ${why}`, {
    hint: redact(
      hint ?? 'The runs went on without it. Look at the driver of that location, or take it out of `events`.',
    ),
  });
}
