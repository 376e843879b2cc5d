/** The legs of a plan as the workflow needs them: what each machine installs, and how long it may take. Pure. */
import type { Environment } from '../config/job.ts';
import type { Leg } from '../plan/types.ts';
import * as bucket from '../storage/open.ts';
import * as warehouse from '../warehouse/open.ts';

/** Minutes for everything around the jobs' own time: checkout, install, the last load, the report. */
const MARGIN_MINUTES = 10;

export interface MachineLeg extends Omit<Leg, 'packages'> {
  /** Whole minutes, as GitHub wants them; it ends the machine only after the jobs' own limits have spoken. */
  readonly timeout_minutes: number;
  /** When the process itself stops in order, having committed its last mark. */
  readonly time_limit_minutes: number;
  /** Arguments of `npm ci`, separated by blanks. */
  readonly install: string;
}

type Locations = Pick<Environment, 'bucket' | 'warehouses'>;

export const machineLegs = (legs: readonly Leg[], locations: Locations): MachineLeg[] =>
  legs.map(({ packages, timeout_minutes, ...leg }) => ({
    ...leg,
    timeout_minutes: Math.ceil(timeout_minutes) + MARGIN_MINUTES,
    time_limit_minutes: timeout_minutes,
    install: installArguments(packages.split(' '), locations),
  }));

/** A connector from elsewhere is a dependency of the root package, where npm would not look for a workspace. */
function installArguments(connectors: readonly string[], locations: Locations): string {
  const own = connectors.filter((name) => name.startsWith('@tidemill/'));
  const isForeign = connectors.some((name) => name !== '' && !own.includes(name));
  const drivers = [
    bucket.driverPackage(locations.bucket),
    ...[...locations.warehouses.values()].map(warehouse.driverPackage),
  ];
  const workspaces = ['@tidemill/orchestrator', ...own, ...new Set(drivers.filter((name) => name !== undefined))];
  return [...(isForeign ? ['--include-workspace-root'] : []), ...workspaces.map((name) => `-w ${name}`)].join(' ');
}
