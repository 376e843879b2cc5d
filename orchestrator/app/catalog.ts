/** What was collected of services: their data sets, and which jobs read them. Only looks at the bucket. */
import { TidemillError } from '@tidemill/kit';
import { Snapshot, type Unit } from '../catalog/snapshot.ts';
import { eachSnapshot, readSnapshot } from '../catalog/store.ts';
import type { Job } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { inEnvironment } from '../text/format.ts';
import { isOnActions } from './host.ts';
import { readsUnit } from './reads-unit.ts';
import { serviceNamed } from './service-named.ts';
import type { Session } from './session.ts';

export interface UnitView extends Unit {
  /** Ids of the jobs that read it. */
  readonly jobs: readonly string[];
}

export interface ServiceView {
  readonly service: string;
  /** Undefined, as all below, for one that was never collected. */
  readonly collected_at?: string;
  readonly collected_by?: string;
  /** Whose account it is. Not told on GitHub's machines, whose logs others may read. */
  readonly account?: string;
  /** None of one that was never collected. */
  readonly units: readonly UnitView[];
  /** The last collections that found a difference, newest last. */
  readonly history: Snapshot['history'];
}

export interface Catalog {
  readonly environment: string;
  readonly services: readonly ServiceView[];
  /** One for each service whose catalog cannot be read. */
  readonly unreadable: readonly TidemillError[];
}

/**
 * Of one service, or of one data set of it (`SERVICE.DATASET`), or of all services that jobs read. Throws `unknown-service`,
 * `unknown-unit`, and `catalog-missing` for a service that was never collected.
 */
export async function showCatalog(session: Session, of?: string): Promise<Catalog> {
  const { config, bucket, environment } = session;
  if (of !== undefined) {
    const { unit, ...found } = await unitsOf(session, of);
    const services = [unit === undefined ? found.service : { ...found.service, units: [unit] }];
    return { environment: environment.name, services, unreadable: [] };
  }
  const snapshots = new Map<string, Snapshot>();
  const faults = await eachSnapshot(bucket, [...config.services.keys()], Snapshot, (one) => {
    snapshots.set(one.service, one);
  });
  const reading = new Set(config.jobs.filter(readsUnit).map(({ service }) => service));
  const names = [...config.services.keys()].filter((name) => reading.has(name) || snapshots.has(name));
  const services = names.map((name) => viewOf(session, name, snapshots.get(name)));
  return { environment: environment.name, services, unreadable: faults };
}

/** The service that is named, and the data set of it, where one is. Throws as `showCatalog` does. */
export async function unitsOf(
  session: Session,
  of: string,
): Promise<{ readonly service: ServiceView; readonly unit: UnitView | undefined }> {
  const [name = '', ...rest] = of.split('.');
  const service = serviceNamed(session, name, 'npx tidemill catalog show');
  const { snapshot, damage } = await readSnapshot(session.bucket, service.name);
  if (damage !== undefined) throw damage;
  if (snapshot === undefined) throw neverCollected(session, service.name);
  const view = viewOf(session, service.name, snapshot);
  if (rest.length === 0) return { service: view, unit: undefined };
  const wanted = rest.join('.');
  const unit = view.units.find((one) => one.name === wanted);
  if (unit === undefined) throw unknownUnit(session, view, wanted);
  return { service: view, unit };
}

const neverCollected = ({ environment: { name } }: Session, service: string): TidemillError =>
  new TidemillError('config', 'catalog-missing', `${service} was never collected in ${name}`, {
    hint: `\`npx tidemill catalog collect ${service}${inEnvironment(name)}\` does it.`,
  });

function unknownUnit({ environment }: Session, { service, units }: ServiceView, name: string): TidemillError {
  const near = nearest(
    name,
    units.map((unit) => unit.name),
  );
  const where = inEnvironment(environment.name);
  const hint =
    near === undefined
      ? `\`npx tidemill catalog show ${service}${where}\` lists what it has; \`npx tidemill catalog collect ${service}${where}\` looks again.`
      : `Did you mean "${near}"?`;
  return new TidemillError('config', 'unknown-unit', `The catalog of ${service} has no data set "${name}"`, { hint });
}

function viewOf({ config, host }: Session, service: string, snapshot: Snapshot | undefined): ServiceView {
  if (snapshot === undefined) return { service, units: [], history: [] };
  const { collected_at, collected_by, account, units, history } = snapshot;
  const jobs = Map.groupBy(
    config.jobs.filter((job) => job.service === service && readsUnit(job)),
    ({ data_type }: Job) => data_type,
  );
  return {
    service,
    collected_at,
    collected_by,
    ...(account === undefined || isOnActions(host) ? {} : { account }),
    units: units.map((unit) => ({ ...unit, jobs: (jobs.get(unit.name) ?? []).map(({ id }) => id) })),
    history,
  };
}
