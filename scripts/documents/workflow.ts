/** The generated parts of the workflows; those of the ingestion also say which secrets there are, and which leg is given which. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@tidemill/kit/manifest';
import { connectorPackageIn, declaredBy } from '../../orchestrator/run/extract/connector-package.ts';
import { withBundle } from '../../orchestrator/workflows/bundle.ts';
import { withDrivers } from '../../orchestrator/workflows/drivers.ts';
import { isSingle, withLegs } from '../../orchestrator/workflows/legs.ts';
import { type Secret, secretsOf, withSecrets } from '../../orchestrator/workflows/secrets.ts';
import { withSetups } from '../../orchestrator/workflows/setup.ts';
import { withTransform } from '../../orchestrator/workflows/transform.ts';
import { contentsOf } from '../bundle/contents.ts';
import type { Packages } from '../bundle/lockfile.ts';
import { configIn } from './config.ts';
import { servicesIn } from './connectors.ts';
import type { GeneratedDocument } from './document.ts';

const INGESTION = 'data-ingestion-orchestrator.yaml';

/** By file: the regions that come of the environments and their drivers. */
const WORKFLOWS = {
  [INGESTION]: ['environments', 'install', 'outside', 'permissions', 'login', 'variables'],
  'pages.yaml': ['install', 'outside', 'permissions', 'login', 'variables'],
  'watchdog.yaml': [],
} as const satisfies Readonly<Record<string, Parameters<typeof withDrivers>[2]>>;

/** The workflows for the environments and jobs that are configured. */
export async function workflowDocuments(root: string): Promise<GeneratedDocument[]> {
  const config = configIn(root);
  const secrets = await secretsIn(root);
  const { bundled } = contentsOf(packagesAt(root));
  return Object.entries(WORKFLOWS).map(([file, regions]) => {
    const path = `.github/workflows/${file}`;
    const written = readFileSync(join(root, path), 'utf8');
    if (file !== INGESTION) return { path, text: withDrivers(withBundle(written), config, regions, bundled) };
    const shaped = withBundle(withTransform(withLegs(written, config), config));
    const text = withDrivers(shaped, config, isSingle(shaped) ? [...regions, 'logout'] : regions, bundled);
    return { path, text: withSecrets(withSetups(text, config, root), secrets) };
  });
}

const packagesAt = (root: string): Packages =>
  (JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Packages }).packages;

/** Those of every connector of the project, used or not, of the ones from elsewhere, and of the jobs. */
export async function secretsIn(root: string): Promise<Secret[]> {
  const { jobs, services } = configIn(root);
  const foreign = [...services.values()].filter(({ name, package: from }) => {
    return from !== `@tidemill/${name}` && jobs.some((job) => job.service === name && job.command === undefined);
  });
  const own = (await servicesIn(root)).filter((name) => foreign.every((service) => service.name !== name));
  const declared = [
    ...own.map(async (service) => ({ service, ...(await declaredBelow(root, service)) })),
    ...foreign.map(async (service) => ({ service: service.name, ...(await declaredBy(service, root)) })),
  ];
  return secretsOf(await Promise.all(declared), jobs);
}

async function declaredBelow(root: string, service: string): Promise<Declaration> {
  const declaration = (await connectorPackageIn(join(root, 'connectors', service)))?.declaration;
  if (declaration === undefined) throw new Error(`connectors/${service}/package.json declares no credentials`);
  return declaration;
}
