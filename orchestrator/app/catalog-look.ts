/** Asks a service for something that no run needs: what it has, what its options may be, a few records. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { redactText } from '@tidemill/kit/redact';
import type { Service } from '../config/job.ts';
import { loadConnector } from '../run/extract/connector.ts';
import type { Endpoint, LookRequest } from '../run/extract/discover.ts';
import { doorOf } from '../run/extract/source.ts';
import { guardOf } from '../state/refusals.ts';
import { knownSecrets } from './known-secrets.ts';
import { worldOf } from './run-world.ts';
import type { Session } from './session.ts';

interface Limit {
  /** What is done, for the message when it takes too long: `to collect shop`. */
  readonly what: string;
  readonly seconds: number;
}

/**
 * What `work` makes of it. The account is asked as a run asks it: with its credentials, its rate limits, and tokens that are kept where
 * they rotate; nothing else is written. Throws what the service answers, without secrets, and `look-time-limit`.
 */
export const looking = <T>(
  session: Session,
  service: Service,
  limit: Limit,
  work: (endpoint: Endpoint, request: LookRequest) => Promise<T>,
): Promise<T> =>
  within(session, limit, async (signal) => {
    const { bucket, host } = session;
    const { keepTokens, clock, random, env, cwd } = worldOf(session, { runId: 'catalog' }, signal, unheard);
    const connector = await loadConnector(service);
    const door = await doorOf(service, connector);
    const guard = guardOf({ ...door, bucket, clock });
    return await work(
      { connector, door },
      {
        ...{ clock, random, keepTokens, signal, system: { env, cwd } },
        now: host.clock.now(),
        ...(guard === undefined ? {} : { admit: () => guard.admit(), onRequest: (sent) => guard.heard(sent) }),
      },
    );
  });

/** What `work` answers in the time that it has. Throws what it throws, without secrets, and `look-time-limit`. */
export async function within<T>(
  session: Session,
  { what, seconds }: Limit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, interrupted } = session.host;
  const over = new AbortController();
  const late = new AbortController();
  clock.sleep(seconds * 1000, over.signal).then(
    () => late.abort(tooSlow(what, seconds)),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([interrupted, over.signal, late.signal]));
  } catch (thrown) {
    // What is thrown at the end of the time may be anything.
    throw await withoutSecrets(session, late.signal.aborted ? late.signal.reason : thrown);
  } finally {
    over.abort();
  }
}

const unheard = { onEvent: (): void => undefined };

const tooSlow = (what: string, seconds: number): TidemillError =>
  new TidemillError('transient', 'look-time-limit', `It took longer than ${seconds} seconds ${what}`, {
    hint: 'Nothing was changed. The service may be slow now: try again later.',
  });

/** The kit keeps them out of what it says; a connector may have said it itself. */
async function withoutSecrets(session: Session, thrown: unknown): Promise<TidemillError> {
  const error = asTidemillError(thrown);
  const secrets = await knownSecrets(session);
  const message = redactText(error.message, secrets);
  const hint = error.hint === undefined ? undefined : redactText(error.hint, secrets);
  if (message === error.message && hint === error.hint) return error;
  return new TidemillError(error.kind, error.code, message, hint === undefined ? {} : { hint });
}
