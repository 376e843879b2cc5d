/** Leaves a file for every red run, which the workflow keeps as an artifact. */
import { join, resolve } from 'node:path';
import { type Host, setting } from '../app/host.ts';
import type { Target } from '../app/orders.ts';
import { secretsOf } from '../app/secrets-of.ts';
import { version } from '../app/version.ts';
import type { Plan } from '../plan/types.ts';
import { errorArtifact, errorFileName, type RedRun } from '../report/error-artifact.ts';
import { isRed } from '../report/outcome.ts';
import type { JobResult } from '../result/result.ts';
import { manifestOf } from '../run/extract/manifest.ts';
import type { JobState } from '../state/job-state.ts';
import { readState } from '../state/store.ts';
import { keys } from '../storage/keys.ts';
import { readText } from '../storage/text.ts';
import type { TerminalSession as Session } from './host.ts';

/** Where they go; undefined when nobody asked for them. */
export function errorFolder(host: Host, options: { readonly errorDir?: string }): string | undefined {
  const folder = options.errorDir ?? setting(host, 'TIDEMILL_ERROR_DIR');
  return folder === undefined ? undefined : resolve(host.cwd, folder);
}

export interface EndedRuns {
  readonly runId: string;
  readonly targets: readonly Target[];
  readonly results: readonly JobResult[];
  /** By job: the states as they were claimed. */
  readonly claimed: ReadonlyMap<string, JobState>;
}

export async function writeErrorFiles(session: Session, runs: EndedRuns, folder: string): Promise<void> {
  const red = runs.results.filter(isRed);
  if (red.length === 0) return;
  const { host } = session;
  const plan = await readPlan(session, runs.runId);
  for (const result of red) {
    const target = runs.targets.find(({ job, slot }) => job.id === result.job && slot === result.slot);
    if (target === undefined) continue;
    const run: RedRun = {
      versions: await versionsOf(host, target),
      result,
      decision: decisionOn(result, plan),
      job: target.job,
      state_before: runs.claimed.get(result.job),
      state: await unlessBroken(readState(session.bucket, result.job).then(({ state }) => state)),
    };
    host.writeFile(join(folder, errorFileName(result)), errorArtifact(run, await secretsOf(target, host)));
  }
}

/** What cannot be read, as a broken state, is one of the things a run fails for: the rest is told all the same. */
const unlessBroken = <T>(reading: Promise<T>): Promise<T | undefined> => reading.catch(() => undefined);

/** A leg was asked for by a plan, which left its record; a run by hand was not. */
const readPlan = ({ bucket }: Session, runId: string): Promise<Plan | undefined> =>
  unlessBroken(
    readText(bucket, keys.runRecord(runId, 'plan')).then((object) =>
      object === undefined ? undefined : (JSON.parse(object.text) as Plan),
    ),
  );

function decisionOn({ job, slot }: JobResult, plan: Plan | undefined): RedRun['decision'] {
  const run = plan?.runs.find((planned) => planned.job === job && planned.slot === slot);
  return run === undefined ? undefined : { run, why: plan?.decisions.find((decision) => decision.job === job) };
}

async function versionsOf(host: Host, { job, service }: Target): Promise<RedRun['versions']> {
  const commit = setting(host, 'GITHUB_SHA');
  const connector = job.command === undefined ? await manifestOf(service) : undefined;
  return {
    tidemill: version,
    ...host.runtime,
    ...(connector === undefined ? {} : { connector: `${service.package} ${connector.version}` }),
    ...(commit === undefined ? {} : { commit }),
  };
}
