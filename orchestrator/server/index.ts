/** `tidemill serve`: the use cases over HTTP, and the schedule, in one process. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { sendWaiting } from '../app/events.ts';
import type { Host } from '../app/host.ts';
import { knownSecrets } from '../app/known-secrets.ts';
import { runIdOf } from '../app/run-id.ts';
import { hostNow, openSession, type SessionOptions } from '../app/session.ts';
import { buildApp } from './app.ts';
import { Background } from './background.ts';
import { LIMITS, type Limits, listen } from './listen.ts';
import type { Log } from './log.ts';
import { Answering, inTime } from './patience.ts';
import { sharedSession } from './sessions.ts';
import { type ServeSettings, TOKEN } from './settings.ts';
import { Watch } from './watch.ts';
import type { World } from './world.ts';

export type { LogLine } from './log.ts';
export { type ServeOptions, settingsOf } from './settings.ts';

/** How long what is at work has for an orderly end, in milliseconds; and then what is being answered. */
const [PATIENCE_MS, ANSWER_MS] = [30_000, 5_000];

export interface Serving {
  readonly host: Host;
  readonly settings: ServeSettings;
  readonly options: SessionOptions;
  readonly log: Log;
  readonly limits?: Limits;
}

export interface Served {
  readonly port: number;
  /** When the host was interrupted, and all has ended or had the time for it. */
  readonly ended: Promise<void>;
}

/** Answers when it listens. Throws what is wrong with the configuration, its places and the address. */
export async function serve({ host: realHost, settings, options, log, limits = LIMITS }: Serving): Promise<Served> {
  const { config, environment } = options;
  // The time that it is to be holds from here on, and not anew for each request.
  const { TIDEMILL_NOW: _, ...env } = realHost.env;
  const host: Host = { ...hostNow(realHost, options), env, user: `${realHost.user} (HTTP)` };
  const { clock } = host;
  const openFor = (whom: Host) =>
    openSession(whom, {
      ...(config === undefined ? {} : { config }),
      ...(environment === undefined ? {} : { environment }),
    });
  const open = () => openFor(host);
  // Who has begun to answer when the server is to stop ends that: a source that is asked for a crawl may have begun it.
  const late = new AbortController();
  const answering = new Answering();
  const shared = sharedSession(() => openFor({ ...host, interrupted: late.signal }), clock);
  const look: World['look'] = (use) => answering.add(shared(use));
  const redact = redactor(await look((session) => knownSecrets(session, [TOKEN])));
  const redacted: Log = ({ event, ...fields }) => {
    const clean = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? redact(value) : value,
    ]);
    log({ event, ...Object.fromEntries(clean) });
  };
  const background = new Background(settings.workers, redacted);
  const sendEvents: World['sendEvents'] = (session, job) => {
    const sent = sendWaiting(session, [job]).then(({ untold }) => {
      for (const fault of untold) background.tellFault(fault);
    });
    void answering.add(sent.catch((thrown: unknown) => background.tellFault(asTidemillError(thrown))));
  };
  let runs = 0;
  const nextRunId = (): string => {
    runs += 1;
    return runIdOf({ ...host, env: {}, nonce: `${host.nonce}-${runs}` }, {});
  };
  const { schedule, polling, downloadMinutes } = settings;
  const watch = new Watch({ look, open, background, nextRunId, schedule, polling }, clock, settings.pollMs);
  const world: World = {
    ...{ look, open, sendEvents, background, nextRunId, redact, schedule, polling, downloadMinutes },
    wake: () => watch.wake(),
  };
  const app = buildApp({ world, token: settings.token, clock, log: redacted });
  const listening = await listen(app, settings, clock, limits);
  log({ event: 'listening', host: settings.host, port: listening.port });
  const watching = schedule || polling ? watch.run(host.interrupted) : Promise.resolve();
  const end = async (): Promise<void> => {
    await aborted(host.interrupted);
    log({ event: 'stopping', active: background.active });
    const closed = listening.close();
    const [left] = await Promise.all([
      background.stop(clock, PATIENCE_MS),
      inTime(answering.ended(), clock, PATIENCE_MS),
    ]);
    late.abort(stopped());
    await inTime(closed, clock, ANSWER_MS);
    listening.closeAll();
    await Promise.all([closed, watching]);
    log({ event: 'stopped', left });
  };
  return { port: listening.port, ended: end() };
}

const stopped = (): TidemillError =>
  new TidemillError('transient', 'server-stopped', 'The server stopped before it knew what became of the request', {
    hint: 'It may have been done: look at the job, or with `npx tidemill crawl status`, before you ask again.',
  });

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
