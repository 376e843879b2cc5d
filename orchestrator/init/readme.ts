/** The README of a repository: the next steps for what its configuration says, with the real names. Pure, but for what drivers bring. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededBy, STATE_KEY } from '@tidemill/kit/credentials';
import type { Config, Environment } from '../config/job.ts';
import { type Driver, driverOf, locationText } from '../drivers/manifest.ts';
import { type KnownConnector, usedBy } from './catalog.ts';
import type { Choices } from './choices.ts';
import { filledIn, templateText } from './templates.ts';

export interface Readme {
  readonly name: string;
  readonly config: Config;
  readonly connectors: readonly KnownConnector[];
  readonly schedule: Choices['schedule'];
}

/** What shows that a file is ours, though it was changed. */
export const MARK = '<!-- Written by tidemill init. -->';

export function readmeText({ name, config, connectors, schedule }: Readme): string {
  const away = [...config.environments.values()].filter((environment) => environment.name !== 'local');
  const first = away[0]?.name ?? 'local';
  const used = usedBy(config, connectors);
  const sections = away.map((environment) => environmentSection(environment, config, used));
  const text = filledIn(templateText('README.md'), {
    ...{ name, first },
    environments: away.length === 0 ? withoutBucket(config) : sections.join(''),
    query: `npx tidemill tables${first === 'local' ? '' : ` --environment ${first}`}`,
    schedule: scheduleText(schedule, first),
    scope: '@tidemill/',
  });
  return `${text.trimEnd()}\n\n${MARK}\n`;
}

const withoutBucket = ({ drivers }: Config): string => `
## A bucket

Nothing lasts on GitHub's machines but a bucket, and this repository has none yet: its environment \`local\` keeps everything in a folder.
Add an environment to \`ingestion-config.yaml\`, such as

\`\`\`yaml
environments:
  dev:
    bucket: LOCATION
\`\`\`

where LOCATION is ${locationText(
  drivers.filter(({ schemes }) => schemes.length > 0),
  'bucket',
)}. Then remove this file, and run \`npm run generate\` and \`npx tidemill init\`: it adds the packages that are missing, and writes the next steps for that bucket.
`;

function environmentSection(environment: Environment, config: Config, used: readonly KnownConnector[]): string {
  const { name } = environment;
  const parts = [
    ...placesOf(environment, config).flatMap(([driver, location]) => setupParts(driver, location, name)),
    ...secretsText(name, config, used),
  ];
  const begin = `The environment of that name at GitHub, which keeps its secrets and variables:

\`\`\`sh
gh api --method PUT "repos/{owner}/{repo}/environments/${name}" --silent
\`\`\``;
  const end = `Whether all is there: \`npx tidemill doctor --environment ${name}\`.`;
  return `\n## The environment \`${name}\`\n\n${[begin, ...new Set(parts), end].join('\n\n')}\n`;
}

export function placesOf({ bucket, warehouses, events }: Environment, { drivers }: Config): [Driver, string][] {
  const all = [
    ['bucket', bucket] as const,
    ...Array.from(warehouses.values(), (location) => ['warehouse', location] as const),
    ...events.map((location) => ['events', location] as const),
  ];
  return all.flatMap(([kind, location]): [Driver, string][] => {
    const driver = driverOf(drivers, kind, location);
    return driver === undefined ? [] : [[driver, location]];
  });
}

/** `setup.md` of a driver, with the names of the place; two drivers of one vendor share parts, which are told once. */
export function setupParts({ folder }: Driver, location: string, environment: string): string[] {
  const { host = '', pathname = '' } = URL.parse(location) ?? {};
  const values: Readonly<Record<string, string>> = {
    ...{ location: withoutPassword(location), environment, host },
    path: pathname.replaceAll(/^\/|\/$/g, ''),
    slug: environment.replaceAll('_', '-'),
  };
  const text = fileText(join(folder, 'setup.md'));
  const filled = text.replaceAll(/\{(\w+)\}/g, (place, word: string) => values[word] ?? place);
  return filled === '' ? [] : filled.split('\n---\n').map((part) => part.trim());
}

/** A location as everybody may read it: a configuration may have a password in it, and nothing that is made of it. */
export const withoutPassword = (location: string): string => location.replace(/^([^:/]+:\/\/[^/@:]*):[^/@]*@/, '$1@');

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The lines that store what services and commands read; a name that two of them read is told once. */
function secretsText(environment: string, config: Config, used: readonly KnownConnector[]): string[] {
  const told = new Set<string>([STATE_KEY]);
  const connectors = used.flatMap((known) => serviceText(environment, known, told));
  const names = [...new Set(config.jobs.flatMap(({ dependencies }) => dependencies))].filter((name) => !told.has(name));
  const programs = names.map((name) => `gh secret set ${name} --env ${environment}`);
  const rotating = used.filter(({ declaration }) => declaration.rotation !== 'never').map(({ service }) => service);
  const key = shell([`openssl rand -base64 32 | gh secret set ${STATE_KEY} --env ${environment}`]);
  return [
    ...(rotating.length === 0
      ? []
      : [`What the refresh tokens of ${rotating.join(', ')} are encrypted with:\n\n${key}`]),
    ...connectors,
    ...(programs.length === 0 ? [] : [`What programs read:\n\n${shell(programs)}`]),
  ];
}

function serviceText(environment: string, { service, package: name, declaration }: KnownConnector, told: Set<string>) {
  const wanted = neededBy(declaration).filter((credential) => !told.has(credential));
  const lines = declaration.credentials
    .filter((credential) => wanted.includes(credential.name))
    .flatMap((credential) => [
      ...(credential.description === '' ? [] : [`# ${credential.description}`]),
      `gh ${credential.secret === false ? 'variable' : 'secret'} set ${credential.name} --env ${environment}`,
    ]);
  for (const credential of wanted) told.add(credential);
  const where = `\`node_modules/${name}/README.md\` says where it comes from; each command asks for the value`;
  return lines.length === 0 ? [] : [`What \`${service}\` reads (${where}):\n\n${shell(lines)}`];
}

const shell = (lines: readonly string[]): string => `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;

const scheduleText = (schedule: Choices['schedule'], environment: string): string =>
  schedule === 'on'
    ? `From now on an hourly plan asks what is owed in \`${environment}\`:\n\n${switchOn(environment)}\n\nIt is off again without that variable.`
    : `It is off. This switches it on: from then on an hourly plan asks what is owed in \`${environment}\`.\n\n${switchOn(environment)}`;

const switchOn = (environment: string): string => shell([`gh variable set TIDEMILL_ENVIRONMENT --body ${environment}`]);
