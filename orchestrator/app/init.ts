/** A repository of one's own: the files it begins with, which hold what is one's own and nothing of Tidemill's. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { PackageName } from '../config/fields.ts';
import type { Config } from '../config/job.ts';
import { installedDrivers } from '../drivers/find.ts';
import { knownConnectors } from '../init/catalog.ts';
import { type Answers, type Choices, choicesOf, type Offer } from '../init/choices.ts';
import { configText, groupsText } from '../init/config-text.ts';
import { addedTo, type Needs, needsOf, newPackage } from '../init/package-text.ts';
import { MARK, readmeText } from '../init/readme.ts';
import { notesOn } from '../init/surroundings.ts';
import { templateText } from '../init/templates.ts';
import { declaredBy } from '../run/extract/connector-package.ts';
import { generatedOf, hasSources, secretsIn } from './generate.ts';
import type { Host } from './host.ts';
import { CONFIG_FILE, configAt } from './session.ts';
import { environmentsAway, vanishing } from './vanishing.ts';
import { nodeRange, version } from './version.ts';
import { type PlannedFile, writeAll } from './write-all.ts';

export { type Answered, type Answers, answeredBy, type Offer, questions } from '../init/choices.ts';

const GROUPS_FILE = 'job-groups.yaml';
const EXAMPLE = 'commands/heartbeat.mjs';

export interface InitOptions {
  /** Of the repository, which must not be there or be empty; without it, where this is, whatever is there. */
  readonly folder?: string | undefined;
  readonly answers: Answers;
}

/** Where the repository is to be, and what is there already. */
export interface Place {
  /** Absolute. */
  readonly root: string;
  /** Of the package. */
  readonly name: string;
  /** Whether its configuration is there, which answers every question. */
  readonly isConfigured: boolean;
}

export interface InitAnswer {
  /** Relative to the working directory; empty where this is it. */
  readonly folder: string;
  /** Files, relative to the repository. */
  readonly written: readonly string[];
  /** Files that are otherwise, and were left: each with what somebody should know. */
  readonly left: readonly { readonly path: string; readonly note: string }[];
  /** What somebody should know besides. */
  readonly notes: readonly string[];
  /** The file with the next steps. */
  readonly steps: string;
}

/** What there is to choose from. */
export const offer = (): Offer => ({ drivers: installedDrivers.own(), connectors: knownConnectors() });

/** Throws a TidemillError of kind `config` where no repository can be. */
export function placeOf(host: Pick<Host, 'cwd'>, folder: string | undefined): Place {
  const root = resolve(host.cwd, folder ?? '.');
  if (hasSources(root)) {
    throw new TidemillError('config', 'init-of-sources', `${root} has the sources of Tidemill`, {
      hint: 'Name a folder that is to be made, elsewhere: tidemill init my-data',
    });
  }
  if (folder !== undefined) checkNew(root);
  const name = packageNameOf(root, folder);
  return { root, name, isConfigured: existsSync(join(root, CONFIG_FILE)) };
}

function checkNew(root: string): void {
  const there = namesIn(root).filter((name) => name !== '.git');
  if (there.length === 0) return;
  throw new TidemillError('config', 'init-folder', `${root} is there, and is not empty`, {
    hint: 'Name another folder; or go there and run `npx tidemill init`, which adds to what is there. Nothing was written.',
  });
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new TidemillError('config', 'init-folder', `${root} cannot be a repository (${code})`, {
      hint: 'Name another folder. Nothing was written.',
      cause,
    });
  }
}

/** Names that npm takes from nobody, or that would be a package which depends on itself. */
const TAKEN = /^(node_modules|favicon\.ico|tidemill|create-tidemill)$/;

function packageNameOf(root: string, folder: string | undefined): string {
  const name = basename(root);
  const isFit = PackageName.safeParse(name).success && !TAKEN.test(name);
  if (isFit) return name;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
  const words = plain.replaceAll(/^[._-]+|[._-]+$/g, '').slice(0, 200);
  const near = words === '' || TAKEN.test(words) ? 'my-data' : words;
  if (folder === undefined) return near;
  throw new TidemillError(
    'config',
    'init-name',
    `No npm package can be called "${name}", and the folder gives it its name`,
    {
      hint: `Did you mean "${near}"? Lower-case letters, digits, "-", "_" and "." make a name.`,
    },
  );
}

/** Writes all of it or nothing. What is there stays as it is; a package.json gets what it lacks. */
export async function init(host: Host, { folder, answers }: InitOptions): Promise<InitAnswer> {
  const place = placeOf(host, folder);
  const from = offer();
  const choices = choicesOf(answers, from);
  const { files, notes, steps } = await repositoryOf(host, place, choices, from);
  // On Windows git may have given a file other ends of lines.
  const isThere = ({ path, text, mayChange }: Wanted): boolean => {
    const before = textIn(place.root, path);
    return (mayChange ? before : before?.replaceAll('\r\n', '\n')) === text;
  };
  const wanted = files.filter((file) => !isThere(file));
  const left = wanted.filter(({ path, mayChange }) => !mayChange && textIn(place.root, path) !== undefined);
  host.interrupted.throwIfAborted();
  writeAll(
    host,
    place.root,
    wanted.filter((file) => !left.includes(file)),
  );
  return {
    folder: relative(host.cwd, place.root),
    written: wanted.filter((file) => !left.includes(file)).map(({ path }) => path),
    left: left.map((file) => ({ path: file.path, note: noteOn(file, textIn(place.root, file.path) ?? '') })),
    notes: [
      ...(place.isConfigured && Object.keys(answers).some((name) => name !== 'schedule') ? [ANSWERED] : []),
      ...notes,
    ],
    steps,
  };
}

const ANSWERED = `${CONFIG_FILE} was there: it says where data goes and what runs, and nothing else that was said did`;

interface Repository {
  readonly files: readonly Wanted[];
  readonly notes: readonly string[];
  readonly steps: string;
}

/** Everything follows from the configuration: the one that is there, or the one that is to be. */
async function repositoryOf(host: Host, place: Place, choices: Choices, from: Offer): Promise<Repository> {
  const { root, name, isConfigured } = place;
  const begun: PlannedFile[] = isConfigured
    ? []
    : [
        { path: GROUPS_FILE, text: groupsText(templateText(GROUPS_FILE), choices, from) },
        { path: EXAMPLE, text: templateText('heartbeat.mjs') },
        // Behind what it names: where it is, those are.
        { path: CONFIG_FILE, text: configText(templateText(CONFIG_FILE), choices, from) },
      ];
  const config = configIn(host, root, begun);
  const needs = needsOf(config, from.connectors, version);
  const { file: manifest, otherwise } = packageFile(root, name, needs);
  const steps = stepsFile(root);
  const readme = { name, config, connectors: from.connectors, schedule: choices.schedule };
  const note = vanishing(config, environmentsAway(config));
  return {
    files: [
      manifest,
      { path: '.gitignore', text: templateText('gitignore') },
      ...begun,
      ...(await workflowsOf(config, root, from)),
      { path: steps, text: readmeText(readme) },
    ],
    notes: [...otherwise, ...(note === undefined ? [] : [note]), ...notesOn(root)],
    steps,
  };
}

/** As it will be: what is there comes before what is to be written. */
function configIn(host: Host, root: string, begun: readonly PlannedFile[]): Config {
  const planned = new Map(begun.map(({ path, text }) => [join(root, path), text]));
  const readFile = (file: string): string => {
    const text = planned.get(file);
    return text === undefined || host.isFile(file) ? host.readFile(file) : text;
  };
  return configAt(host, join(root, CONFIG_FILE), readFile);
}

/** Connectors that are not installed yet say in the catalogue what they read. */
async function workflowsOf(config: Config, root: string, { connectors }: Offer): Promise<Wanted[]> {
  const secrets = await secretsIn(config, root, (service) => {
    return connectors.find((known) => known.package === service.package)?.declaration ?? declaredBy(service, root);
  });
  return generatedOf(config, root, secrets);
}

function packageFile(root: string, name: string, needs: Needs) {
  const path = 'package.json';
  const before = textIn(root, path);
  if (before === undefined) {
    return { file: { path, text: newPackage(name, needs, { version, node: nodeRange }) }, otherwise: [] };
  }
  const { text, otherwise } = addedTo(before, needs);
  return { file: { path, text, mayChange: true as const }, otherwise: otherwise.map((line) => `${path}, ${line}`) };
}

/** A README of somebody's own says other things: the steps are told beside it. */
function stepsFile(root: string): string {
  const readme = textIn(root, 'README.md');
  return readme === undefined || readme.includes(MARK) ? 'README.md' : 'TIDEMILL.md';
}

interface Wanted extends PlannedFile {
  /** What is there is somebody's own. */
  readonly isTaken?: boolean;
}

function noteOn({ path, text: wanted, isTaken }: Wanted, before: string): string {
  if (isTaken) return 'is there, and is not Tidemill’s: give it another name, and `npx tidemill generate` writes ours';
  if (path.startsWith('.github/')) return 'is there and differs: `npx tidemill generate` writes it anew';
  if (path !== '.gitignore') return 'is there and differs';
  const has = before.split(/\r?\n/);
  const missing = wanted.split('\n').filter((line) => line !== '' && !has.includes(line));
  return missing.length === 0 ? 'is there, and has all it needs' : `is there: add ${missing.join(', ')}`;
}

function textIn(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new TidemillError('config', 'init-unreadable', `${join(root, path)} cannot be read (${code})`, {
      hint: 'Mend that, or choose another folder. Nothing was written.',
      cause: error,
    });
  }
}
