/** The generated parts of the workflows; those of the ingestion also say which secrets there are, and which leg is given which. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@tidemill/kit/manifest';
import { connectorPackageIn, declaredBy } from '../../orchestrator/run/extract/connector-package.ts';
import { filled, workflowNames } from '../../orchestrator/workflows/fill.ts';
import { type Secret, secretsOf } from '../../orchestrator/workflows/secrets.ts';
import { contentsOf } from '../bundle/contents.ts';
import type { Packages } from '../bundle/lockfile.ts';
import { configIn } from './config.ts';
import { servicesIn } from './connectors.ts';
import type { GeneratedDocument } from './document.ts';

/** The workflows for the environments and jobs that are configured. */
export async function workflowDocuments(root: string): Promise<GeneratedDocument[]> {
  const config = configIn(root);
  const secrets = await secretsIn(root);
  const { bundled } = contentsOf(packagesAt(root));
  return workflowNames.map((name) => {
    const path = `.github/workflows/${name}`;
    const written = readFileSync(join(root, path), 'utf8');
    return { path, text: filled(name, written, { config, secrets, bundled, root }) };
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
