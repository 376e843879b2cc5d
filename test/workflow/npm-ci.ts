/**
 * `npm ci` without a network: what it would install into the folder it is started in, linked from the repository this
 * file belongs to. Only what the lockfile says the chosen workspaces need is there afterwards, so that a workflow which
 * chooses too few fails here as well.
 */
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

interface LockedPackage {
  readonly link?: true;
  readonly resolved?: string;
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const repository = resolve(import.meta.dirname, '../..');
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    omit: { type: 'string', multiple: true, default: [] },
    workspace: { type: 'string', short: 'w', multiple: true, default: [] },
    workspaces: { type: 'boolean', default: false },
    'include-workspace-root': { type: 'boolean', default: false },
    // None are run here in any case.
    'ignore-scripts': { type: 'boolean', default: false },
  },
});
if (positionals.join(' ') !== 'ci') throw new Error(`only "npm ci" is known here, not "npm ${positionals.join(' ')}"`);

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
rmSync('node_modules', { recursive: true, force: true });
const done = new Set<string>();
const everyWorkspace = Object.entries(lock.packages).flatMap(([place, { link }]) =>
  link === true ? [place.replace('node_modules/', '')] : [],
);
const chosen = (values.workspaces ? everyWorkspace : values.workspace).map((name) => {
  const place = `node_modules/${name}`;
  if (lock.packages[place]?.link !== true) throw new Error(`No workspaces found: --workspace=${name}`);
  return place;
});
for (const place of chosen) install(place);
if (chosen.length === 0 || values['include-workspace-root']) installNeeds('');

/** Links a package to its place; of a workspace, to the folder of this checkout, with everything it needs. */
function install(place: string): void {
  if (done.has(place)) return;
  done.add(place);
  const { link, resolved = '' } = lock.packages[place]!;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(link === true ? resolve(resolved) : join(repository, place), place);
  if (link === true) installNeeds(resolved);
}

/** What packages outside the workspaces need, they find where they are linked from. */
function installNeeds(folder: string): void {
  const { dependencies = {}, optionalDependencies = {}, devDependencies = {} } = lock.packages[folder] ?? {};
  const optional = values.omit.includes('optional') ? {} : optionalDependencies;
  const development = values.omit.includes('dev') ? {} : devDependencies;
  for (const name of Object.keys({ ...dependencies, ...optional, ...development })) {
    const nested = `${folder}/node_modules/${name}`;
    const place = lock.packages[nested] === undefined ? `node_modules/${name}` : nested;
    if (lock.packages[place] !== undefined) install(place);
    else if (!(name in optional)) throw new Error(`${name} is not in the lockfile`);
  }
}
