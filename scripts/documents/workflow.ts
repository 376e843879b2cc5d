/** The parts of the ingestion workflow that name secrets: which there are, and which leg is given which. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { neededBy, STATE_KEY } from '@tidemill/kit/credentials';
import type { Job } from '../../orchestrator/config/job.ts';
import { loadConfig } from '../../orchestrator/config/load.ts';
import { PREVIOUS_STATE_KEY } from '../../orchestrator/credentials/state-key.ts';
import { installedDrivers } from '../../orchestrator/drivers/find.ts';
import { cronFault } from '../../orchestrator/plan/cron.ts';
import { loadConnector } from '../../orchestrator/run/extract/connector.ts';
import { connectorsIn } from './connectors.ts';
import type { GeneratedDocument } from './document.ts';

const INGESTION_WORKFLOW = '.github/workflows/data-ingestion-orchestrator.yaml';

/** A variable that runs read, and the services whose jobs may see it. */
export interface Secret {
  readonly name: string;
  readonly services: readonly string[];
}

type Declared = Parameters<typeof neededBy>[0] & { readonly service: string };

export async function workflowDocuments(root: string): Promise<GeneratedDocument[]> {
  const secrets = await secretsIn(root);
  const text = await readFile(join(root, INGESTION_WORKFLOW), 'utf8');
  return [{ path: INGESTION_WORKFLOW, text: withSecrets(text, secrets) }];
}

/** Those of every connector of the project, used or not, of the ones from elsewhere, and of the jobs. */
export async function secretsIn(root: string): Promise<Secret[]> {
  const file = join(root, 'ingestion-config.yaml');
  const texts = new Map<string, string>();
  for (const path of [file, join(root, 'job-groups.yaml')]) texts.set(path, await readFile(path, 'utf8'));
  const { jobs, services } = loadConfig({
    file,
    readFile: (path) => texts.get(path) ?? '',
    checkCron: cronFault,
    drivers: installedDrivers,
    root,
  });
  const own = (await connectorsIn(root)).map(({ connector }) => connector);
  const foreign = [...services.values()].filter(({ name, package: from }) => {
    return from !== `@tidemill/${name}` && jobs.some((job) => job.service === name && job.command === undefined);
  });
  const loaded = await Promise.all(foreign.map(loadConnector));
  return secretsOf([...own.filter(({ service }) => foreign.every(({ name }) => name !== service)), ...loaded], jobs);
}

/** What runs read, service by service: the connectors' credentials, and what jobs name in `dependencies`. */
export function secretsOf(
  connectors: readonly Declared[],
  jobs: readonly Pick<Job, 'service' | 'dependencies'>[],
): Secret[] {
  const declared = connectors.flatMap((connector) =>
    namesOf(connector).map((name) => [name, connector.service] as const),
  );
  const named = jobs.flatMap(({ service, dependencies }) => dependencies.map((name) => [name, service] as const));
  const uses = [...declared, ...named].toSorted(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
  return [...Map.groupBy(uses, ([name]) => name)].map(([name, owners]) => {
    return { name, services: [...new Set(owners.map(([, service]) => service))] };
  });
}

/** Optional ones too; with a key for refresh tokens also the one before it, which is there while the key is changed. */
function namesOf(connector: Declared): string[] {
  const forRuns = connector.credentials.filter(({ use = 'run' }) => use === 'run').map(({ name }) => name);
  return neededBy(connector).includes(STATE_KEY) ? [...forRuns, STATE_KEY, PREVIOUS_STATE_KEY] : forRuns;
}

/** What every machine has, whatever its secrets; a step that set it would take it away. */
const OF_THE_MACHINE = /^(CI|HOME|LANG|PATH|SHELL|TMPDIR|USER|GITHUB_(?!TOKEN$).*|RUNNER_.*)$/;

/** The text of the workflow with the secrets in its two places. Throws when it has lost one of them. */
export function withSecrets(text: string, secrets: readonly Secret[]): string {
  const [own, set] = [secrets.filter(isOfTheMachine), secrets.filter((secret) => !isOfTheMachine(secret))];
  // Never empty: an empty list would be none, and then nothing is known to be missing.
  const names = [`${own.map(({ name }) => name).join(',')},`, ...set.map(presence)];
  const listed = filled(text, 'secret-names', ['TIDEMILL_CREDENTIALS: >-', ...names.map((name) => `  ${name}`)]);
  const besides = stepAround(filled(listed, 'secrets', []));
  const isThere = ({ name }: Secret): boolean => new RegExp(`^ +${name}:`, 'm').test(besides);
  return filled(listed, 'secrets', set.filter((secret) => !isThere(secret)).map(gated));
}

/** The variables of the step that are written by hand. */
const stepAround = (text: string): string =>
  /env:\n(?:(?!.*env:\n).*\n)*? *# generated:secrets\b/.exec(text)?.[0] ?? '';

const isOfTheMachine = ({ name }: Secret): boolean => OF_THE_MACHINE.test(name);

/** Names of secrets are in upper case, whatever that of a variable is. */
const secretOf = ({ name }: Secret): string => `secrets.${name.toUpperCase()}`;

const presence = (secret: Secret): string => `\${{ ${secretOf(secret)} != '' && '${secret.name},' || '' }}`;

function gated(secret: Secret): string {
  const owners = secret.services.map((service) => `contains(matrix.services, '${service}')`);
  const gate = owners.length === 1 ? owners[0] : `(${owners.join(' || ')})`;
  return `${secret.name}: \${{ ${gate} && ${secretOf(secret)} || '' }}`;
}

/** New lines between `# generated:NAME …` and `# /generated`, as far in as the two. */
function filled(text: string, name: string, lines: readonly string[]): string {
  const marked = new RegExp(`^( *)(# generated:${name}\\b.*\\n)(?:.*\\n)*?( *# /generated\\n)`, 'm');
  if (!marked.test(text))
    throw new Error(`${INGESTION_WORKFLOW} has lost the lines "# generated:${name}" … "# /generated"`);
  return text.replace(marked, (_, indent: string, start: string, end: string) => {
    return [`${indent}${start}`, ...lines.map((line) => `${indent}${line}\n`), end].join('');
  });
}
