import { PREVIOUS_STATE_KEY, STATE_KEY } from '@tidemill/kit/credentials';
import { secretsOf as secretsOfDrivers } from '../drivers/use.ts';
import { loadConnector } from '../run/extract/connector.ts';
import type { Assignment } from './assignments.ts';
import type { Session } from './session.ts';

/**
 * What no text of the job's run may hold: values of every variable that it may see, unless its connector says that one is no
 * secret, and those that the drivers of its bucket and warehouses may.
 */
export async function secretsOf(
  { job, service }: Pick<Assignment, 'job' | 'service'>,
  { host: { env }, config: { drivers } }: Pick<Session, 'host' | 'config'>,
): Promise<string[]> {
  const declared = job.command === undefined ? await credentialsOf(service) : [];
  const names = [...job.dependencies, ...declared, STATE_KEY, PREVIOUS_STATE_KEY];
  return [...names.flatMap((name) => env[name] ?? []), ...secretsOfDrivers(drivers, env)];
}

/** A connector that cannot be loaded has read no credentials. */
const credentialsOf = (service: Assignment['service']): Promise<string[]> =>
  loadConnector(service).then(
    ({ credentials }) => credentials.filter(({ secret }) => secret !== false).map(({ name }) => name),
    () => [],
  );
