/** Code of ours that reads files beside itself finds them in the bundle: they lie there as they do in the project. */
import { cp, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { Plugin } from 'rolldown';

/** The folder of a bundle in which all of its code lies, none deeper. */
export const CHUNKS = 'chunks';

const FOLDERS = ['orchestrator', 'connectors'];
const CODE = /\.(ts|mjs)$|\bREADME\.md$/;

/** Makes `import.meta` of a file of ours the one of its place in the copy. */
export const besidePlugin = (root: string): Plugin => ({
  name: 'beside',
  transform: {
    filter: { id: { exclude: /node_modules/ }, code: /import\.meta\.(url|dirname)/ },
    handler(code, id) {
      const path = relative(root, id).split(sep).join('/');
      const placed = code
        .replaceAll('import.meta.url', `new URL('../${path}', import.meta.url).href`)
        .replaceAll('import.meta.dirname', `(import.meta.dirname + '/../${path.replace(/\/[^/]*$/, '')}')`);
      // Lines stay where they are.
      return { code: placed, map: null };
    },
  },
});

/** Refuses code of others that looks for files beside itself: in a bundle it would find none, or not even know where it is. */
export const othersPlugin = (root: string): Plugin => ({
  name: 'others',
  transform: {
    filter: { id: /node_modules/, code: /\b__(dirname|filename)\b/ },
    handler(code, id) {
      // Who asks whether there is one can do without.
      if (/\btypeof __(dirname|filename)\b/.test(code)) return;
      throw new Error(
        `${relative(root, id)} reads files beside itself, which a bundle does not have: leave its package outside (scripts/bundle/contents.ts)`,
      );
    },
  },
});

/** Copies what is no code into the bundle's folder, and answers the paths, relative to the project's root. */
export async function copyBeside(root: string, folder: string): Promise<string[]> {
  const paths: string[] = [];
  const filter = async (from: string): Promise<boolean> => {
    // A folder without a file is one that is looked into, too.
    if ((await stat(from)).isDirectory()) return basename(from) !== 'node_modules';
    if (CODE.test(from)) return false;
    paths.push(relative(root, from).split(sep).join('/'));
    return true;
  };
  for (const name of FOLDERS) await cp(join(root, name), join(folder, name), { recursive: true, filter });
  return paths;
}
