/** Which variables belong to services, and what a process of some of them must not see. */
import { dirname } from 'node:path';
import { readBy } from '@tidemill/kit/credentials';
import type { Config } from '../config/job.ts';
import { isOfTheMachine, type OwnedVariable, ownersIn } from '../config/owned-variables.ts';
import { driversUsed } from '../drivers/use.ts';
import { declaredBy } from '../run/extract/connector-package.ts';
import { setting } from './host.ts';
import type { Session } from './session.ts';

/**
 * What the workflow gives its step of each service. It is written together with the
 * step, so that it names a secret also where the configuration has changed since.
 */
const TOLD = 'TIDEMILL_SECRETS_OF';

/** Of every service of the configuration, and of those that the workflow names. */
export async function ownedVariables({ config, host }: Pick<Session, 'config' | 'host'>): Promise<OwnedVariable[]> {
  const uses = [...(await declaredIn(config)), ...ownersIn(setting(host, TOLD) ?? '')];
  return [...Map.groupBy(uses, ({ name }) => name)].map(([name, all]) => ({
    name,
    services: [...new Set(all.flatMap(({ services }) => services))],
  }));
}

async function declaredIn({ jobs, services, file }: Config): Promise<OwnedVariable[]> {
  const named = jobs.flatMap(({ service, dependencies }) =>
    dependencies.map((name) => ({ name, services: [service] })),
  );
  const declared = Array.from(services.values(), async (service) => {
    // Without a connector, or with one that is not here: then it has no run here, and the workflow gives nobody what only it reads.
    const names = await declaredBy(service, dirname(file)).then(readBy, () => []);
    return names.map((name) => ({ name, services: [service.name] }));
  });
  return [...named, ...(await Promise.all(declared)).flat()];
}

/**
 * Names of the variables that a process of these services must not see: those that any of them has nothing to do with. Several share
 * a process only where none has secrets.
 */
export function withheldFrom(
  services: readonly string[],
  owned: readonly OwnedVariable[],
  { config, environment }: Pick<Session, 'config' | 'environment'>,
): string[] {
  const drivers = driversUsed(config.drivers, environment);
  const shared = new Set(drivers.flatMap(({ credentials, settings }) => [...credentials, ...settings]).map(nameOf));
  const foreign = owned.filter((variable) => !services.every((service) => variable.services.includes(service)));
  return [TOLD, ...foreign.map(nameOf).filter((name) => !shared.has(name) && !isOfTheMachine(name))];
}

const nameOf = ({ name }: { readonly name: string }): string => name;
