import { PREVIOUS_STATE_KEY, STATE_KEY } from '@tidemill/kit/credentials';
import { loadConnector } from '../run/extract/connector.ts';
import type { Assignment } from './assignments.ts';
import type { Host } from './host.ts';

/** Values of every variable the job may see, unless its connector says that one is no secret. */
export async function secretsOf(
  { job, service }: Pick<Assignment, 'job' | 'service'>,
  { env }: Host,
): Promise<string[]> {
  const declared = job.command === undefined ? await credentialsOf(service) : [];
  return [...job.dependencies, ...declared, STATE_KEY, PREVIOUS_STATE_KEY].flatMap((name) => env[name] ?? []);
}

/** A connector that cannot be loaded has read no credentials. */
const credentialsOf = (service: Assignment['service']): Promise<string[]> =>
  loadConnector(service).then(
    ({ credentials }) => credentials.filter(({ secret }) => secret !== false).map(({ name }) => name),
    () => [],
  );
