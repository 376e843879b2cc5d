/** Runs dbt in the warehouses of an environment, for what was loaded since it last did. */
import { dirname, join } from 'node:path';
import { asTidemillError, type TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { secretsOf } from '../drivers/use.ts';
import type { JobResult } from '../result/result.ts';
import { targetsOf } from '../run/order.ts';
import { keys } from '../storage/keys.ts';
import { writeJson } from '../storage/text.ts';
import { readProject } from '../transform/project.ts';
import { transformResult } from '../transform/result.ts';
import type { Outcome } from '../transform/run-results.ts';
import { type TransformOrder, transform } from '../transform/transform.ts';
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

const NOTHING_NEW = 'nothing was loaded since the last time that it has a model of';

/** Throws `unknown-warehouse` and `dbt-no-project`; what goes wrong in a warehouse is its result. */
export async function transformAll(session: Session, request: TransformRequest): Promise<Transformed> {
  checkWarehouse(session, request.warehouse);
  const { config, environment, warehouses, bucket, host } = session;
  const project = await readProject(config.transform.project);
  const results: JobResult[] = [];
  const idle: { warehouse: string; reason: string }[] = [];
  for (const [name, open] of warehouses) {
    if (request.warehouse !== undefined && request.warehouse !== name) continue;
    const startedAt = host.clock.now();
    const own = (job: (typeof config.jobs)[number]): boolean =>
      isHere(job, environment.name) && targetsOf(job, environment.warehouses).includes(name);
    const came = await attempt(async () => {
      const { words, scope } = request;
      const order = { name, warehouse: await open(), jobs: config.jobs.filter(own), project, words, scope };
      return transform(order, worldOf(session, request, name));
    });
    if (came === undefined) idle.push({ warehouse: name, reason: NOTHING_NEW });
    else results.push(transformResult(factsOf(session, request, name, startedAt), came));
  }
  const unrecorded = await record(bucket, request.runId, host.nonce, results).then(() => undefined, asTidemillError);
  return { results, idle, unrecorded };
}

const isHere = ({ environments }: { readonly environments: readonly string[] }, name: string): boolean =>
  environments.length === 0 || environments.includes(name);

async function attempt(work: () => Promise<Outcome | undefined>): Promise<Outcome | TidemillError | undefined> {
  try {
    return await work();
  } catch (thrown) {
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
    installations: join(dirname(config.file), '.tidemill', 'dbt', 'installed'),
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

async function record(bucket: Session['bucket'], runId: string, nonce: string, results: readonly JobResult[]) {
  for (const [index, result] of results.entries()) {
    await writeJson(bucket, keys.runRecord(runId, `transform.${index}.${nonce}`), result);
  }
}
