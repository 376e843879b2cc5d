/** A file for every red run, which the workflow keeps as an artifact. */

import type { Plan } from '../plan/types.ts';
import {
  attachmentFacts,
  attachmentFileName,
  errorArtifact,
  errorFileName,
  type RedRun,
} from '../report/error-artifact.ts';
import { isRed } from '../report/outcome.ts';
import type { JobResult } from '../result/result.ts';
import { connectorPackageOf } from '../run/extract/connector-package.ts';
import { readState } from '../state/store.ts';
import { keys } from '../storage/keys.ts';
import { readText } from '../storage/text.ts';
import type { Assignment } from './assignments.ts';
import { type Host, setting } from './host.ts';
import type { Ran, RunRequest } from './run.ts';
import { secretsOf } from './secrets-of.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';

export interface ErrorFile {
  readonly name: string;
  readonly contents: string | Uint8Array;
}

/** One redacted file for each of the runs that is red, and behind it what its error has brought along. */
export async function errorFiles(
  session: Session,
  { assignments, runId }: RunRequest,
  { results, claimed, attachments }: Ran,
): Promise<ErrorFile[]> {
  const red = results.filter(isRed);
  if (red.length === 0) return [];
  const { host } = session;
  const plan = await readPlan(session, runId);
  const files: ErrorFile[] = [];
  for (const result of red) {
    const assignment = assignments.find(({ job, slot }) => job.id === result.job && slot === result.slot);
    if (assignment === undefined) continue;
    const brought = attachments.find(({ job, slot }) => job === result.job && slot === result.slot)?.attachments ?? [];
    const run: RedRun = {
      versions: await versionsOf(host, assignment),
      result,
      decision: decisionOn(result, plan),
      job: assignment.job,
      state_before: claimed.get(result.job),
      state: await unlessBroken(readState(session.bucket, result.job).then(({ state }) => state)),
      ...(brought.length === 0 ? {} : { attachments: brought.map(attachmentFacts) }),
    };
    files.push({ name: errorFileName(result), contents: errorArtifact(run, await secretsOf(assignment, session)) });
    const kept = brought.filter((one) => attachmentFacts(one).left_out === undefined);
    files.push(...kept.map((one) => ({ name: attachmentFileName(result, one), contents: one.bytes })));
  }
  return files;
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

async function versionsOf(host: Host, { job, service }: Assignment): Promise<RedRun['versions']> {
  const commit = setting(host, 'GITHUB_SHA');
  const connector = job.command === undefined ? await connectorPackageOf(service) : undefined;
  return {
    tidemill: version,
    ...host.runtime,
    ...(connector === undefined ? {} : { connector: `${service.package} ${connector.version}` }),
    ...(commit === undefined ? {} : { commit }),
  };
}
