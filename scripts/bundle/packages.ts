/** Connectors and drivers of ours as packages in the bundle's own `node_modules`, where Node finds them before any other. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHUNKS } from './beside.ts';

export interface OwnPackage {
  readonly name: string;
  /** Of the project. */
  readonly folder: string;
  readonly manifest: Readonly<Record<string, unknown>> & { readonly exports: string };
}

/** Those that the core imports by a name that it computes: what says of itself under `tidemill` what it is. */
export async function packagesLoadedByName(
  root: string,
  workspaces: ReadonlyMap<string, string>,
): Promise<OwnPackage[]> {
  const all = [...workspaces].map(async ([name, folder]) => {
    const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as OwnPackage['manifest'];
    return manifest['tidemill'] === undefined ? [] : [{ name, folder, manifest }];
  });
  return (await Promise.all(all)).flat();
}

/** The name of the file with its code, without its ending. */
export const chunkOf = ({ name }: OwnPackage): string => name.replace(/^@tidemill\//, '');

/** Writes what stands for it: what is asked of a manifest, and its default export. */
export async function writePackage(bundle: string, own: OwnPackage): Promise<void> {
  const folder = join(bundle, 'node_modules', own.name);
  const { name, version, description, tidemill } = own.manifest;
  const manifest = { name, version, description, type: 'module', exports: './index.js', tidemill };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));
  await writeFile(join(folder, 'index.js'), `export { default } from '../../../${CHUNKS}/${chunkOf(own)}.js';\n`);
}
