/** Leaves a file for every red run, which the workflow keeps as an artifact. */
import { join, resolve } from 'node:path';
import { STATE_KEY } from '@tidemill/kit/credentials';
import { loadConnector } from '../extract/connector.ts';
import { errorArtifact, errorFileName } from '../report/error-artifact.ts';
import { isRed } from '../report/outcome.ts';
import type { JobResult } from '../report/result.ts';
import { readState } from '../state/store.ts';
import type { Host } from './host.ts';
import type { Target } from './orders.ts';
import { type Session, setting } from './session.ts';
import { version } from './version.ts';

/** Where they go; undefined when nobody asked for them. */
export function errorFolder(host: Host, options: { readonly errorDir?: string }): string | undefined {
  const folder = options.errorDir ?? setting(host, 'TIDEMILL_ERROR_DIR');
  return folder === undefined ? undefined : resolve(host.cwd, folder);
}

export async function writeErrorFiles(
  { host, bucket }: Session,
  targets: readonly Target[],
  results: readonly JobResult[],
  folder: string,
): Promise<void> {
  const commit = setting(host, 'GITHUB_SHA');
  const versions = { tidemill: version, node: process.version, ...(commit === undefined ? {} : { commit }) };
  for (const result of results.filter(isRed)) {
    const target = targets.find(({ job }) => job.id === result.job);
    if (target === undefined) continue;
    // A state that cannot be read is one of the things a run fails for.
    const state = await readState(bucket, result.job).then(
      (stored) => stored.state,
      () => undefined,
    );
    const text = errorArtifact({ versions, result, job: target.job, state }, await secretsOf(target, host));
    host.writeFile(join(folder, errorFileName(result)), text);
  }
}

/** Values of every variable the job may see. */
async function secretsOf({ job, service }: Target, { env }: Host): Promise<string[]> {
  const declared = job.command === undefined ? await credentialsOf(service) : [];
  return [...job.dependencies, ...declared, STATE_KEY].flatMap((name) => env[name] ?? []);
}

/** A connector that cannot be loaded has read no credentials. */
const credentialsOf = (service: Target['service']): Promise<string[]> =>
  loadConnector(service).then(
    ({ credentials }) => credentials.map(({ name }) => name),
    () => [],
  );
