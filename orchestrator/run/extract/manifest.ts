/** What a connector's package.json says of it: a plan reads that instead of loading connectors, of which it may have none. */
import { readFile, realpath } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { neededBy } from '@tidemill/kit/credentials';
import { z } from 'zod';
import type { Service } from '../../config/job.ts';
import { loadConnector } from './connector.ts';

const Manifest = z.object({
  name: z.string(),
  version: z.string().default(''),
  tidemill: z.object({ credentials: z.array(z.string()), optional: z.array(z.string()).default([]) }).optional(),
});

export interface ConnectorManifest {
  readonly folder: string;
  readonly version: string;
  /** Variables that no run can do without; undefined when the package does not say. */
  readonly credentials: readonly string[] | undefined;
  /** Variables that a run reads if they are set. */
  readonly optional: readonly string[];
}

/**
 * The manifest of a service's connector: that of the installed package, or of the workspace in `connectors/` below `folder`,
 * since a machine that only plans has installed none. Undefined when there is no package.
 */
export async function manifestOf(service: Service, folder?: string): Promise<ConnectorManifest | undefined> {
  const file = installed(service);
  // A workspace is linked into node_modules; it lies where its README can be read.
  if (file !== undefined) return read(await realpath(file));
  if (folder === undefined) return undefined;
  const workspace = await read(join(folder, 'connectors', service.name, 'package.json'));
  return workspace?.name === service.package ? workspace : undefined;
}

/** Where a connector says how to get its credentials: on GitHub if this runs there, else a path as seen from `cwd`. */
export function readmeAt(
  { folder }: Pick<ConnectorManifest, 'folder'>,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): string {
  const path = relative(cwd, join(folder, 'README.md')).replaceAll('\\', '/');
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env;
  const isOnGithub = server && repository && commit && !/^\.\.|(^|\/)node_modules\//.test(path);
  return isOnGithub ? `${server}/${repository}/blob/${commit}/${path}` : path;
}

/** Names of the variables that a service's jobs need; undefined when its connector is not installed here. */
export async function neededCredentials(service: Service, folder: string): Promise<readonly string[] | undefined> {
  const declared = (await manifestOf(service, folder))?.credentials;
  return declared ?? (await loadConnector(service).then(neededBy, () => undefined));
}

function installed({ package: name }: Service): string | undefined {
  try {
    return findPackageJSON(name, import.meta.url);
  } catch {
    return undefined;
  }
}

async function read(file: string): Promise<(ConnectorManifest & { readonly name: string }) | undefined> {
  try {
    const { name, version, tidemill } = Manifest.parse(JSON.parse(await readFile(file, 'utf8')));
    const { credentials, optional = [] } = tidemill ?? {};
    return { folder: dirname(file), name, version, credentials, optional };
  } catch {
    return undefined;
  }
}
