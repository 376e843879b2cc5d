/** The bundle that `npm run bundle` made, where one is named and fits. Plain JavaScript: to read TypeScript is what a bundle saves. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');

/** See bundle.d.mts. */
export async function loadBundle(env) {
  const { entry, bundled, fault } = bundleIn(env);
  if (entry === undefined) return { fault };
  try {
    const { start } = await import(entry);
    return { start: (args) => start(args, bundled) };
  } catch (error) {
    return { fault: `The bundle in ${env.TIDEMILL_BUNDLE} is not used: it cannot be loaded (${error.message}).` };
  }
}

/** See bundle.d.mts. */
export function bundleIn(env) {
  const named = env.TIDEMILL_BUNDLE;
  if (!named || !existsSync(named)) return {};
  const folder = resolve(named);
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8'));
    const fault = faultOf(folder, manifest, env);
    if (fault !== undefined) return { fault: `The bundle in ${named} is not used: ${fault}.` };
    return { entry: pathToFileURL(join(folder, manifest.entry)).href, bundled: manifest.bundled };
  } catch (error) {
    return { fault: `The bundle in ${named} is not used: it is damaged (${error.message}).` };
  }
}

function faultOf(folder, { node, commit, sources, digest, files }, { GITHUB_SHA: here }) {
  const [major] = process.versions.node.split('.');
  if (String(node) !== major) return `it was made by Node ${node}, and this is ${process.version}`;
  if (here && commit !== here) return `it was made of commit ${commit ?? 'nobody knows which'}, and this is ${here}`;
  // Where nobody says which commit this is, the sources are compared themselves: a person may have changed them.
  if (!here && bundleDigest(ROOT, sources) !== digest)
    return 'the sources are others by now; `npm run bundle` makes it anew';
  const other = Object.entries(files).find(([path, size]) => statSync(join(folder, path)).size !== size);
  return other === undefined ? undefined : `it is damaged (${other[0]} has another size)`;
}

/** See bundle.d.mts. */
export function bundleDigest(root, sources) {
  const hash = createHash('sha256');
  for (const path of sources) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}
