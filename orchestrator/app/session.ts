/** What every use case needs first: the configuration, the environment, its bucket and its warehouse. */
import { dirname, join, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { instantIn } from '@tidemill/kit/instant';
import { ConfigError, type Fault } from '../config/faults.ts';
import type { Config, Environment, Job } from '../config/job.ts';
import { loadConfig } from '../config/load.ts';
import { nearest } from '../config/nearest.ts';
import { installedDrivers } from '../drivers/find.ts';
import { cronFault } from '../plan/cron.ts';
import { isEmpty, pick } from '../plan/manual.ts';
import type { PlanInput, Selection } from '../plan/types.ts';
import type { Claim } from '../state/job-state.ts';
import { readRenamed } from '../state/rename.ts';
import { viewStates } from '../state/state-index.ts';
import { readStates } from '../state/store.ts';
import type { Bucket } from '../storage/contract.ts';
import { openBucket } from '../storage/open.ts';
import type { Warehouse } from '../warehouse/contract.ts';
import { openWarehouse } from '../warehouse/open.ts';
import type { GoneUnits } from './gone-units.ts';
import { type Host, hostAt, isAbandoned, setting } from './host.ts';
import { readsUnit } from './reads-unit.ts';

/** Where to look, and when. */
export interface SessionOptions {
  readonly config?: string;
  readonly environment?: string;
  readonly now?: string;
}

export interface Session {
  readonly host: Host;
  readonly config: Config;
  readonly environment: Environment;
  readonly bucket: Bucket;
  /** By name, in the order of the configuration, each opened at its first call; `close` closes them. */
  readonly warehouses: ReadonlyMap<string, () => Promise<Warehouse>>;
  close(): Promise<void>;
}

export const CONFIG_FILE = 'ingestion-config.yaml';

/** The file that was named, or the nearest one from here upwards. */
export function configFile(host: Host, options: SessionOptions): string {
  const named = options.config ?? setting(host, 'TIDEMILL_CONFIG');
  if (named !== undefined) return resolve(host.cwd, named);
  for (let folder = host.cwd; folder !== dirname(folder); folder = dirname(folder)) {
    if (host.isFile(join(folder, CONFIG_FILE))) return join(folder, CONFIG_FILE);
  }
  return join(host.cwd, CONFIG_FILE);
}

export const openConfig = (host: Host, options: SessionOptions): Config =>
  configAt(host, configFile(host, options), host.readFile);

/** The configuration in a file; `readFile` knows files that have yet to be written, too. */
export function configAt(host: Pick<Host, 'cwd' | 'env'>, file: string, readFile: Host['readFile']): Config {
  return loadConfig({
    file,
    readFile,
    checkCron: cronFault,
    drivers: installedDrivers,
    env: host.env,
    root: host.cwd,
  });
}

/** The host at the time it is to be, where one was said. */
export function hostNow(host: Host, options: Pick<SessionOptions, 'now'>): Host {
  const now = options.now ?? setting(host, 'TIDEMILL_NOW');
  return now === undefined ? host : hostAt(host, parseInstant('--now', now));
}

/** What is wrong with the configuration, place by place; undefined for any other error. */
export const faultsOf = (error: TidemillError): readonly Fault[] | undefined =>
  error instanceof ConfigError ? error.faults : undefined;

/** Throws TidemillErrors of kind `config` that name what is wrong and where. */
export async function openSession(realHost: Host, options: SessionOptions): Promise<Session> {
  const host = hostNow(realHost, options);
  const config = openConfig(host, options);
  const environment = environmentIn(config, host, options);
  const world = { env: host.env, clock: host.clock, random: host.random, drivers: config.drivers };
  const bucket = await openBucket(environment.bucket, world);
  const opened = new Map<string, Promise<Warehouse>>();
  const open = (name: string, location: string): Promise<Warehouse> => {
    const warehouse = opened.get(name) ?? openWarehouse(location, { ...world, bucket });
    opened.set(name, warehouse);
    return warehouse;
  };
  return {
    host,
    config,
    environment,
    bucket,
    warehouses: new Map([...environment.warehouses].map(([name, location]) => [name, () => open(name, location)])),
    async close() {
      // One that could not be opened has failed its jobs already.
      for (const warehouse of opened.values()) await (await warehouse.catch(() => undefined))?.close();
    },
  };
}

const environmentName = (host: Host, options: SessionOptions): string =>
  options.environment ?? setting(host, 'TIDEMILL_ENVIRONMENT') ?? 'local';

/** Throws `unknown-environment`. */
export function environmentIn(config: Config, host: Host, options: SessionOptions): Environment {
  const name = environmentName(host, options);
  const environment = config.environments.get(name);
  if (environment !== undefined) return environment;
  const names = [...config.environments.keys()];
  const near = nearest(name, names);
  throw new TidemillError('config', 'unknown-environment', `There is no environment "${name}"`, {
    hint: near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${near}"?`,
  });
}

/** What the planner looks at, and why some jobs are not among it. */
export interface PlanBasis {
  readonly input: PlanInput;
  /** One error for each job whose state cannot be read, and for each service whose catalog cannot. */
  readonly unreadable: readonly TidemillError[];
  /** What makes the next look at the same states cheaper; for those who write anyway. */
  keepIndex(): Promise<void>;
}

/** By hand, only the states of the jobs that are asked for are looked at. Throws `unknown-job` and `unknown-group`. */
export async function planInput(session: Session, selection?: Selection): Promise<PlanBasis> {
  const { config, environment, bucket, host } = session;
  const asked = selection === undefined || isEmpty(selection) ? undefined : pick(config, selection);
  const looked = config.jobs.filter(({ id }) => asked?.has(id) ?? true);
  const view = await viewStates(bucket, looked.length);
  const [{ states, faults }, { gone, faults: ofCatalogs }] = await Promise.all([
    readStates(looked, (job) => readRenamed(bucket, job, view.read)),
    goneIn(bucket, looked),
  ]);
  // A job whose state cannot be read is left out: nobody knows what it owes, and the others must not wait.
  const jobs = config.jobs.filter(({ id }) => !faults.has(id));
  const now = host.clock.now();
  const isAbandonedHere = (claim: Claim): boolean => isAbandoned(claim, host);
  const known = { states, now, gone, isAbandoned: isAbandonedHere };
  const input = { config: { ...config, jobs }, environment: environment.name, ...known };
  const unreadable = [...faults.values(), ...ofCatalogs];
  return { input: selection === undefined ? input : { ...input, selection }, unreadable, keepIndex: () => view.keep() };
}

/** What that needs is loaded by who plans jobs that read data sets: no leg does. */
async function goneIn(bucket: Bucket, jobs: readonly Job[]): Promise<GoneUnits> {
  if (!jobs.some(readsUnit)) return { gone: new Map(), faults: [] };
  return (await import('./gone-units.ts')).goneUnits(bucket, jobs);
}

/** What lies a slot before it or after it has a year of four digits, too: others are no instants in what is kept. */
const hasPlainYear = (instant: Date): boolean => instant.getUTCFullYear() >= 1000 && instant.getUTCFullYear() < 9900;

/** An ISO 8601 instant with a zone, of the years 1000 to 9899. Throws `instant-invalid`. */
export function parseInstant(option: string, text: string): Date {
  const isWellWritten = /^[\d-]+T[\d:]+(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/.test(text);
  const instant = instantIn(text);
  if (isWellWritten && instant !== undefined && hasPlainYear(instant)) return instant;
  throw new TidemillError('config', 'instant-invalid', `${option} ${text} is not an instant`, {
    hint: 'Write it as 2026-11-21T06:00:00Z or with an offset, 2026-11-21T07:00:00+01:00.',
  });
}

/** A number of minutes greater than 0. */
export function parseMinutes(option: string, text: string): number {
  const minutes = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && minutes > 0) return minutes;
  throw new TidemillError('config', 'minutes-invalid', `${option} ${text} is not a number of minutes`, {
    hint: 'Write it as 30 or 0.5.',
  });
}
