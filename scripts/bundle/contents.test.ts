import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineLegs } from '../../orchestrator/app/machine-legs.ts';
import { contentsOf } from './contents.ts';
import type { Packages } from './lockfile.ts';

const workspace = (name: string, dependencies: readonly string[]): Packages => ({
  [name]: { dependencies: Object.fromEntries(dependencies.map((one) => [one, '*'])) },
  [`node_modules/@tidemill/${name}`]: { link: true, resolved: name },
});

const PACKAGES: Packages = {
  ...workspace('core', ['yaml']),
  ...workspace('duck', ['@tidemill/core', 'engine']),
  ...workspace('lake', ['@tidemill/duck']),
  ...workspace('core-sign-in', ['vendor']),
  'node_modules/yaml': {},
  'node_modules/vendor': {},
  'node_modules/engine': { optionalDependencies: { 'engine-linux': '1', 'engine-none': '1' } },
  'node_modules/engine-linux': { os: ['linux'], cpu: ['x64'] },
};

describe('a bundle', () => {
  const { bundled, isOutside } = contentsOf(PACKAGES);

  it('has our packages in it, but those that bring native code, and those that no machine of the fleet runs', () => {
    expect(bundled).toEqual(['@tidemill/core']);
  });

  it.each(['engine', 'engine/lib/x.js', 'engine-linux', '@tidemill/core-sign-in', 'nobody-installs-this'])(
    'leaves %s outside',
    (specifier) => expect(isOutside(specifier)).toBe(true),
  );

  it.each(['yaml', 'yaml/util', '@tidemill/core', '@tidemill/duck', './x.ts', '/x.ts', '../engine', 'fs', 'node:fs'])(
    'leaves %s to the bundler',
    (specifier) => expect(isOutside(specifier)).toBe(false),
  );

  it('takes what is built where it is installed for native, too', () => {
    const built = { ...PACKAGES, 'node_modules/yaml': { hasInstallScript: true } } as const;
    expect(contentsOf(built).bundled).toEqual([]);
  });

  it('leaves what reads files beside itself outside, and what brings that', () => {
    const driven = { ...PACKAGES, ...workspace('pages', ['playwright-core']), 'node_modules/playwright-core': {} };
    const { bundled, isOutside } = contentsOf(driven);
    expect([bundled, isOutside('playwright-core')]).toEqual([['@tidemill/core'], true]);
  });

  it('is not made where native code would not be found from it', () => {
    const hidden = { ...PACKAGES, 'duck/node_modules/engine': { os: ['linux'] } };
    expect(() => contentsOf(hidden)).toThrow('duck/node_modules/engine has native code');
    const ofTools = { ...PACKAGES, 'node_modules/tool/node_modules/engine': { os: ['linux'], dev: true as const } };
    expect(contentsOf(ofTools).bundled).toEqual(['@tidemill/core']);
  });
});

describe('the bundle of this project', () => {
  const lockfile = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8');
  const { bundled, isOutside } = contentsOf((JSON.parse(lockfile) as { packages: Packages }).packages);

  it('has no package in it that drives a browser', () => {
    expect(bundled).toContain('@tidemill/kit');
    expect(bundled).not.toContain('@tidemill/kit-browser');
  });

  it('spares a leg of a vendor’s connector every installation, and one with DuckDB all but that', () => {
    const leg = { leg: 'x', runs: '', environment: 'dev', timeout_minutes: 1, services: [], group: 'x' };
    const outsideOf = (packages: string, drivers: readonly string[]) =>
      machineLegs([{ ...leg, packages }], drivers, bundled)[0]?.outside;
    const connectors = bundled.filter((name) => !/^@tidemill\/(storage|warehouse)-/.test(name));
    expect(connectors.length).toBeGreaterThan(10);
    expect(outsideOf(connectors.join(' '), ['@tidemill/storage-gcs', '@tidemill/warehouse-bigquery'])).toBe('');
    expect(outsideOf('@tidemill/spotify', ['@tidemill/warehouse-lake'])).toBe('-w @tidemill/warehouse-lake');
    expect(outsideOf('@tidemill/taps', []), 'a shell finds programs in node_modules alone').toBe('-w @tidemill/taps');
    expect(isOutside('@duckdb/node-api')).toBe(true);
  });
});
