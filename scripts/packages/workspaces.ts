/** The workspaces that are published, and where each file of theirs lies in its package. */
import { readdir, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { asPublished, type Published } from './code.ts';
import type { Manifest } from './manifest.ts';

export interface Workspace {
  /** Of the project. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** What is published of it, but for its manifest: paths in the project, in their order. */
  readonly files: readonly string[];
}

/** What a machine or a person installs; the rest of the project makes it. */
const HOMES = ['orchestrator', 'connectors', 'create', 'test'];
const NOT_PUBLISHED = /\.test\.ts$|(^|\/)package\.json$/;

/** A file belongs to the innermost workspace around it. Where that names its `files`, no others are published. */
export async function workspacesIn(root: string): Promise<Workspace[]> {
  const all = (await Promise.all(HOMES.map((home) => filesBelow(root, join(root, home))))).flat().sort();
  const { workspaces } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { workspaces: string[] };
  const isWorkspace = (folder: string): boolean => workspaces.some((pattern) => posix.matchesGlob(folder, pattern));
  const folders = all
    .flatMap((path) => (path.endsWith('/package.json') ? [posix.dirname(path)] : []))
    .filter(isWorkspace);
  const homeOf = (path: string): string | undefined =>
    folders.filter((folder) => path.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length)[0];
  const files = Map.groupBy(
    all.filter((path) => !NOT_PUBLISHED.test(path)),
    homeOf,
  );
  const read = folders.map(async (folder) => {
    const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;
    const named = manifest.files?.map((path) => `${folder}/${path}`);
    return { folder, manifest, files: (files.get(folder) ?? []).filter((path) => named?.includes(path) ?? true) };
  });
  return Promise.all(read);
}

/** Where a file of the project is published; undefined for one that is not. Throws where two would lie at one place. */
export function placesOf(workspaces: readonly Workspace[]): (path: string) => Published | undefined {
  const places = new Map(
    workspaces.flatMap(({ folder, manifest, files }) =>
      [...files, `${folder}/package.json`].map(
        (path) => [path, { package: manifest.name, path: asPublished(path.slice(folder.length + 1)) }] as const,
      ),
    ),
  );
  const taken = Map.groupBy(places, ([, published]) => `${published.package}/${published.path}`);
  for (const [place, sources] of taken) {
    if (sources.length > 1) throw new Error(`${sources.map(([path]) => path).join(' and ')} would both be ${place}`);
  }
  return (path) => places.get(path);
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(root, path);
    return [relative(root, path).split(sep).join('/')];
  });
  return (await Promise.all(found)).flat();
}
