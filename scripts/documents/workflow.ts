/** The generated parts of the workflows; those of the ingestion also say which secrets there are, and which leg is given which. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBy, settingsReadBy } from '@tidemill/kit/credentials';
import type { Declaration } from '@tidemill/kit/manifest';
import { isOfTheMachine, ownersText } from '../../orchestrator/app/leg-secrets.ts';
import type { Job } from '../../orchestrator/config/job.ts';
import { connectorPackageIn, declaredBy } from '../../orchestrator/run/extract/connector-package.ts';
import { contentsOf } from '../bundle/contents.ts';
import type { Packages } from '../bundle/lockfile.ts';
import { configIn } from './config.ts';
import { servicesIn } from './connectors.ts';
import type { GeneratedDocument } from './document.ts';
import { withBundle } from './workflow-bundle.ts';
import { withDrivers } from './workflow-drivers.ts';
import { hasJobsOf } from './workflow-gate.ts';
import { isSingle, legServicesIn, withLegs } from './workflow-legs.ts';
import { withRegions } from './workflow-region.ts';
import { withSetups } from './workflow-setup.ts';
import { withTransform } from './workflow-transform.ts';

const INGESTION = 'data-ingestion-orchestrator.yaml';

/** By file: the regions that come of the environments and their drivers. */
const WORKFLOWS = {
  [INGESTION]: ['environments', 'install', 'outside', 'permissions', 'login', 'variables'],
  'pages.yaml': ['install', 'outside', 'permissions', 'login', 'variables'],
  'watchdog.yaml': [],
} as const satisfies Readonly<Record<string, Parameters<typeof withDrivers>[2]>>;

/** A variable that runs read, and the services whose jobs may see it. */
export interface Secret {
  readonly name: string;
  readonly services: readonly string[];
  /** It may stand among GitHub's variables, which nothing hides. */
  readonly mayBeVariable?: true;
}

type Declared = Declaration & { readonly service: string };

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

/**
 * What runs read, service by service: the connectors' credentials, and what jobs name in `dependencies`. A connector says which of
 * its own are no secrets; of the others nobody does, so that they are looked for among GitHub's variables too.
 */
export function secretsOf(
  connectors: readonly Declared[],
  jobs: readonly Pick<Job, 'service' | 'dependencies'>[],
): Secret[] {
  const declared = connectors.flatMap((connector) => {
    const settings = settingsReadBy(connector);
    return readBy(connector).map((name) => ({ name, service: connector.service, isSecret: !settings.includes(name) }));
  });
  const named = jobs.flatMap(({ service, dependencies }) =>
    dependencies.map((name) => ({ name, service, isSecret: false })),
  );
  const uses = [...declared, ...named].toSorted((a, b) => (a.service < b.service ? -1 : a.service > b.service ? 1 : 0));
  return [...Map.groupBy(uses, ({ name }) => name)].map(([name, all]) => {
    const services = [...new Set(all.map(({ service }) => service))];
    return { name, services, ...(all.some(({ isSecret }) => isSecret) ? {} : { mayBeVariable: true }) };
  });
}

/** The text of the workflow with the secrets in its two places. Throws when it has lost one of them. */
export function withSecrets(text: string, secrets: readonly Secret[]): string {
  // A step that set what every machine has would take it away.
  const [own, set] = [secrets.filter(isThereAnyway), secrets.filter((secret) => !isThereAnyway(secret))];
  // Never empty: an empty list would be none, and then nothing is known to be missing.
  const names = [`${own.map(({ name }) => name).join(',')},`, ...set.map(presence)];
  const listed = withRegions(text, 'secret-names', () => [
    'TIDEMILL_CREDENTIALS: >-',
    ...names.map((name) => `  ${name}`),
  ]);
  const owned = isSingle(text) ? withRegions(listed, 'secret-owners', () => ownersOf(set)) : listed;
  const besides = stepAround(withRegions(owned, 'secrets', () => []));
  const isThere = ({ name }: Secret): boolean => new RegExp(`^ +${name}:`, 'm').test(besides);
  const list = legServicesIn(text);
  const given = besides === '' ? owned : owned.replace(besides, () => givenToo(besides, set.filter(isThere), list));
  return withRegions(given, 'secrets', () =>
    set.filter((secret) => !isThere(secret)).map((secret) => gated(secret, list)),
  );
}

/** The lines of a step with what jobs ask for among the variables of a driver: their own case comes first. */
const givenToo = (lines: string, secrets: readonly Secret[], list: string): string =>
  secrets.reduce((text, secret) => {
    const line = new RegExp(`^( +${secret.name}: \\$\\{\\{ )(?=.*\\}\\}$)`, 'm');
    return text.replace(line, (start) => `${start}${hasJobsOf(secret.services, list)} && ${sourceOf(secret)} || `);
  }, lines);

const ownersOf = (secrets: readonly Secret[]): string[] =>
  secrets.length === 0 ? [] : ['TIDEMILL_SECRETS_OF: >-', ...ownersText(secrets).map((line) => `  ${line}`)];

/** The variables of the step that are written by hand. */
const stepAround = (text: string): string =>
  /env:\n(?:(?!.*env:\n).*\n)*? *# generated:secrets\b/.exec(text)?.[0] ?? '';

const isThereAnyway = ({ name }: Secret): boolean => isOfTheMachine(name);

/** Names at GitHub are in upper case, whatever that of a variable is. */
function sourceOf({ name, mayBeVariable }: Secret): string {
  const known = name.toUpperCase();
  return mayBeVariable ? `(vars.${known} || secrets.${known})` : `secrets.${known}`;
}

const presence = (secret: Secret): string => `\${{ ${sourceOf(secret)} != '' && '${secret.name},' || '' }}`;

const gated = (secret: Secret, list: string): string =>
  `${secret.name}: \${{ ${hasJobsOf(secret.services, list)} && ${sourceOf(secret)} || '' }}`;
