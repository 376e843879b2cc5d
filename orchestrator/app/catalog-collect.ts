/** Keeps what services have, as it is now. */
import { dirname } from 'node:path';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Differences, Snapshot } from '../catalog/snapshot.ts';
import { readSnapshot } from '../catalog/store.ts';
import type { Service } from '../config/job.ts';
import { discover } from '../run/extract/discover.ts';
import { programDatasets } from '../run/extract/program-datasets.ts';
import { type Found, keepFound } from './catalog-keep.ts';
import { looking, within } from './catalog-look.ts';
import { jobsHere } from './missing-credentials.ts';
import { readsUnit } from './reads-unit.ts';
import { serviceNamed } from './service-named.ts';
import type { Session } from './session.ts';

export interface CollectRequest {
  /** Names; without any, every service that an enabled job of the environment reads. */
  readonly services: readonly string[];
  /** A person has looked: what is not named is gone, however much it is. */
  readonly accepts: boolean;
}

export interface CollectedService extends Pick<Snapshot, 'service' | 'collected_at' | 'collected_by'>, Differences {
  /** It was never collected before. */
  readonly is_first: boolean;
  /** Data sets that are there. */
  readonly units: number;
  /** Jobs that are not planned any more, as their data set is gone. */
  readonly held_jobs: readonly string[];
}

export interface CollectAnswer {
  readonly environment: string;
  readonly collected: readonly CollectedService[];
  /** Of these the last snapshot, where there is one, stays as it was. */
  readonly failures: readonly { readonly service: string; readonly error: TidemillError }[];
}

/**
 * One service after the other; one that fails keeps none of the others from being collected. Throws `unknown-service`, and
 * `catalog-nothing` where none is named and there is none to collect.
 */
export async function collect(session: Session, request: CollectRequest): Promise<CollectAnswer> {
  const collected: CollectedService[] = [];
  const failures: CollectAnswer['failures'][number][] = [];
  for (const service of servicesFor(session, request.services)) {
    try {
      collected.push(await collectOne(session, service, request.accepts));
    } catch (thrown) {
      session.host.interrupted.throwIfAborted();
      const error = asTidemillError(thrown);
      // Who names none means those that have a catalog.
      if (error.code === 'no-catalog' && request.services.length === 0) continue;
      failures.push({ service: service.name, error });
    }
  }
  if (collected.length + failures.length === 0) throw nothingToCollect(session);
  return { environment: session.environment.name, collected, failures };
}

function servicesFor(session: Session, names: readonly string[]): Service[] {
  const { config, environment } = session;
  if (names.length > 0)
    return [...new Set(names)].map((name) => serviceNamed(session, name, 'npx tidemill catalog show'));
  const read = new Set(
    jobsHere(config, environment.name)
      .filter(readsUnit)
      .map(({ service }) => service),
  );
  if (read.size > 0) return [...config.services.values()].filter(({ name }) => read.has(name));
  throw nothingToCollect(session);
}

const nothingToCollect = ({ environment }: Session): TidemillError =>
  new TidemillError(
    'config',
    'catalog-nothing',
    `No enabled job of ${environment.name} reads from a service whose connector can say what it has`,
    { hint: 'Name the services: `npx tidemill catalog collect SERVICE`.' },
  );

const MOST_SECONDS = 600;

async function collectOne(session: Session, service: Service, accepts: boolean): Promise<CollectedService> {
  const stored = await readSnapshot(session.bucket, service.name);
  const found = await datasetsOf(session, service);
  const { snapshot, differences } = await keepFound(session, service.name, stored, { ...found, accepts });
  const gone = new Set(snapshot.units.flatMap(({ name, state }) => (state === 'gone' ? [name] : [])));
  const held = jobsHere(session.config, session.environment.name).filter(
    (job) => job.service === service.name && readsUnit(job) && gone.has(job.data_type),
  );
  return {
    service: service.name,
    collected_at: snapshot.collected_at,
    collected_by: snapshot.collected_by,
    is_first: stored.snapshot === undefined,
    units: snapshot.units.length - gone.size,
    ...differences,
    held_jobs: held.map(({ id }) => id),
  };
}

/** What the service has. The one place that knows how a service is asked. */
function datasetsOf(session: Session, service: Service): Promise<Found> {
  const limit = { what: `to collect ${service.name}`, seconds: MOST_SECONDS };
  const { command } = service;
  if (command === undefined) return looking(session, service, limit, discover);
  return within(session, limit, async (signal) => {
    const { config, environment, host } = session;
    const jobs = config.jobs.filter((job) => job.service === service.name && job.runs_service_command === true);
    const dependencies = [...new Set(jobs.flatMap((job) => job.dependencies))];
    refuseMissing(session, service.name, dependencies);
    const folder = dirname(config.file);
    const asked = { service, command, folder, dependencies, environment: environment.name, env: host.env };
    return { account: undefined, datasets: await programDatasets({ ...asked, signal, now: host.clock.now() }) };
  });
}

/** Of a program nobody knows which of them it needs to say what there is: a run needs all. */
function refuseMissing({ host }: Session, service: string, names: readonly string[]): void {
  const missing = names.filter((name) => (host.env[name] ?? '') === '');
  if (missing.length === 0) return;
  throw new TidemillError('auth', 'credentials-missing', `Missing in the environment: ${missing.join(', ')}`, {
    hint: `The jobs of ${service} name them. Export them in this shell.`,
  });
}
