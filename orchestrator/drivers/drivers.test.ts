import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { installedDrivers } from './find.ts';
import { type Driver, type DriverKind, DriverManifest, driverOf, locationText } from './manifest.ts';
import { openDriver } from './open.ts';
import { driversUsed, installArguments, packagesFor } from './use.ts';

const own = installedDrivers.own();

/** A driver from nowhere: its package is its code. */
function driver(fields: Partial<Driver>, code = 'export default (options) => options'): Driver {
  const manifest = DriverManifest.parse({ kind: 'bucket', schemes: ['memo'], location: 'memo://NAME' });
  return { ...manifest, package: `data:text/javascript,${code}`, description: '', folder: '/nowhere', ...fields };
}

describe('our own drivers', () => {
  it('are the folders that hold a package, by their own word', () => {
    const homes = ['storage', 'warehouse', 'events'].map((name) => join(import.meta.dirname, '..', name));
    const folders = homes.flatMap((home) => {
      const entries = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      return entries
        .map(({ name }) => join(home, name))
        .filter((folder) => readdirSync(folder).includes('package.json'));
    });
    expect(own.map(({ folder }) => folder)).toEqual(folders);
    for (const { kind, folder } of own) {
      expect(dirname(folder)).toBe(join(import.meta.dirname, '..', kind === 'bucket' ? 'storage' : kind));
    }
  });

  it('do not fight over a scheme, an ending or a default', () => {
    for (const kind of ['bucket', 'warehouse', 'events'] as const) {
      const of = own.filter((one) => one.kind === kind);
      const claims = of.flatMap(({ schemes, suffixes, names }) => [
        ...[...schemes, ...suffixes],
        // A word is no URL.
        ...names.map((name) => `the word ${name}`),
      ]);
      expect(new Set(claims).size).toBe(claims.length);
      const defaults = (where: 'local' | 'others'): number => of.flatMap((one) => one.default[where] ?? []).length;
      expect([defaults('local'), defaults('others')]).toEqual(
        { bucket: [1, 0], warehouse: [1, 1], events: [1, 0] }[kind],
      );
    }
  });
});

describe('the driver of a location', () => {
  it.each<[DriverKind, string, string | undefined]>([
    ['bucket', '/data/bucket', '@tidemill/storage-local'],
    ['bucket', 'C:\\data', '@tidemill/storage-local'],
    ['bucket', 'GS://bucket', '@tidemill/storage-gcs'],
    ['bucket', 'ftp://bucket', undefined],
    ['warehouse', '/data/w.duckdb', '@tidemill/warehouse-duckdb'],
    ['warehouse', 'lake', '@tidemill/warehouse-lake'],
    ['warehouse', 'unheard-of://data.duckdb', undefined],
    ['warehouse', 'BigQuery://project/dataset', '@tidemill/warehouse-bigquery'],
    ['warehouse', 'spanner://project/instance/database', '@tidemill/warehouse-spanner'],
    ['warehouse', '/data/w', undefined],
    ['events', '/data', undefined],
    ['events', 'file:events.ndjson', '@tidemill/events-file'],
    ['events', 'https://example.org/hook', '@tidemill/events-webhook'],
    ['events', 'http://localhost:8080', '@tidemill/events-webhook'],
    ['events', 'openlineage+https://lineage.example.org', '@tidemill/events-openlineage'],
    ['events', 'openlineage', '@tidemill/events-openlineage'],
    ['events', 'openlineage-url', '@tidemill/events-openlineage'],
    ['events', 'pubsub', '@tidemill/events-pubsub'],
    ['events', 'pubsub://my-project', '@tidemill/events-pubsub'],
  ])('of kind %s at %s is %s', (kind, location, name) => {
    expect(driverOf(own, kind, location)?.package).toBe(name);
  });

  it('is the one that was named, where two open it', () => {
    expect(driverOf([driver({ schemes: ['s3'] }), ...own], 'bucket', 's3://b')?.package).toContain('data:');
  });

  it('is told by its example', () => {
    expect(locationText(own, 'warehouse')).toContain('a file that ends with .duckdb');
    expect(locationText([driver({ kind: 'warehouse', schemes: [], location: 'a file' })], 'warehouse')).toBe('a file');
    expect(locationText([driver({})], 'bucket')).toBe('a URL such as memo://NAME');
    expect(locationText(own, 'events')).toContain('a URL such as file:events.ndjson');
    expect(locationText([], 'events')).toBe('a location that a driver opens, and there is none for events');
  });
});

const warehouses = new Map([
  ['main', '/w.duckdb'],
  ['more', '/x.duckdb'],
]);

it('an environment installs the drivers of its bucket, warehouse and events, but what comes with the orchestrator', () => {
  const all = [
    ...own,
    driver({ kind: 'events', install: ['@tidemill/memo', '@tidemill/more'], package: '@tidemill/memo' }),
  ];
  const packages = (bucket: string): string[] =>
    packagesFor(driversUsed(all, { bucket, warehouses, events: [{ to: 'memo://a' }, { to: 'memo://b' }] }), all);
  const others = ['@tidemill/warehouse-duckdb', '@tidemill/memo', '@tidemill/more'];
  expect(packages('s3://b')).toEqual(['@tidemill/storage-s3', ...others]);
  expect(packages('/b')).toEqual(others);
  expect(installArguments(packages('/b'))).toBe('-w @tidemill/warehouse-duckdb -w @tidemill/memo -w @tidemill/more');
});

it('whoever reads a configuration installs the drivers from elsewhere that it names, whether or not it uses them', () => {
  const all = [driver({ package: '@acme/memo' }), ...own];
  const used = driversUsed(all, { bucket: '/b', warehouses, events: [] });
  expect(packagesFor(used, all)).toEqual(['@acme/memo', '@tidemill/warehouse-duckdb']);
  expect(installArguments(packagesFor(used, all))).toBe('--include-workspace-root -w @tidemill/warehouse-duckdb');
});

describe('a driver that is opened', () => {
  const CREDENTIALS = [
    { name: 'MEMO_KEY', description: 'Key.' },
    { name: 'MEMO_HINT', description: 'Hint.', optional: true as const },
    { name: 'MEMO_PLACE', description: 'Place.', default: 'here' },
  ];
  const options = (env: Readonly<Record<string, string>>) => ({ location: 'memo://a', env });

  it('sees the variables it declares and no others', async () => {
    const settings = [{ name: 'MEMO_SIZE', description: 'Size.' }];
    const env = { MEMO_KEY: 'k', MEMO_SIZE: '5', MEMO_HINT: '', OTHER_KEY: 'secret' };
    const opened = await openDriver('bucket', options(env), [driver({ credentials: CREDENTIALS, settings })]);
    expect(opened).toEqual({ location: 'memo://a', env: { MEMO_KEY: 'k', MEMO_SIZE: '5', MEMO_PLACE: 'here' } });
  });

  it('is refused without what it needs, by the names', async () => {
    const opening = openDriver('bucket', options({ MEMO_KEY: '' }), [driver({ credentials: CREDENTIALS })]);
    await assert.rejects(opening, {
      kind: 'auth',
      code: 'driver-credentials',
      message: / MEMO_KEY in the environment$/,
    });
  });

  it.each([
    ['bucket', 's4://key:secret@host/bucket'],
    ['warehouse', 'postgresql+psycopg://me:secret@host/silver'],
    ['warehouse', 'jdbc:postgresql://host/silver?user=me&password=secret'],
    ['events', 'slack://hooks.example.org/secret'],
  ] as const)('is told for a %s by its scheme alone where there is none: %s', async (kind, location) => {
    const scheme = location.split(':', 1)[0];
    await assert.rejects(openDriver(kind, { location, env: {} }, own), (error: Error) => {
      expect(error.message).toMatch(new RegExp(`^No driver for .* ${scheme?.replace('+', '.')}:…$`));
      return true;
    });
  });

  it('must have a default export that opens', async () => {
    const opening = openDriver('bucket', options({}), [driver({}, 'export const open = 1')]);
    await assert.rejects(opening, { kind: 'config', code: 'driver-invalid' });
  });

  it.each(['gs://bucket', 's3://bucket'])('names the command when that of %s is not installed', async (location) => {
    const script = `
      import { registerHooks } from 'node:module';
      const resolve = (specifier, context, next) => {
        if (!specifier.startsWith('@tidemill/storage-')) return next(specifier, context);
        throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
      };
      registerHooks({ resolve });
      const { openDriver } = await import(${JSON.stringify(new URL('./open.ts', import.meta.url).href)});
      const options = { location: '${location}', env: {} };
      await openDriver('bucket', options).catch(({ kind, code, hint }) => console.log(kind, code, hint));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    const name = driverOf(own, 'bucket', location)?.package;
    expect(stdout.trim()).toBe(`config bucket-driver-missing Run: npm install ${name}`);
  });
});

describe('a driver from elsewhere', () => {
  it('must be installed, and say what it is', () => {
    expect(() => installedDrivers.named('@acme/none')).toThrow(
      expect.objectContaining({ code: 'driver-not-installed' }),
    );
    expect(() => installedDrivers.named('zod')).toThrow(expect.objectContaining({ code: 'driver-invalid' }));
  });
});
