import { describe, expect, it } from 'vitest';
import { hintsOf, told } from '../../test/fixtures/config.ts';
import { installedDrivers } from '../drivers/find.ts';
import { type Driver, DriverManifest } from '../drivers/manifest.ts';
import { loadConfig } from './load.ts';

const JOBS = 'jobs: { a: { service: demo, data_type: things, command: x } }\n';

const memo = (kind: Driver['kind']): Driver => ({
  ...DriverManifest.parse({ kind, schemes: ['memo'], location: 'memo://NAME' }),
  package: `@acme/memo-${kind}`,
  description: '',
  folder: '/',
});

/** The configuration, where the packages of `memo` are installed. */
const load = (text: string) =>
  loadConfig({
    file: '/project/ingestion-config.yaml',
    checkCron: () => undefined,
    drivers: {
      own: installedDrivers.own,
      named: (name) => {
        const found = (['bucket', 'events'] as const).map(memo).find((driver) => driver.package === name);
        return found ?? installedDrivers.named(name);
      },
    },
    readFile: (path) => (path.endsWith('ingestion-config.yaml') ? `${text}\n${JOBS}` : ''),
  });

describe('drivers from elsewhere', () => {
  it('open locations of their own, and come before ours', () => {
    const { drivers, environments } = load(
      `global: { drivers: ["@acme/memo-bucket", "@acme/memo-events"] }
environments: { dev: { bucket: "memo://a", events: ["memo://b"] } }`,
    );
    expect(environments.get('dev')).toMatchObject({ bucket: 'memo://a', events: [{ to: 'memo://b' }] });
    expect(drivers.map((driver) => driver.package).slice(0, 2)).toEqual(['@acme/memo-bucket', '@acme/memo-events']);
  });

  it('are not known before they are named', () => {
    expect(() => load('environments: { dev: { bucket: "memo://a" } }')).toThrow(
      'expected a folder, or a URL such as gs:',
    );
  });

  it('must be installed, and be drivers: each fault stands at the name', () => {
    const text = `global: { drivers: ["@acme/none", zod] }\n${JOBS}`;
    expect(told(text)).toEqual([
      '1:21 global.drivers: The driver @acme/none is not installed',
      '1:35 global.drivers: The package zod is no driver: its package.json does not say so',
    ]);
    expect(hintsOf(text)).toEqual(['Run: npm install @acme/none', undefined]);
  });

  it('have names of packages', () => {
    expect(told(`global: { drivers: ["../memo", 3] }\n${JOBS}`)).toEqual([
      expect.stringMatching(/^1:21 global\.drivers\[0\]: expected the name of an npm package/),
      expect.stringMatching(/^1:32 global\.drivers\[1\]: expected a text/),
    ]);
  });
});
