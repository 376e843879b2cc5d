/** The project as texts, and what its rules are made of. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { withoutComments } from '../../scripts/source/scan.ts';

/** Texts by path, relative to the project's root, with `/`. */
export type Tree = ReadonlyMap<string, string>;

export interface Rule {
  readonly rule: string;
  readonly because: string;
  /** What is wrong, as `path: what`; empty when the rule holds. */
  readonly violations: (tree: Tree) => string[];
  /** Made-up files, each set of which breaks the rule. */
  readonly broken: readonly Readonly<Record<string, string>>[];
}

const READ = /\.(ts|mjs|md|yaml|yml)$|(^|\/)package\.json$/;
const FOLDERS = ['orchestrator', 'connectors', 'create', 'scripts', 'test', 'bench', 'docs', '.github'];
const NOT_OURS = new Set(['node_modules', '.tidemill']);

/** Every file of ours that a rule may be about. */
export async function readTree(root: string): Promise<Tree> {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const below = await Promise.all(folders.map((folder) => pathsBelow(root, folder)));
  const paths = [...(await readdir(root)), ...below.flat()].filter((path) => READ.test(path)).sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)),
  );
}

async function pathsBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return NOT_OURS.has(entry.name) ? [] : pathsBelow(root, path);
  });
  return (await Promise.all(found)).flat();
}

export interface Import {
  /** As written, or undefined for one that is computed. */
  readonly specifier: string | undefined;
  /** `type` imports are gone when the code runs; a `lazy` one may find nothing there, and the others still work. */
  readonly kind: 'type' | 'value' | 'lazy';
  /** For one of our own files its path, otherwise the name of the package. */
  readonly target: string;
}

const STATIC = /^\s*(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?\bfrom\s+)?'([^'\n]+)'/gm;
const DYNAMIC = /\bimport\(\s*(?:'([^'\n]+)'\s*\))?/g;

export function importsOf(path: string, text: string): Import[] {
  const code = withoutComments(text);
  const fixed = [...code.matchAll(STATIC)].map(([, type, specifier = '']) => ({
    specifier,
    kind: type === undefined ? ('value' as const) : ('type' as const),
    target: targetOf(path, specifier),
  }));
  const lazy = [...code.matchAll(DYNAMIC)].map(([, specifier]) => ({
    specifier,
    kind: 'lazy' as const,
    target: specifier === undefined ? '' : targetOf(path, specifier),
  }));
  return [...fixed, ...lazy];
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('node:')) return specifier;
  const depth = specifier.startsWith('@') ? 2 : 1;
  return specifier.split('/').slice(0, depth).join('/');
}

const TEST = /\.test\.ts$/;

/** What runs in repositories that begin with it, and not here. */
const TEMPLATE = /^orchestrator\/init\/templates\//;

/** TypeScript that runs in production, tools and tests apart. */
export const isProduct = (path: string): boolean =>
  /^(orchestrator|connectors)\/.*\.(ts|mjs)$/.test(path) &&
  !TEST.test(path) &&
  !TEMPLATE.test(path) &&
  !path.endsWith('.d.ts');

/** Where connectors are declared, by their names, of which none begins with `_`; those of `connector-kinds` are what new ones are made of. */
export const connectorOf = (path: string): string | undefined =>
  /^connectors\/(?!_)([^/]+)\//.exec(path)?.[1] ??
  (/^scripts\/connector-kinds\/[^/]+\/connectors\//.test(path) ? 'acme_crm' : undefined);

/** The services of the connectors in the tree, found by listing. */
export function servicesIn(tree: Tree): Set<string> {
  const names = [...tree.keys()].filter((path) => /^connectors\/[^/]+\/package\.json$/.test(path)).map(connectorOf);
  return new Set(names.filter((name) => name !== undefined));
}

export interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: string | Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const manifestAt = (tree: Tree, path: string): Manifest => JSON.parse(tree.get(path) ?? '{}') as Manifest;

/** The `package.json` that a file belongs to. */
export function manifestOf(tree: Tree, path: string): Manifest {
  const folder = posix.dirname(path);
  const own = posix.join(folder, 'package.json');
  return tree.has(own) || folder === '.' ? manifestAt(tree, own) : manifestOf(tree, folder);
}
