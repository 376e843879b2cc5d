/** What a repository with Tidemill as npm packages has of it: its workflows. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import type { Declaration } from '@tidemill/kit/manifest';
import type { Config, Service } from '../config/job.ts';
import { declaredBy, workspaceOf } from '../run/extract/connector-package.ts';
import { workflowNames } from '../workflows/fill.ts';
import { isOurs, versionIn, workflowOfPackages } from '../workflows/of-packages.ts';
import { type Secret, secretsOf } from '../workflows/secrets.ts';
import type { Host } from './host.ts';
import { openConfig, type SessionOptions } from './session.ts';
import { isNewer, version } from './version.ts';
import { writeAll } from './write-all.ts';

/** A file as it should be. */
interface Generated {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
  /** What lies there is no file of ours. */
  readonly isTaken: boolean;
}

export interface GenerateAnswer {
  /** Paths of the files that are not as they should be; they have been written, unless that was only to be checked. */
  readonly stale: readonly string[];
  /** Of all files. */
  readonly files: readonly string[];
  /** Where something of somebody's own lies, which stays. */
  readonly left?: readonly string[];
}

/** Writes what is stale, or only says so. Throws `generate-of-sources` in a checkout of the sources, which has a way of its own. */
export async function generate(
  host: Host,
  { check, ...options }: SessionOptions & { readonly check?: true },
): Promise<GenerateAnswer> {
  const config = openConfig(host, options);
  const root = dirname(config.file);
  if (hasSources(root)) {
    throw new TidemillError('config', 'generate-of-sources', `${root} has the sources of Tidemill`, {
      hint: 'There, run: npm run generate',
    });
  }
  checkAge(root);
  const files = generatedOf(config, root, await secretsIn(config, root));
  const [taken, ours] = [files.filter(({ isTaken }) => isTaken), files.filter(({ isTaken }) => !isTaken)];
  const stale = ours.filter(({ path, text }) => textOf(join(root, path)) !== text);
  if (check === undefined) {
    writeAll(
      host,
      root,
      stale.map(({ path, text }) => ({ path, text, mayChange: true })),
    );
  }
  const named = (list: readonly Generated[]): string[] => list.map(({ path }) => relative(host.cwd, join(root, path)));
  return { stale: named(stale), files: named(files), ...(taken.length === 0 ? {} : { left: named(taken) }) };
}

/** Of what somebody else has upgraded, and who asks has not installed yet, the older version would be written. */
function checkAge(root: string): void {
  const texts = workflowNames.map((name) => textOf(join(root, pathOf(name))) ?? '');
  const newer = texts.flatMap((text) => versionIn(text) ?? []).find(isNewer);
  if (newer === undefined) return;
  const message = `The workflows were written by Tidemill ${newer}, and ${version} is installed here`;
  throw new TidemillError('config', 'generate-older', message, {
    hint: 'Run npm install, then this again. The version before comes back by git revert, workflows and all.',
  });
}

const pathOf = (name: string): string => `.github/workflows/${name}`;

/** Whether a folder has no packages of Tidemill, but what they are made of. */
export const hasSources = (root: string): boolean => existsSync(join(root, 'orchestrator/workflows'));

/** The workflows of a repository, which keep the times that people gave to those that are there. */
export function generatedOf(config: Config, root: string, secrets: readonly Secret[]): Generated[] {
  return workflowNames.map((name) => {
    const path = pathOf(name);
    const before = textOf(join(root, path));
    const text = workflowOfPackages(name, { config, secrets, root, version, before });
    return { path, text, isTaken: before !== undefined && !isOurs(before) };
  });
}

type DeclaredBy = (service: Service, root: string) => Declaration | Promise<Declaration>;

/** Of the services with jobs, and of the connectors of the repository's own. `declared` says what one of them reads. */
export async function secretsIn(
  { jobs, services }: Config,
  root: string,
  declared: DeclaredBy = declaredBy,
): Promise<Secret[]> {
  const own = await Promise.all(Array.from(services.values(), (service) => hasOwn(service, root)));
  const isRun = (name: string): boolean => jobs.some((job) => job.service === name && job.command === undefined);
  const used = [...services.values()].filter(({ name }, index) => own[index] === true || isRun(name));
  const all = used.map(async (service) => ({ service: service.name, ...(await declared(service, root)) }));
  return secretsOf(await Promise.all(all), jobs);
}

/** Whether the repository has its connector. A folder of that name may be anything. */
const hasOwn = async (service: Service, root: string): Promise<boolean> =>
  (await workspaceOf(service, root)) !== undefined;

/** With the ends of lines that we write: on Windows git may have given it others. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  }
}
