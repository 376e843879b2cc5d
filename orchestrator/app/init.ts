/** A repository of one's own: the files it begins with, which hold what is one's own and nothing of Tidemill's. */
import { join, relative } from 'node:path';
import type { Config } from '../config/job.ts';
import { installedDrivers } from '../drivers/find.ts';
import { checkManager, ignoring, notesBeside, readmeAmong } from '../init/beside.ts';
import { knownConnectors } from '../init/catalog.ts';
import { type Answers, type Choices, choicesOf, type Offer } from '../init/choices.ts';
import { configText, groupsText } from '../init/config-text.ts';
import { addedTo, commandsIn, type Needs, needsOf, newPackage } from '../init/package-text.ts';
import { readmeText, writtenHere } from '../init/readme.ts';
import { templateText } from '../init/templates.ts';
import { declaredBy } from '../run/extract/connector-package.ts';
import { generatedOf, secretsIn } from './generate.ts';
import type { Host } from './host.ts';
import { belowNote, besideIn, namesIn, textIn } from './init-folder.ts';
import { type Place, placeOf } from './init-place.ts';
import { CONFIG_FILE, configAt } from './session.ts';
import { environmentsAway, vanishing } from './vanishing.ts';
import { nodeRange, version } from './version.ts';
import { type PlannedFile, writeAll } from './write-all.ts';

export { type Answered, type Answers, answeredBy, type Offer, questions } from '../init/choices.ts';
export { type Place, placeOf } from './init-place.ts';

const GROUPS_FILE = 'job-groups.yaml';
const EXAMPLE = 'commands/heartbeat.mjs';

export interface InitOptions {
  /** Of the repository, which must not be there or be empty; without it, where this is, whatever is there. */
  readonly folder?: string | undefined;
  readonly answers: Answers;
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
  /** What to type next, in the repository. */
  readonly next: readonly string[];
  /** The file with the steps after those; undefined where it was left, and has others. */
  readonly steps: string | undefined;
}

/** What there is to choose from. */
export const offer = (): Offer => ({ drivers: installedDrivers.own(), connectors: knownConnectors() });

/** Writes all of it or nothing. What is there stays as it is; a package.json gets what it lacks. */
export async function init(host: Host, { folder, answers }: InitOptions): Promise<InitAnswer> {
  const place = placeOf(host, folder);
  const from = offer();
  const choices = choicesOf(answers, from);
  const { files, notes, steps, commands } = await repositoryOf(
    host,
    place,
    { ...choices, ...scheduleOf(place, answers) },
    from,
  );
  // On Windows git may have given a file other ends of lines.
  const isThere = ({ path, text }: Wanted): boolean => plain(textIn(place.root, path)) === plain(text);
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
    next: ['npm install', ...(left.some(isStale) ? [commands.generate] : []), commands.start],
    steps: left.some(({ path }) => path === steps) ? undefined : steps,
  };
}

const plain = (text: string | undefined): string | undefined => text?.replaceAll('\r\n', '\n');

/** What was said of it before, where nothing is said now. */
function scheduleOf({ root }: Place, { schedule }: Answers): Partial<Choices> {
  const before = writtenHere(textIn(root, stepsFile(root, namesIn(root))) ?? '');
  return schedule === undefined && before !== undefined ? { schedule: before.schedule } : {};
}

const ANSWERED = `${CONFIG_FILE} was there: it says where data goes and what runs, and nothing else that was said did`;

interface Repository {
  readonly files: readonly Wanted[];
  readonly notes: readonly string[];
  readonly steps: string;
  readonly commands: ReturnType<typeof commandsIn>;
}

/** Everything follows from the configuration: the one that is there, or the one that is to be. */
async function repositoryOf(host: Host, place: Place, choices: Choices, from: Offer): Promise<Repository> {
  const { root, name, isConfigured } = place;
  const beside = besideIn(root);
  checkManager(beside);
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
  const steps = stepsFile(root, beside.names);
  const commands = commandsIn(textIn(root, 'package.json'));
  const readme = { name, config, connectors: from.connectors, schedule: choices.schedule, commands };
  const note = vanishing(config, environmentsAway(config));
  return {
    files: [
      manifest,
      { path: '.gitignore', text: ignoring(beside.gitignore ?? '', templateText('gitignore')), mayChange: true },
      ...begun,
      ...(await workflowsOf(config, root, from)),
      { path: steps, text: readmeText(readme), ...mayBeWrittenAnew(root, steps) },
    ],
    notes: [...otherwise, ...notesBeside(beside), ...belowNote(root), ...(note === undefined ? [] : [note])],
    ...{ steps, commands },
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
function stepsFile(root: string, names: readonly string[]): string {
  const readme = readmeAmong(names);
  const isOurs =
    readme === undefined || (readme === 'README.md' && writtenHere(textIn(root, readme) ?? '') !== undefined);
  return isOurs ? 'README.md' : 'TIDEMILL.md';
}

/** Steps in which nobody has changed a word are of the configuration as it was. */
const mayBeWrittenAnew = (root: string, steps: string): { readonly mayChange?: true } =>
  writtenHere(textIn(root, steps) ?? '')?.isChanged === false ? { mayChange: true } : {};

interface Wanted extends PlannedFile {
  /** What is there is somebody's own. */
  readonly isTaken?: boolean;
}

const isWorkflow = (path: string): boolean => path.startsWith('.github/');

/** A workflow of ours that is another one than the configuration asks for. */
const isStale = ({ path, isTaken }: Wanted): boolean => isWorkflow(path) && isTaken !== true;

function noteOn(file: Wanted, before: string): string {
  if (isStale(file)) return 'is there and differs: `npx tidemill generate` writes it anew';
  if (file.isTaken)
    return 'is there, and is not Tidemill’s: give it another name, and `npx tidemill generate` writes ours';
  if (writtenHere(before) !== undefined)
    return 'was changed since: remove it, and run this again, for the steps of what is configured now';
  return 'is there and differs';
}
