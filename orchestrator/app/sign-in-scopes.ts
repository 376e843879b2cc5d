/** What to ask for at a sign-in: what comes of it is one credential, and every service that reads it must be able to work with it. */
import { dirname } from 'node:path';
import type { Connector } from '@tidemill/kit';
import { scopesOf } from '../auth/authorization.ts';
import { loadConnector } from '../run/extract/connector.ts';
import { declaredBy } from '../run/extract/connector-package.ts';
import { jobsHere } from './missing-credentials.ts';
import type { Session } from './session.ts';

interface Needed {
  readonly scopes: readonly string[];
  /** Names of the other services that read the credential. */
  readonly alsoFor: readonly string[];
}

/** What the enabled jobs of the environment read with connectors, by service. */
export function dataTypesHere({ config, environment }: Session): ReadonlyMap<string, ReadonlySet<string>> {
  const jobs = jobsHere(config, environment.name).filter(({ command }) => command === undefined);
  const byService = Map.groupBy(jobs, ({ service }) => service);
  return new Map([...byService].map(([service, own]) => [service, new Set(own.map((job) => job.data_type))]));
}

/**
 * The scopes of all enabled jobs whose services keep their refresh token where this one does. A new token takes the place of the old
 * one for all of them, and few services add to it what was granted before.
 */
export async function scopesNeeded(session: Session, connector: Connector): Promise<Needed> {
  const here = dataTypesHere(session);
  const others = await sharing(session, connector, [...here.keys()]);
  const needs = [connector, ...others].flatMap((one) => scopesOf(one, here.get(one.service) ?? new Set()));
  return { scopes: [...new Set(needs)], alsoFor: others.map(({ service }) => service) };
}

async function sharing({ config }: Session, connector: Connector, names: readonly string[]): Promise<Connector[]> {
  const token = connector.oauth?.credentials.refreshToken;
  const found: Connector[] = [];
  for (const service of [...config.services.values()].filter(({ name }) => names.includes(name))) {
    if (token === undefined || service.name === connector.service) continue;
    // Its code is only loaded when its package says that it reads the credential, too. One that is not here says so when it is to run.
    const declaration = await declaredBy(service, dirname(config.file)).catch(() => undefined);
    if (declaration?.credentials.some(({ name }) => name === token) !== true) continue;
    const other = await loadConnector(service);
    if (other.oauth?.credentials.refreshToken === token) found.push(other);
  }
  return found;
}
