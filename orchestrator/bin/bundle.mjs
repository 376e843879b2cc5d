/** The bundle that `npm run bundle` made, where one is named and fits. Plain JavaScript: to read TypeScript is what a bundle saves. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stackOf } from './stack.mjs';

const ROOT = join(import.meta.dirname, '../..');

/** See bundle.d.mts. */
export async function loadBundle(env) {
  const { entry, bundled, fault } = bundleIn(env);
  if (entry === undefined) return { fault };
  try {
    const { start } = await import(entry);
    if (start === undefined) return { fault: notUsed(env, 'it has no command line') };
    // Node's own way, --enable-source-maps, reads the map of each file that is loaded: a tenth of the start. This is asked for a stack.
    Error.prepareStackTrace = stackOf;
    return { start: (args) => start(args, bundled) };
  } catch (error) {
    return { fault: notUsed(env, `it cannot be loaded (${error.message})`) };
  }
}

const bundleIn = (env) =>
  // On a machine of the workflow a step has looked at it before; a person's may have changed in any way.
  env.GITHUB_SHA ? found(env, otherCommit) : found(env, (...args) => otherSources(...args) ?? damage(...args));

/** See bundle.d.mts. */
export const wholeBundleIn = (env) =>
  found(env, (...args) => (env.GITHUB_SHA ? otherCommit : otherSources)(...args) ?? damage(...args));

function found(env, faultOf) {
  if (!env.TIDEMILL_BUNDLE) return {};
  // The workflow names one that its cache may not have.
  if (!existsSync(env.TIDEMILL_BUNDLE))
    return env.GITHUB_SHA ? {} : { fault: notUsed(env, 'there is none; `npm run bundle` makes it') };
  const folder = resolve(env.TIDEMILL_BUNDLE);
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8'));
    const fault = otherNode(manifest) ?? faultOf(manifest, folder, env);
    if (fault !== undefined) return { fault: notUsed(env, fault) };
    return { entry: pathToFileURL(join(folder, manifest.entry)).href, bundled: manifest.bundled };
  } catch (error) {
    return { fault: notUsed(env, `it is damaged (${error.message})`) };
  }
}

const notUsed = ({ TIDEMILL_BUNDLE: folder }, why) => `The bundle in ${folder} is not used: ${why}.`;

function otherNode({ node }) {
  const [major] = process.versions.node.split('.');
  return String(node) === major ? undefined : `it was made by Node ${node}, and this is ${process.version}`;
}

const otherCommit = ({ commit }, _, { GITHUB_SHA: here }) =>
  commit === here ? undefined : `it was made of commit ${commit ?? 'nobody knows which'}, and this is ${here}`;

const otherSources = ({ sources, digest }) =>
  digestOf(ROOT, sources) === digest ? undefined : 'the sources are others by now; `npm run bundle` makes it anew';

const damage = ({ files, contents }, folder) =>
  digestOf(folder, files) === contents ? undefined : 'it is damaged (files of it are not what they were)';

/** See bundle.d.mts. */
export function digestOf(root, files) {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  for (const path of files) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}
