/** Packages as they are published: one .tgz each. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Manifest } from './manifest.ts';

const tar = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('tar', args, { maxBuffer: 2 ** 26 })).stdout;

/** Its package.json. */
export const manifestIn = async (file: string): Promise<Manifest> =>
  JSON.parse(await tar('-xzOf', file, 'package/package.json')) as Manifest;

/** Paths of its files, as the package has them. */
export const filesIn = async (file: string): Promise<string[]> =>
  (await tar('-tzf', file)).split('\n').flatMap((path) => (path === '' ? [] : [path.replace(/^package\//, '')]));

interface Packed {
  readonly manifest: Manifest;
}

/** Each behind those it depends on: whoever installs meanwhile finds all of a package or nothing. Peers may go round in a circle. */
export function inOrder<P extends Packed>(packages: readonly P[]): P[] {
  const byName = new Map(packages.map((packed) => [packed.manifest.name, packed]));
  const ordered = new Set<P>();
  const add = (packed: P): void => {
    for (const name of Object.keys(packed.manifest.dependencies ?? {})) {
      const needed = byName.get(name);
      if (needed !== undefined && !ordered.has(needed)) add(needed);
    }
    ordered.add(packed);
  };
  for (const packed of packages) add(packed);
  return [...ordered];
}
