/** What jobs run with, and where their results are kept. */
import { dirname, resolve } from 'node:path';
import { tokenKeeper } from '../credentials/keep-tokens.ts';
import type { Mode } from '../events/run-event.ts';
import { nextSlotOf } from '../plan/owed.ts';
import type { JobResult } from '../result/result.ts';
import { type Order, timeLimit, type World } from '../run/order.ts';
import { keys } from '../storage/keys.ts';
import { openBucket } from '../storage/open.ts';
import { writeJson } from '../storage/text.ts';
import type { Assignment } from './assignments.ts';
import { setting } from './host.ts';
import { audienceIn } from './listeners.ts';
import { logUrl } from './log-url.ts';
import { secretsOf } from './secrets-of.ts';
import type { Session } from './session.ts';

/** `over` is aborted when the work is done, or nobody wants it any more. */
export function worldOf(
  session: Session,
  { runId, timeLimit: minutes }: { readonly runId: string; readonly timeLimit?: number | undefined },
  over: AbortSignal,
  told: Pick<World, 'onEvent' | 'onAttachments'>,
): World {
  const { host, environment, bucket, warehouses } = session;
  const commit = setting(host, 'GITHUB_SHA');
  const url = logUrl(host);
  const limits = minutes === undefined ? [] : [timeLimit('this machine', minutes, host.clock, over)];
  const { clock, random, env } = host;
  // A second process with the same run id, a repeated leg for one, is still somebody else.
  const self = `${runId}.${host.nonce}`;
  const derived = new Set<string>();
  const onSecret = (secret: string): Promise<void> => {
    derived.add(secret);
    return host.onSecret(secret);
  };
  return {
    environment: environment.name,
    bucket,
    warehouses,
    openBucket: bucketsOf(session),
    clock,
    random,
    env,
    cwd: host.cwd,
    keepTokens: tokenKeeper({ bucket, clock, random, env, onSecret, runId: self, signal: host.interrupted }),
    // Loaded by the few jobs that need it.
    keepCatalog: async (service) => (await import('./catalog-keep.ts')).catalogKeeper(session)(service),
    derived,
    runId: self,
    ...(host.holder === undefined ? {} : { holder: host.holder }),
    isAlive: host.isAlive,
    ...(commit === undefined ? {} : { commit }),
    signal: AbortSignal.any([host.interrupted, over, ...limits]),
    ...(url === undefined ? {} : { logUrl: url }),
    ...told,
    audienceOf: audienceIn(environment),
  };
}

/** A folder starts from that of the configuration, as those of environments do. */
const bucketsOf =
  ({ host: { env, clock, random }, config: { drivers, file } }: Session): NonNullable<World['openBucket']> =>
  (location) => {
    const place = location.includes('://') ? location : resolve(dirname(file), location);
    return openBucket(place, { env, clock, random, drivers });
  };

/** How all jobs of a process are run. */
export interface Ordered {
  readonly mode: Mode;
  /** A person has looked: what is gone at the source may be deleted, however much it is. */
  readonly acceptsDeletes?: boolean;
  /** Seconds that each waits for its crawls, if not as long as its job says. */
  readonly waitSeconds?: number | undefined;
}

export async function orderOf(
  assignment: Assignment,
  { mode, acceptsDeletes, waitSeconds }: Ordered,
  session: Session,
): Promise<Order> {
  const next = nextSlotOf(assignment.job, session.host.clock.now());
  const secrets = await secretsOf(assignment, session);
  return {
    ...{ ...assignment, mode, secrets },
    ...(acceptsDeletes === true ? { acceptsDeletes } : {}),
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
    ...(next === undefined ? {} : { next }),
  };
}

/** Into the bucket, where the report and the history page read them. */
export async function recordResults(
  { bucket, host }: Session,
  runId: string,
  results: readonly JobResult[],
): Promise<void> {
  for (const [index, result] of results.entries()) {
    const name = `${result.job}.${index}.${host.nonce}`;
    await writeJson(bucket, keys.runRecord(runId, name), result);
  }
}
