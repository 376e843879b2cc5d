/** Runs dbt in the warehouses of an environment, for what was loaded since it last did. */
import { dirname, join } from 'node:path';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { secretsOf } from '../drivers/use.ts';
import { type JobResult, transformedWarehouse } from '../result/result.ts';
import { targetsOf } from '../run/order.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { readProject } from '../transform/project.ts';
import { type Came, transformResult } from '../transform/result.ts';
import { type TransformOrder, transform } from '../transform/transform.ts';
import { installationsOf, requirementsOf } from './install-dbt.ts';
import { logUrl } from './log-url.ts';
import type { Session } from './session.ts';
import { checkWarehouse } from './warehouses.ts';

export interface TransformRequest {
  /** What to build, in dbt's own words; if there are none, what has changed. */
  readonly words: readonly string[];
  readonly scope: TransformOrder['scope'];
  /** Every warehouse that dbt reaches, if none is named. */
  readonly warehouse?: string | undefined;
  readonly runId: string;
  /** Told of each line about the progress in a warehouse. */
  readonly said: (warehouse: string, line: string) => void;
}

export interface Transformed {
  /** One for each warehouse in which something was to be done. */
  readonly results: readonly JobResult[];
  /** Warehouses in which nothing was, and why. */
  readonly idle: readonly { readonly warehouse: string; readonly reason: string }[];
  /** Why they could not be kept in the bucket, where the report looks for them. */
  readonly unrecorded: TidemillError | undefined;
}

const NOTHING_NEW = 'nothing that dbt has models of was loaded since the last time';
const NO_WAY_IN = 'dbt has no way into it';

/** Throws `unknown-warehouse` and `dbt-no-project`; what goes wrong in a warehouse is its result. */
export async function transformAll(session: Session, request: TransformRequest): Promise<Transformed> {
  checkWarehouse(session, request.warehouse);
  const { config, environment, host } = session;
  const project = await readProject(config.transform.project);
  const results: JobResult[] = [];
  const idle: { warehouse: string; reason: string }[] = [];
  for (const [name, location] of environment.warehouses) {
    if (request.warehouse !== undefined && request.warehouse !== name) continue;
    const requirements = requirementsOf(config, location);
    if (requirements === undefined && request.warehouse === undefined) {
      idle.push({ warehouse: name, reason: NO_WAY_IN });
      continue;
    }
    const startedAt = host.clock.now();
    const told = (came: Came): JobResult => transformResult(factsOf(session, request, name, startedAt), came);
    const begins = (): Promise<void> => record(session, request, told(lost()));
    const came = await attempt(host.interrupted, async () => {
      const order = await orderOf(session, request, { name, requirements, project });
      return transform(order, { ...worldOf(session, request, name), begins });
    });
    if (came === undefined) idle.push({ warehouse: name, reason: NOTHING_NEW });
    else results.push(told(came));
  }
  return { results, idle, unrecorded: await recordAll(session, request, results) };
}

/** What is told of a transform whose machine is gone: it is recorded when dbt begins, and replaced by what came of it. */
const lost = (): TidemillError =>
  new TidemillError('transient', 'transform-lost', 'dbt ended without a report: its machine was stopped or lost', {
    hint: 'Nothing need be done. If it goes on, the log of the step may say why.',
  });

async function orderOf(
  { config, environment, warehouses }: Session,
  { words, scope }: TransformRequest,
  known: Pick<TransformOrder, 'name' | 'requirements' | 'project'>,
): Promise<TransformOrder> {
  const warehouse = await warehouses.get(known.name)?.();
  if (warehouse === undefined) throw new TypeError(`${known.name} is no warehouse of the session`);
  const jobs = config.jobs.filter((job) => {
    return isHere(job, environment.name) && targetsOf(job, environment.warehouses).includes(known.name);
  });
  return { ...known, warehouse, jobs, words, scope };
}

const isHere = ({ environments }: { readonly environments: readonly string[] }, name: string): boolean =>
  environments.length === 0 || environments.includes(name);

/** Undefined where there was nothing to do. */
async function attempt(stop: AbortSignal, work: () => Promise<Came | undefined>): Promise<Came | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (stop.aborted) return 'stopped';
    return asTidemillError(thrown);
  }
}

function worldOf(session: Session, { said }: TransformRequest, name: string) {
  const { host, bucket, config } = session;
  const clean = redactor(secretsOf(config.drivers, host.env));
  return {
    bucket,
    env: host.env,
    signal: host.interrupted,
    said: (line: string) => said(name, clean(line)),
    installations: installationsOf(config),
    work: workOf(session, name),
  };
}

const workOf = ({ config, environment }: Session, name: string): string =>
  join(dirname(config.file), '.tidemill', 'dbt', 'work', environment.name, name);

function factsOf(session: Session, { runId }: TransformRequest, name: string, startedAt: Date) {
  const { environment, config, host } = session;
  return {
    warehouse: name,
    environment: environment.name,
    run: runId,
    startedAt,
    endedAt: host.clock.now(),
    maxFailedTests: config.transform.expect.max_failed_tests,
    log: join(workOf(session, name), 'logs', 'dbt.log'),
    logUrl: logUrl(host),
  };
}

/** Into the bucket, where the report looks for it. */
async function record({ bucket, host }: Session, { runId }: TransformRequest, result: JobResult): Promise<void> {
  const name = `transform.${transformedWarehouse(result.job)}.${host.nonce}`;
  await writeJson(bucket, keys.runRecord(runId, name), result);
}

/** Answers why they could not be kept. */
async function recordAll(
  session: Session,
  request: TransformRequest,
  results: readonly JobResult[],
): Promise<TidemillError | undefined> {
  try {
    for (const result of results) await record(session, request, result);
    return undefined;
  } catch (thrown) {
    return asTidemillError(thrown);
  }
}
