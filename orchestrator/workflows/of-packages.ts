/**
 * The workflows of a repository that has only what is its own, and Tidemill as npm packages. They are the shipped ones, without the bundle
 * that those make of the sources, and written whole: such a repository is upgraded by writing them anew.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Filling, filled, type WorkflowName } from './fill.ts';
import { MADE_BY } from './made-by.ts';

/** Where the shipped ones lie: in a package beside the code, in the sources where GitHub wants them. */
const SHIPPED = [join(import.meta.dirname, 'shipped'), join(import.meta.dirname, '../../.github/workflows')];

export interface OwnWorkflow extends Omit<Filling, 'bundled'> {
  /** Of the packages that the workflows are for. */
  readonly version: string;
  /** The file as it is; undefined where there is none. */
  readonly before: string | undefined;
}

/** The whole text. What people may change in it stays: when its schedules fire. */
export function workflowOfPackages(name: WorkflowName, { version, before, ...filling }: OwnWorkflow): string {
  const edited = EDITS.reduce(
    (text, [pattern, replacement]) => text.replace(pattern, replacement),
    filled(name, shipped(name), { ...filling, bundled: [] }),
  );
  const text = edited.replace(VERSION, `$1${MADE_BY}: '${version}'`);
  return `${HEAD}${withSchedules(text, before)}`;
}

/** What each of them begins with. */
const WRITTEN = '# Written by `npx tidemill generate`';

const HEAD = `${WRITTEN}, whole, so that an upgrade can write it anew. Yours are the times of its schedules;
# everything else is made of ingestion-config.yaml and of the installed packages. Steps of your own belong in a workflow of your own.
#
`;

/** Whether a workflow is one of these, or that of a copy of the sources, which it takes the place of; any other is somebody's own. */
export const isOurs = (text: string): boolean =>
  text.startsWith(WRITTEN) || /^ *# generated:\w|\borchestrator\/bin\/tidemill\b/m.test(text);

/** The version that has written a workflow; undefined for any other. */
export const versionIn = (text: string): string | undefined =>
  new RegExp(`^ +${MADE_BY}: '([^']+)'$`, 'm').exec(text)?.[1];

const VERSION = /^( +)TIDEMILL_BUNDLE: .*$/m;

/** All packages of the repository are installed on each machine, for they are only those it uses; and nothing is made of sources. */
const EDITS: readonly (readonly [RegExp, string])[] = [
  // What this repository writes, and how.
  [/^#\n# `npm run generate` .*\n(?:#.*\n)*/m, ''],
  [/^ *# \/?generated\b.*\n/gm, ''],
  // Steps that fetch, make and look at the bundle, and install what it leaves out.
  [/^ {6}- name: .*\bthe bundle\b.*\n(?: {7,}.*\n)*/gm, ''],
  [/^ +if: steps\.bundle\.outputs\.fits != 'yes'\n/gm, ''],
  [/ && steps\.bundle\.outputs\.fits != 'yes'/g, ''],
  // What the planner has installed is all there is.
  [/^ {6}- name: .*\n {8}id: install\n(?: {7,}.*\n)*/gm, ''],
  [/ && steps\.(?:install|outside)\.outcome != 'failure'/g, ''],
  [/^ *#.*\bbundle\b.*\n/gm, ''],
  [/^ +env:\n(?: +#.*\n)* +INSTALL: .*\n/gm, ''],
  [/(\bnpm ci --omit=dev --ignore-scripts) .*$/gm, '$1'],
  [/^( +)cache: \$.*$/gm, '$1cache: npm'],
  [/^( +)(node-version: \d+\n)(?! +(?:#|cache:))/gm, '$1$2$1cache: npm\n'],
  [/\borchestrator\/bin\//g, 'node_modules/tidemill/bin/'],
];

function shipped(name: WorkflowName): string {
  for (const folder of SHIPPED) {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name} is in none of ${SHIPPED.join(', ')}`);
}

const CRON = /^( *- cron: )(.*)$/gm;

/** With the times of the schedules as they were, and with as many of them. */
function withSchedules(text: string, before = ''): string {
  const times = [...before.matchAll(CRON)].map(([, , time = '']) => time);
  const [last] = [...text.matchAll(CRON)].slice(-1);
  return text.replace(CRON, (line, start: string, _, at: number) => {
    const own = at === last?.index ? times.splice(0) : times.splice(0, 1);
    return own.length === 0 ? line : own.map((time) => `${start}${time}`).join('\n');
  });
}
