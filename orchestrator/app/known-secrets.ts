/** What no text that leaves this process may hold, whatever job it is about. */
import { PREVIOUS_STATE_KEY, STATE_KEY } from '@tidemill/kit/credentials';
import { secretsOf } from '../drivers/use.ts';
import { ownedVariables } from './leg-secrets.ts';
import type { Session } from './session.ts';

/** Values of the variables of every service and of the drivers, and of those that are named. */
export async function knownSecrets(
  session: Pick<Session, 'config' | 'host'>,
  others: readonly string[] = [],
): Promise<string[]> {
  const { config, host } = session;
  const owned = await ownedVariables(session);
  const names = [...owned.map(({ name }) => name), STATE_KEY, PREVIOUS_STATE_KEY, ...others];
  return [...names.flatMap((name) => host.env[name] ?? []), ...secretsOf(config.drivers, host.env)];
}
