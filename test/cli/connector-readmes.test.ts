/** What the connectors' READMEs tell people to type: with the shipped configuration it works as it is printed. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultList } from '../../orchestrator/config/faults.ts';
import type { Config, Job } from '../../orchestrator/config/job.ts';
import { loadConfig } from '../../orchestrator/config/load.ts';
import { readYaml } from '../../orchestrator/config/yaml-source.ts';
import { installedDrivers } from '../../orchestrator/drivers/find.ts';
import { cronFault } from '../../orchestrator/plan/cron.ts';
import { loadConnector, optionsOf } from '../../orchestrator/run/extract/connector.ts';
import { streamOf } from '../../orchestrator/run/extract/job-stream.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SHIPPED = join(ROOT, 'ingestion-config.yaml');

type Sections = Record<string, Record<string, unknown> | null>;

const readmes = readdirSync(join(ROOT, 'connectors'))
  .filter((name) => !name.startsWith('_'))
  .map((service) => ({ service, text: readFileSync(join(ROOT, 'connectors', service, 'README.md'), 'utf8') }));

/** The contents of its fenced blocks, without the indentation of the list they stand in. */
function blocksOf(text: string, language: string): string[] {
  const fences = text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'));
  return [...fences].map(([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

function parse(text: string): Sections {
  const faults = new FaultList();
  const source = readYaml('block', text, faults);
  faults.raise();
  return source?.value as Sections;
}

/** A configuration, with no groups of jobs beside it, of somebody who has nothing yet but an environment `dev`. */
const EMPTY = join(import.meta.dirname, 'ingestion-config.yaml');
const NOTHING = 'environments:\n  dev:\n    bucket: .tidemill/dev/bucket\nservices: {}\njobs: {}\n';

/** The configuration after the blocks were pasted: what has the name of something replaces it. */
function pasted(blocks: readonly string[], file = SHIPPED): Config {
  const whole = parse(file === EMPTY ? NOTHING : readFileSync(file, 'utf8'));
  for (const block of blocks)
    for (const [section, entries] of Object.entries(parse(block))) whole[section] = { ...whole[section], ...entries };
  const readFile = (path: string): string => (path === file ? JSON.stringify(whole) : readFileSync(path, 'utf8'));
  return loadConfig({
    file,
    readFile,
    checkCron: cronFault,
    drivers: installedDrivers,
    root: dirname(SHIPPED),
  });
}

/** The services of a template have other names than its folder. */
const isOf = ({ services }: Config, name: string, folder: string): boolean =>
  services.get(name)?.package === `@tidemill/${folder}`;

async function optionsFault(config: Config, job: Job): Promise<unknown> {
  const service = config.services.get(job.service);
  if (service === undefined) throw new Error(`${job.id} has no service`);
  return optionsOf(streamOf(await loadConnector(service), job)).safeParse(job.options).error;
}

/** `npx tidemill …`, word by word: in blocks of the shell and in the text. */
const commandsOf = (text: string): string[][] =>
  [...text.matchAll(/\bnpx tidemill ([^`\n]+)/g)].map(([, words = '']) => words.trim().split(/\s+/));

const optionIn = (words: readonly string[], option: string): string | undefined =>
  words.includes(option) ? words[words.indexOf(option) + 1] : undefined;

/** Why the command would be refused; undefined when it would not. */
function refusal([command, name = '', ...options]: readonly string[], { jobs, services }: Config): string | undefined {
  const environment = optionIn(options, '--environment') ?? 'local';
  const isThere = ({ environments }: Job): boolean => environments.length === 0 || environments.includes(environment);
  switch (command) {
    case 'validate':
      return undefined;
    case 'auth': {
      if (!services.has(name)) return `no service ${name}`;
      return jobs.some((job) => job.service === name && isThere(job))
        ? undefined
        : `no job of ${name} in ${environment}`;
    }
    case 'run':
    case 'replay':
    case 'backfill':
    case 'diff': {
      const job = jobs.find(({ id }) => id === name);
      if (job === undefined) return `no job ${name}`;
      return isThere(job) ? undefined : `${name} is not in ${environment}`;
    }
    case 'catalog':
      // `catalog ACTION SERVICE…`; test/cli/catalog*.test.ts try the rest.
      return services.has((options[0] ?? '').split('.')[0] ?? '') ? undefined : `no service ${options[0]}`;
    default:
      return `nobody checks ${command}`;
  }
}

describe.each(readmes)('the README of $service', ({ service, text }) => {
  const blocks = blocksOf(text, 'yaml');
  const config = pasted(blocks);

  it('has examples of configuration that are valid when they are pasted', async () => {
    // Whatever is indented otherwise, or fenced otherwise, would be left out without a word.
    expect(blocks).toHaveLength(text.split('```yaml').length - 1);
    for (const block of blocks) expect(Object.keys(parse(block)), block).not.toEqual([]);
    const ours = config.jobs.filter((job) => isOf(config, job.service, service));
    for (const job of ours) expect(await optionsFault(config, job), job.id).toBeUndefined();
  });

  it('has a job that needs nothing but what stands there', () => {
    const { jobs, services } = pasted(blocks, EMPTY);
    expect(jobs.some((job) => services.has(job.service))).toBe(true);
    expect([...services.values()].map((one) => one.package)).toEqual([`@tidemill/${service}`]);
  });

  it('has commands that work as they are printed', () => {
    const refused = commandsOf(text).flatMap((words) => {
      const reason = refusal(words, config);
      return reason === undefined ? [] : [`npx tidemill ${words.join(' ')}: ${reason}`];
    });
    expect(refused).toEqual([]);
  });

  it('has no command that a shell would not find', () => {
    expect(text.match(/(?<!npx )`?\btidemill run \S+/g)).toBeNull();
  });
});

it('the checks see what they are for', () => {
  const config = pasted([]);
  const refused = (line: string) => refusal(commandsOf(line)[0] ?? [], config);
  expect(refused('npx tidemill run todoist_tasks')).toBe('todoist_tasks is not in local');
  expect(refused('`npx tidemill auth google_sheets --environment dev`')).toBe('no job of google_sheets in dev');
  expect(refused('npx tidemill run nothing --environment dev')).toBe('no job nothing');
  expect(() => pasted(['jobs:\n  - id: a\n    service: garmin\n    data_type: sleep\n'])).toThrow('jobs');
});
