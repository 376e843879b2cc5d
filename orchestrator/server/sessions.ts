/** One session for all who look at the same time: a bucket is opened once, and the configuration read once. */
import type { Clock } from '@tidemill/kit/retry';
import type { Session } from '../app/session.ts';

/** How old a session may be that is handed out: what changes in the configuration is seen after that. */
const OLDEST_MS = 60_000;

interface Shared {
  readonly session: Promise<Session>;
  readonly since: number;
  users: number;
}

/** One that is too old is closed when its last user has left. What cannot be opened is tried anew for the next. */
export function sharedSession(
  open: () => Promise<Session>,
  clock: Pick<Clock, 'now'>,
): <T>(use: (session: Session) => Promise<T>) => Promise<T> {
  let current: Shared | undefined;
  const close = async (shared: Shared): Promise<void> => {
    if (shared !== current && shared.users === 0) await (await shared.session.catch(() => undefined))?.close();
  };
  return async (use) => {
    const now = clock.now().getTime();
    if (current === undefined || now - current.since >= OLDEST_MS) {
      const old = current;
      current = { session: open(), since: now, users: 0 };
      if (old !== undefined) await close(old);
    }
    const shared = current;
    shared.users += 1;
    try {
      return await use(await shared.session);
    } finally {
      shared.users -= 1;
      // A session that could not be opened is nobody's.
      await shared.session.catch(() => {
        if (current === shared) current = undefined;
      });
      await close(shared);
    }
  };
}
