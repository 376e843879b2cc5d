/**
 * One bundle of the command line, our connectors and our drivers, which a machine starts in a fraction of the time: its files are few, and
 * what one command needs is not read for another. What the core finds by name it finds in the bundle first, by Node's own resolution.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { digestOf } from '../../orchestrator/bin/bundle.mjs';
import { besidePlugin, CHUNKS, copyBeside, othersPlugin } from './beside.ts';

import { contentsOf } from './contents.ts';
import { httpPlugin, undiciPlugin } from './lean.ts';
import { type Packages, workspacesIn } from './lockfile.ts';
import { chunkOf, type OwnPackage, packagesLoadedByName, writePackage } from './packages.ts';

export interface BundleRequest {
  /** Folder of the project, whose packages are installed. */
  readonly root: string;
  /** Where the bundle is to lie: below the project, or what stays outside is not found. */
  readonly folder: string;
  /** Of the sources, where somebody knows. */
  readonly commit: string | undefined;
  /** Further modules that it has, by the names of their chunks: what our own tests start. */
  readonly entries?: Readonly<Record<string, string>>;
}

export interface Built {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Makes the bundle; one that was there before is replaced when it is whole. Throws what the bundler throws, and for a folder of anything
 * else.
 */
export async function buildBundle({ root, folder, commit, entries = {} }: BundleRequest): Promise<Built> {
  const [making, before] = [`${folder}.making`, `${folder}.before`];
  await refuseOtherFiles(folder);
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Packages };
  const { bundled, isOutside } = contentsOf(packages);
  const own = await packagesLoadedByName(root, workspacesIn(packages));
  const modules = await bundleInto(making, { root, own, isOutside, entries });
  await writeFile(join(making, 'package.json'), '{ "type": "module" }\n');
  for (const one of own) await writePackage(making, one);
  const beside = await copyBeside(root, making);
  const sizes = await sizesBelow(making);
  const files = [...sizes.keys()].sort();
  const sources = [...modules, ...beside, 'package-lock.json'].sort();
  const manifest = {
    entry: `${CHUNKS}/main.js`,
    node: Number(process.versions.node.split('.')[0]),
    commit: commit ?? null,
    bundled,
    sources,
    digest: digestOf(root, sources),
    files,
    contents: digestOf(making, files),
  };
  await writeFile(join(making, 'bundle.json'), JSON.stringify(manifest));
  // Out of the way at once: half of a bundle would be no bundle any more.
  await rm(before, { recursive: true, force: true });
  await rename(folder, before).catch(() => undefined);
  await rename(making, folder);
  await rm(before, { recursive: true, force: true });
  return { files: files.length, bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

/** Whoever names another folder by mistake, as `.`, must not lose what lies in it. */
async function refuseOtherFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : ['']));
  // One that a cache has given half may lack its manifest.
  if (names.length === 0 || names.includes('bundle.json') || names.includes(CHUNKS)) return;
  throw new Error(`${folder} is no bundle: name a folder that is not there yet, or remove it first`);
}

interface Bundling {
  readonly root: string;
  readonly own: readonly OwnPackage[];
  readonly isOutside: (specifier: string) => boolean;
  readonly entries: Readonly<Record<string, string>>;
}

/** Answers the paths of our own files that are in it, relative to the root. */
async function bundleInto(folder: string, { root, own, isOutside, entries }: Bundling): Promise<string[]> {
  const packages = own.map((one) => [chunkOf(one), join(root, one.folder, one.manifest.exports)]);
  const bundling = await rolldown({
    cwd: root,
    platform: 'node',
    input: { main: join(root, 'orchestrator/cli/main.ts'), ...Object.fromEntries(packages), ...entries },
    external: isOutside,
    plugins: [besidePlugin(root), othersPlugin(root), httpPlugin, undiciPlugin],
    // Loading a file of these only defines what it exports, and they do not say so: what nobody uses of them is left out.
    treeshake: { moduleSideEffects: [{ test: /node_modules\/@actions\//, sideEffects: false }] },
    onLog(level, log, print) {
      // Of an import that is not found it only warns; it would be missing on every machine.
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      print(level, log);
    },
  });
  const { output } = await bundling.write({
    dir: folder,
    entryFileNames: `${CHUNKS}/[name].js`,
    chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
    // Of the code of others, what its licences ask for.
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: 'hidden',
    sourcemapExcludeSources: true,
    // By the path in the project, wherever the bundle lies.
    sourcemapPathTransform: (source, map) => inProject(root, resolve(dirname(map), source)),
  });
  await bundling.close();
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk');
  // What the bundler asks for by itself is in no lockfile: it would be missing on every machine.
  const helper = chunks.flatMap(({ imports }) => imports).find((name) => name.startsWith('@oxc-project/runtime'));
  if (helper !== undefined) throw new Error(`The bundler makes a call of ${helper}, which nobody installs`);
  const paths = chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => inProject(root, id)));
  return paths.filter((path) => !/^\.\.|(^|\/)node_modules\/|\0|^\//.test(path));
}

const inProject = (root: string, path: string): string => relative(root, path).split(sep).join('/');

/** By path, relative to the folder. */
async function sizesBelow(folder: string): Promise<Map<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = files.map(async (file) => {
    return [inProject(folder, file), (await stat(file)).size] as const;
  });
  return new Map(await Promise.all(sized));
}
