/** What `npm ci` needs to work on machines other than the one that wrote the lockfile, and what it brings there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, Locked>>;

const packagesIn = (text: string): Packages => (JSON.parse(text) as { packages: Packages }).packages;

/** Faults of a lockfile, each as a sentence. */
function faultsOf(text: string): string[] {
  const packages = packagesIn(text);
  const names = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  return Object.entries(packages).flatMap(([path, { resolved, optionalDependencies = {}, link }]) => [
    ...(link !== true && resolved !== undefined ? [`${path} names an address to download from`] : []),
    ...Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => `${path} has no entry for ${name}: npm ci stops on the machines that need it`),
  ]);
}

const lockfile = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');

it('names the binaries of every platform, and no address', () => {
  expect(faultsOf(lockfile)).toEqual([]);
});

it('would say so if it did not', () => {
  const entry = '"node_modules/@duckdb/node-bindings-darwin-arm64": {';
  expect(lockfile).toContain(entry);
  expect(faultsOf(lockfile.replace(entry, '"node_modules/elsewhere": {'))).toHaveLength(1);
  expect(faultsOf(lockfile.replace(entry, `${entry} "resolved": "https://example.org/x.tgz",`))).toHaveLength(1);
});

/** Where a package finds another, as Node looks for it: beside itself, and from there outwards. */
function placeOf(packages: Packages, from: string, name: string): string | undefined {
  const folders = from.split('/').map((_, index, all) => `${all.slice(0, all.length - index).join('/')}/`);
  return [...folders, '']
    .map((folder) => `${folder}node_modules/${name}`)
    .find((place) => Object.hasOwn(packages, place));
}

/** What `npm ci --omit=dev -w …` brings for the package in a folder, itself apart. */
function broughtFor(packages: Packages, folder: string, found = new Set<string>()): Set<string> {
  const { dependencies, optionalDependencies } = packages[folder] ?? {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = placeOf(packages, folder, name);
    if (place === undefined || found.has(place)) continue;
    found.add(place);
    broughtFor(packages, packages[place]?.link === true ? (packages[place].resolved ?? '') : place, found);
  }
  return found;
}

/** A vendor's library that only a person's sign-in needs, and what it is made of. */
const FOR_SIGN_IN = ['garmin-connect', 'axios', 'lodash', 'crypto', 'crypto-js'];

/** `FOLDER brings PACKAGE`, for each workspace but those that are for signing in. */
function neededByNoLeg(text: string): string[] {
  const packages = packagesIn(text);
  const workspaces = Object.keys(packages).filter((path) => path !== '' && !/(^|\/)node_modules\//.test(path));
  return workspaces
    .filter((folder) => !folder.endsWith('/sign-in'))
    .flatMap((folder) => [...broughtFor(packages, folder)].map((place) => ({ folder, place })))
    .filter(({ place }) => FOR_SIGN_IN.includes(place.replace(/^.*node_modules\//, '')))
    .map(({ folder, place }) => `${folder} brings ${place}`);
}

it('brings no leg what only signing in needs', () => {
  expect(neededByNoLeg(lockfile)).toEqual([]);
});

it('would say so if it did', () => {
  const packages = packagesIn(lockfile);
  const garmin = packages['connectors/garmin'];
  const needing = (name: string): string[] => {
    const dependencies = { ...garmin?.dependencies, [name]: '*' };
    return neededByNoLeg(
      JSON.stringify({ packages: { ...packages, 'connectors/garmin': { ...garmin, dependencies } } }),
    );
  };
  expect(needing('lodash')).toEqual(['connectors/garmin brings node_modules/lodash']);
  expect(needing('@tidemill/garmin-sign-in')).toContain('connectors/garmin brings node_modules/axios');
});

/** What npm prints when it installs a package that asks for a Node other than the one npm runs on. */
function saidOf(npmrc: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'npmrc-'));
  mkdirSync(join(folder, 'later'));
  writeFileSync(join(folder, '.npmrc'), npmrc);
  writeFileSync(
    join(folder, 'later/package.json'),
    '{ "name": "later", "version": "1.0.0", "engines": { "node": "99" } }',
  );
  writeFileSync(join(folder, 'package.json'), '{ "dependencies": { "later": "file:later" } }');
  // An npm that runs this hands its own settings on in variables, which come before those of a folder.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_loglevel$/i.test(name)));
  const { status, stdout, stderr } = spawnSync('npm', ['install', '--offline'], { cwd: folder, encoding: 'utf8', env });
  expect(status).toBe(0);
  return `${stdout}${stderr}`;
}

it('npm says nothing of a Node that is too old for what it installs, since it brings one', () => {
  const npmrc = readFileSync(new URL('../../.npmrc', import.meta.url), 'utf8');
  expect(saidOf(npmrc)).not.toContain('EBADENGINE');
  expect(saidOf(npmrc.replace('loglevel', '# loglevel'))).toContain('EBADENGINE');
});
