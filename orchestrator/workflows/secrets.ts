/** Which secrets the ingestion workflow knows, and which leg is given which. */
import { readBy, settingsReadBy } from '@tidemill/kit/credentials';
import type { Declaration } from '@tidemill/kit/manifest';
import type { Job } from '../config/job.ts';
import { isOfTheMachine, type OwnedVariable, ownersText } from '../config/owned-variables.ts';
import { hasJobsOf } from './gate.ts';
import { isSingle, legServicesIn } from './legs.ts';
import { withRegions } from './region.ts';

/** A variable that runs read, and the services whose jobs may see it. */
export interface Secret extends OwnedVariable {
  /** It may stand among GitHub's variables, which nothing hides. */
  readonly mayBeVariable?: true;
}

/** What a connector says of itself, and its service. */
export type Declared = Declaration & { readonly service: string };

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
