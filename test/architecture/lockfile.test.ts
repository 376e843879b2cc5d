/** What `npm ci` needs to work on machines other than the one that wrote the lockfile. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Faults of a lockfile, each as a sentence. */
function faultsOf(text: string): string[] {
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Locked>> };
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
