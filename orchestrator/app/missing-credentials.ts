/** Lets a plan see which credentials are missing, so that a job without them is reported and no machine starts for it. */
import { dirname } from 'node:path';
import { neededBy, readBy } from '@tidemill/kit/credentials';
import type { Config, Job, Service } from '../config/job.ts';
import type { PlanInput } from '../plan/types.ts';
import { connectorPackageOf, declaredBy, readmeAt } from '../run/extract/connector-package.ts';
import { type Host, isOnActions, setting } from './host.ts';
import type { Session } from './session.ts';

/** Names of the variables that are set where the jobs will run, comma-separated: a plan must not see their values. */
const LISTED = 'TIDEMILL_CREDENTIALS';

/**
 * The plan's input, and what its jobs lack. `TIDEMILL_CREDENTIALS` says which variables there are; without it the ones of
 * this process count, except on GitHub Actions: there a plan is given no secrets, and nothing is known to be missing.
 */
export async function withCredentials(input: PlanInput, session: Session): Promise<PlanInput> {
  const isSet = isSetWhereJobsRun(session.host);
  if (isSet === undefined) return input;
  const needs = await needsOf(input.config);
  const missingCredentials = (id: string): string[] => [...(needs.get(id) ?? [])].filter((name) => !isSet(name));
  const pages = await readmesOf(input.config, session.host);
  const services = new Map(input.config.jobs.map(({ id, service }) => [id, service]));
  const secretless = await secretlessOf(input.config);
  return { ...input, missingCredentials, credentialsHelp: (id) => pages.get(services.get(id) ?? ''), secretless };
}

function isSetWhereJobsRun(host: Host): ((name: string) => boolean) | undefined {
  const listed = setting(host, LISTED);
  if (listed !== undefined) {
    const names = new Set(listed.split(',').map((name) => name.trim()));
    return (name) => names.has(name);
  }
  return isOnActions(host) ? undefined : (name) => (host.env[name] ?? '') !== '';
}

/** What each job needs, by its id: what it names itself, and what its connector declares. */
export async function needsOf(config: Config): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const declared = new Map<string, readonly string[]>();
  for (const service of servicesWithConnectors(config)) {
    // One that is not here says so when it is to run.
    const needed = await declaredBy(service, dirname(config.file)).then(neededBy, () => []);
    declared.set(service.name, needed);
  }
  const needs = ({ command, service, dependencies }: Job): string[] =>
    command === undefined ? [...dependencies, ...(declared.get(service) ?? [])] : [...dependencies];
  return new Map(config.jobs.map((job) => [job.id, new Set(needs(job))]));
}

/** Services whose jobs name no variable and whose connectors say that they read none. */
async function secretlessOf(config: Config): Promise<ReadonlySet<string>> {
  const reading = new Set(
    config.jobs.filter(({ dependencies }) => dependencies.length > 0).map(({ service }) => service),
  );
  for (const service of servicesWithConnectors(config)) {
    const declaration = (await connectorPackageOf(service, dirname(config.file)))?.declaration;
    if (declaration === undefined || readBy(declaration).length > 0) reading.add(service.name);
  }
  return new Set([...config.services.keys()].filter((name) => !reading.has(name)));
}

/** The enabled jobs of an environment. */
export const jobsHere = ({ jobs }: Config, environment: string): Job[] =>
  jobs.filter(({ enabled, environments }) => {
    return enabled && (environments.length === 0 || environments.includes(environment));
  });

function servicesWithConnectors({ services, jobs }: Config): Service[] {
  const used = new Set(jobs.filter(({ command }) => command === undefined).map(({ service }) => service));
  return [...services.values()].filter(({ name }) => used.has(name));
}

async function readmesOf(config: Config, host: Host): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const service of servicesWithConnectors(config)) {
    const page = await readmeOf(service, config, host);
    if (page !== undefined) pages.set(service.name, page);
  }
  return pages;
}

/** Where a connector says how to get its credentials; undefined when its package is not here. */
export async function readmeOf(service: Service, config: Config, host: Host): Promise<string | undefined> {
  const manifest = await connectorPackageOf(service, dirname(config.file));
  return manifest === undefined ? undefined : readmeAt(manifest, host);
}
