/** The package.json of a repository: what Tidemill needs in it, added to what is there. Pure. */
import { TidemillError } from '@tidemill/kit';
import type { Config } from '../config/job.ts';
import { driversUsed, isOurs, packagesFor } from '../drivers/use.ts';
import { type KnownConnector, usedBy } from './catalog.ts';

type Packages = Readonly<Record<string, string>>;

export interface Needs {
  /** On every machine. */
  readonly dependencies: Packages;
  /** Only where a person sits. */
  readonly devDependencies: Packages;
}

export interface Versions {
  /** Of the packages. */
  readonly version: string;
  /** Of Node, as a range. */
  readonly node: string;
}

/** Beside the command line: what speaks to GitHub, and what draws the history page. */
const ALWAYS = ['tidemill', '@tidemill/github', '@tidemill/site'];

const SCRIPTS = {
  start: 'tidemill run --group starter --environment local --explore',
  plan: 'tidemill plan',
  validate: 'tidemill validate',
  generate: 'tidemill generate',
  'new-connector': 'tidemill new-connector',
};

/** The packages that a configuration needs, in the version that is told. */
export function needsOf(config: Config, connectors: readonly KnownConnector[], version: string): Needs {
  const { drivers, environments } = config;
  // One from elsewhere is installed, or the configuration could not have been read.
  const of = (names: (name: string) => boolean): string[] => {
    const environmentsOf = [...environments.values()].filter(({ name }) => names(name));
    const open = environmentsOf.flatMap((environment) => driversUsed(drivers, environment));
    return packagesFor(open, []).filter(isOurs);
  };
  const away = [...environments.keys()].filter((name) => name !== 'local');
  const everywhere = of((name) => name !== 'local' || away.length === 0);
  const used = usedBy(config, connectors);
  const dependencies = [...ALWAYS, ...everywhere, ...used.map((known) => known.package)];
  const here = [...of((name) => name === 'local'), ...used.flatMap(({ signIn }) => signIn ?? [])];
  const wanted = (names: readonly string[]): Packages =>
    Object.fromEntries([...new Set(names)].sort().map((name) => [name, `^${version}`]));
  return {
    dependencies: wanted(dependencies),
    devDependencies: wanted(here.filter((name) => !dependencies.includes(name))),
  };
}

/** Of a repository that has none. */
export function newPackage(name: string, { dependencies, devDependencies }: Needs, { node }: Versions): string {
  return textOf({
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node },
    scripts: SCRIPTS,
    dependencies,
    ...(Object.keys(devDependencies).length === 0 ? {} : { devDependencies }),
  });
}

/** One that is there, with the packages and scripts that it lacks; what it says otherwise stays, and is told. */
export function addedTo(text: string, needs: Needs): { readonly text: string; readonly otherwise: readonly string[] } {
  const before = parsed(text);
  const after: Record<string, unknown> = { ...before };
  const otherwise: string[] = [];
  const add = (field: string, wanted: Packages, sorted: 'sorted' | 'last'): void => {
    const has = entriesIn(before, field);
    const elsewhere = field === 'devDependencies' ? entriesIn(before, 'dependencies') : {};
    const missing = Object.entries(wanted).filter(([name]) => !(name in has) && !(name in elsewhere));
    for (const [name, value] of Object.entries(wanted)) {
      const other = has[name] ?? elsewhere[name];
      if (other !== undefined && other !== value) otherwise.push(`${field}: ${name} is ${other}, not ${value}`);
    }
    if (missing.length === 0) return;
    const all = [...Object.entries(has), ...missing];
    after[field] = Object.fromEntries(sorted === 'sorted' ? all.sort(([a], [b]) => (a < b ? -1 : 1)) : all);
  };
  add('scripts', SCRIPTS, 'last');
  add('dependencies', needs.dependencies, 'sorted');
  add('devDependencies', needs.devDependencies, 'sorted');
  const isSame = JSON.stringify(after) === JSON.stringify(before);
  return { text: isSame ? text : textOf(after, text), otherwise };
}

/** Where connectors of one's own lie. */
const CONNECTORS = 'connectors/*';

/** One whose connectors are linked, and tested by `npm test` where that means nothing else. */
export function withWorkspaces(text: string): string {
  const before = parsed(text);
  const { workspaces = [] } = before;
  // Written as for another package manager: there, one says it oneself.
  const isLinked = !Array.isArray(workspaces) || workspaces.includes(CONNECTORS);
  const scripts = entriesIn(before, 'scripts');
  const after = {
    ...before,
    ...(isLinked ? {} : { workspaces: [...workspaces, CONNECTORS] }),
    ...('test' in scripts ? {} : { scripts: { ...scripts, test: 'vitest run' } }),
  };
  return JSON.stringify(after) === JSON.stringify(before) ? text : textOf(after, text);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new TidemillError('config', 'init-package', 'The package.json that is here is no JSON', {
      hint: 'Mend it, then run this again. Nothing was written.',
      cause,
    });
  }
  throw new TidemillError('config', 'init-package', 'The package.json that is here is no JSON object', {
    hint: 'Mend it, then run this again. Nothing was written.',
  });
}

function entriesIn(manifest: Readonly<Record<string, unknown>>, field: string): Packages {
  const entries = manifest[field];
  return typeof entries === 'object' && entries !== null ? (entries as Packages) : {};
}

/** Indented as the text before was, and with its ends of lines. */
function textOf(manifest: Readonly<Record<string, unknown>>, before = ''): string {
  const [, indent = '  '] = /^\s*\{\r?\n([ \t]+)"/.exec(before) ?? [];
  const text = `${JSON.stringify(manifest, undefined, indent)}\n`;
  return before.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}
