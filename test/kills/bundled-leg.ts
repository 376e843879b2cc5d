/** The leg as a bundle, made once for thousands of processes: each of them starts in half of the time. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHUNKS } from '../../scripts/bundle/beside.ts';
import { buildBundle } from '../../scripts/bundle/build.ts';

export interface Leg {
  /** What Node runs. */
  readonly program: string;
  /** Where the invented source is, a URL. */
  readonly source: string;
}

const ROOT = join(import.meta.dirname, '../..');

/** Bundles the sources as they are now; the bundle goes with what is answered. */
export async function bundleLeg(): Promise<AsyncDisposable & Leg> {
  // Below the project, where it finds the packages that are not in it.
  const home = join(ROOT, '.tidemill');
  await mkdir(home, { recursive: true });
  const folder = await mkdtemp(join(home, 'kills-'));
  const entries = { leg: join(import.meta.dirname, 'leg.ts'), source: join(import.meta.dirname, 'source.ts') };
  await buildBundle({ root: ROOT, folder, commit: undefined, entries });
  return {
    program: join(folder, CHUNKS, 'leg.js'),
    source: pathToFileURL(join(folder, CHUNKS, 'source.js')).href,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
