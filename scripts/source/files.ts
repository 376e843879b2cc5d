/** The project's own source files. */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

const NOT_OURS = new Set(['node_modules', '.git', '.tidemill']);
const SOURCE = /\.(ts|mjs)$/;

/** Paths relative to the root, with `/`, in order. Folders that are not there have no files. */
export async function sourceFiles(root: string, folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(folders.map((folder) => filesBelow(join(root, folder))));
  return found
    .flat()
    .map((path) => relative(root, path).replaceAll(sep, '/'))
    .sort();
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesBelow(path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}
