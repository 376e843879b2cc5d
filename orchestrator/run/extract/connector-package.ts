/** What a connector's package.json says of it: a plan reads that instead of loading connectors, of which it may have none. */
import { readFile, realpath } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { declarationOf } from '@tidemill/kit/credentials';
import { type Declaration, declaredIn } from '@tidemill/kit/manifest';
import { z } from 'zod';
import type { Service } from '../../config/job.ts';
import { loadConnector } from './connector.ts';

const Package = z.object({
  name: z.string(),
  version: z.string().default(''),
  tidemill: z.unknown(),
});

export interface ConnectorPackage {
  readonly folder: string;
  readonly version: string;
  /** What it reads of the environment; undefined when the package does not say. */
  readonly declaration: Declaration | undefined;
}

/**
 * The manifest of a service's connector: of the workspace in `connectors/` below `folder`, where its README can be read, and which a
 * machine that only plans has not installed; or of the installed package. Undefined when there is none.
 */
export async function connectorPackageOf(service: Service, folder?: string): Promise<ConnectorPackage | undefined> {
  const { options } = service;
  const workspace = folder && (await workspaceOf(service, folder));
  if (workspace) return workspace;
  const file = installed(service);
  return file === undefined ? undefined : connectorPackageIn(dirname(await realpath(file)), options);
}

/** The workspace that has the connector: a template's folder is not called like the services that it is for. */
export async function workspaceOf(
  { name, package: from, options }: Pick<Service, 'name' | 'package' | 'options'>,
  root: string,
): Promise<ConnectorPackage | undefined> {
  for (const folder of new Set([name, from.slice(from.lastIndexOf('/') + 1)])) {
    const found = await connectorPackageIn(join(root, 'connectors', folder), options);
    if (found?.name === from) return found;
  }
  return undefined;
}

/** Where a connector says how to get its credentials: on GitHub if this runs there, else a path as seen from `cwd`. */
export function readmeAt(
  { folder }: Pick<ConnectorPackage, 'folder'>,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): string {
  const path = relative(cwd, join(folder, 'README.md')).replaceAll('\\', '/');
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env;
  const isOnGithub = server && repository && commit && !/^\.\.|(^|\/)node_modules\//.test(path);
  return isOnGithub ? `${server}/${repository}/blob/${commit}/${path}` : path;
}

/**
 * What a service's connector reads of the environment: as its package says, or its code where that says nothing. Throws a
 * TidemillError `connector-missing` when it is not here.
 */
export async function declaredBy(service: Service, folder: string): Promise<Declaration> {
  return (await connectorPackageOf(service, folder))?.declaration ?? declarationOf(await loadConnector(service));
}

function installed({ package: name }: Service): string | undefined {
  try {
    return findPackageJSON(name, import.meta.url);
  } catch {
    return undefined;
  }
}

/** The manifest in a folder, of a template for a service with these options; undefined when there is none that can be read. */
export async function connectorPackageIn(
  folder: string,
  options?: object,
): Promise<(ConnectorPackage & { readonly name: string }) | undefined> {
  try {
    const { name, version, tidemill } = Package.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
    const declaration = tidemill === undefined ? undefined : declaredIn({ tidemill }, options);
    return { folder, name, version, declaration };
  } catch {
    return undefined;
  }
}
