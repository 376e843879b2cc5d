import { TidemillError } from '@tidemill/kit';
import type { Service } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import type { Session } from './session.ts';

/** Throws `unknown-service`, with the nearest name there is, or the command that lists them. */
export function serviceNamed({ config }: Pick<Session, 'config'>, name: string, lister: string): Service {
  const service = config.services.get(name);
  if (service !== undefined) return service;
  const near = nearest(name, [...config.services.keys()]);
  throw new TidemillError('config', 'unknown-service', `There is no service "${name}" in the configuration`, {
    hint: near === undefined ? `\`${lister}\` lists them.` : `Did you mean "${near}"?`,
  });
}
