/** The values that an option of a service's jobs may have, as the account has them now. */
import { type Choice, TidemillError } from '@tidemill/kit';
import { nearest } from '../config/nearest.ts';
import { loadConnector } from '../run/extract/connector.ts';
import { valuesFor } from '../run/extract/discover.ts';
import { looking } from './catalog-look.ts';
import { refuseOnActions } from './catalog-private.ts';
import { serviceNamed } from './service-named.ts';
import type { Session } from './session.ts';

export interface ChoicesRequest {
  readonly service: string;
  readonly option: string | undefined;
}

export interface FoundChoices {
  readonly service: string;
  readonly option: string;
  readonly choices: readonly Choice[];
  /** Not all of them are among the choices. */
  readonly more: boolean;
}

/** More are read by nobody. */
const MOST_CHOICES = 500;
const MOST_SECONDS = 60;

/** Throws `unknown-service`, `unknown-choices` for an option that the connector cannot ask for, and what the service answers. */
export async function choices(session: Session, request: ChoicesRequest): Promise<FoundChoices> {
  const service = serviceNamed(session, request.service, 'npx tidemill catalog show');
  const known = (await loadConnector(service)).choices ?? {};
  const { option = '' } = request;
  const ask = Object.hasOwn(known, option) ? known[option] : undefined;
  if (ask === undefined) throw unknownOption(service.name, option, Object.keys(known));
  const jobs = session.config.jobs.filter((job) => job.service === service.name).map((job) => job.options);
  const limit = { what: `to ask ${service.name} for ${option}`, seconds: MOST_SECONDS };
  const found = await looking(session, service, limit, (endpoint, sending) => {
    refuseOnActions(session.host, endpoint.door);
    return valuesFor(endpoint, ask, { ...sending, jobs }, MOST_CHOICES + 1);
  });
  return {
    service: service.name,
    option,
    choices: found.slice(0, MOST_CHOICES),
    more: found.length > MOST_CHOICES,
  };
}

function unknownOption(service: string, option: string, known: readonly string[]): TidemillError {
  const near = nearest(option, known);
  const there = known.length === 0 ? 'None of its options has any.' : `There are those of: ${known.join(', ')}.`;
  const asked = option === '' ? `Which option of ${service}?` : `${service} has no live values for "${option}"`;
  return new TidemillError('config', 'unknown-choices', asked, {
    hint: near === undefined ? there : `Did you mean "${near}"?`,
  });
}
