/** The README of a repository: the next steps for what its configuration says, with the real names. Pure, but for what drivers bring. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededBy, STATE_KEY } from '@tidemill/kit/credentials';
import type { Config, Environment } from '../config/job.ts';
import { type Driver, driverOf, locationText } from '../drivers/manifest.ts';
import { namesIn } from '../drivers/place-setup.ts';
import { type KnownConnector, usedBy } from './catalog.ts';
import type { Choices } from './choices.ts';
import type { Script } from './package-text.ts';
import { filledIn, templateText } from './templates.ts';

export interface Readme {
  readonly name: string;
  readonly config: Config;
  readonly connectors: readonly KnownConnector[];
  readonly schedule: Choices['schedule'];
  /** How each script of ours is started in this repository. */
  readonly commands: Readonly<Record<Script, string>>;
}

/** The last line: whose the file is, what was said of the schedule, and what the text before it was. */
const MARK = /\n<!-- Written by tidemill init; schedule (on|off); (\w+) -->\s*$/;

const fingerprint = (text: string): string => createHash('sha256').update(text.trimEnd()).digest('hex').slice(0, 16);

const marked = (text: string, schedule: Choices['schedule']): string =>
  `${text.trimEnd()}\n\n<!-- Written by tidemill init; schedule ${schedule}; ${fingerprint(text)} -->\n`;

/** What a file that this wrote says of itself; undefined for one of somebody's own. */
export function writtenHere(
  text: string,
): { readonly schedule: Choices['schedule']; readonly isChanged: boolean } | undefined {
  const lines = text.replaceAll('\r\n', '\n');
  const [mark, schedule, before] = MARK.exec(lines) ?? [];
  if (mark === undefined) return undefined;
  const isChanged = fingerprint(lines.slice(0, -mark.length)) !== before;
  return { schedule: schedule === 'on' ? 'on' : 'off', isChanged };
}

export function readmeText({ name, config, connectors, schedule, commands }: Readme): string {
  const away = [...config.environments.values()].filter((environment) => environment.name !== 'local');
  const first = away[0]?.name;
  const used = usedBy(config, connectors);
  const sections = away.map((environment) => environmentSection(environment, config, used));
  const text = filledIn(templateText('README.md'), {
    ...{ name, start: commands.start, generate: commands.generate },
    create: `gh repo create ${name} --private --source . --push`.padEnd(55),
    environments:
      first === undefined
        ? withoutBucket(config, commands)
        : [walkText(away), ...sections, firstRunText(first), scheduleText(schedule, first)].join('\n'),
    at: first === undefined ? '' : ` --environment ${first}`,
    connector: commands['new-connector'].replace(/^npm .*/, '$& --').concat(' NAME'),
    scope: '@tidemill/',
  });
  return marked(text, schedule);
}

const walkText = (
  away: readonly Environment[],
): string => `This does the rest with you, step by step, and asks before each:

${shell(away.map(({ name }) => `npx tidemill setup --environment ${name}`))}

Or by hand:
`;

const withoutBucket = ({ drivers }: Config, { generate }: Readme['commands']): string => `## A bucket

Nothing lasts on GitHub's machines but a bucket, and this repository has none yet: its environment \`local\` keeps everything in a folder.
So a run on GitHub can be tried, and begins anew each time. Add an environment to \`ingestion-config.yaml\`, such as

\`\`\`yaml
environments:
  dev:
    bucket: LOCATION
\`\`\`

where LOCATION is ${locationText(
  drivers.filter(({ schemes }) => schemes.length > 0),
  'bucket',
)}. Then:

\`\`\`sh
npx tidemill init                   # adds the packages that it needs, and writes here how to set it up, the first run, and the schedule
npm install
${generate}
\`\`\`
`;

const firstRunText = (environment: string): string => `## First run

Actions → Data ingestion → Run workflow, or:

${shell([
  `gh workflow run data-ingestion-orchestrator.yaml -f environment=${environment} -f group=starter`,
  'gh run list --workflow data-ingestion-orchestrator.yaml',
])}

The summary of the run says in its first line what came of it. Ask the tables from here: \`npx tidemill tables --environment ${environment}\`.
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
  return `## The environment \`${name}\`\n\n${[begin, ...new Set(parts), end].join('\n\n')}\n`;
}

export function placesOf({ bucket, warehouses, events }: Environment, { drivers }: Config): [Driver, string][] {
  const all = [
    ['bucket', bucket] as const,
    ...Array.from(warehouses.values(), (location) => ['warehouse', location] as const),
    ...events.map(({ to }) => ['events', to] as const),
  ];
  return all.flatMap(([kind, location]): [Driver, string][] => {
    const driver = driverOf(drivers, kind, location);
    return driver === undefined ? [] : [[driver, location]];
  });
}

/** `setup.md` of a driver, with the names of the place; two drivers of one vendor share parts, which are told once. */
export function setupParts({ folder }: Driver, location: string, environment: string): string[] {
  const values: Readonly<Record<string, string>> = {
    ...namesIn(location),
    ...{ location: withoutPassword(location), environment },
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

const scheduleText = (schedule: Choices['schedule'], environment: string): string => {
  const says =
    schedule === 'on'
      ? [
          `From now on an hourly plan asks what is owed in \`${environment}\`:`,
          'It is off again without that variable.',
        ]
      : [`It is off. This switches it on: from then on an hourly plan asks what is owed in \`${environment}\`.`];
  const [before, ...after] = says;
  return `${['## The schedule', before, switchOn(environment), ...after].join('\n\n')}\n`;
};

const switchOn = (environment: string): string => shell([`gh variable set TIDEMILL_ENVIRONMENT --body ${environment}`]);
