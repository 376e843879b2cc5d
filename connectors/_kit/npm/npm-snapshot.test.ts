import { integer, stream, text } from '@tidemill/kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { extractAll } from '../../../test/fakes/extract.ts';
import { type NpmRegistry, type System, startNpmRegistry } from '../../../test/fakes/npm-registry.ts';
import { npmSnapshots, SnapshotOptions } from './npm-snapshot.ts';

const snapshot = npmSnapshots({
  package: '@sea/tides',
  file: 'data.json',
  contents: z.object({ ports: z.record(z.string(), z.unknown()) }),
});

const heights = stream({
  ...snapshot({
    options: SnapshotOptions.extend({ highest: z.int().default(1_000_000) }),
    records: ({ ports }, { highest }) =>
      Object.entries(ports)
        .map(([port, height]) => ({ port, height }))
        .filter(({ height }) => Number(height) <= highest),
  }),
  name: 'heights',
  description: 'Heights of the tide.',
  source: z.object({ port: z.string(), height: z.number() }),
  row: z.object({ port: text().describe('The port.'), height: integer().describe('Metres.') }),
  key: ['port'],
  toRow: (record) => record,
});

let registry: NpmRegistry;
let system: System;

const publish = (version: string, contents: unknown, more: object = {}) =>
  registry.publish({ name: '@sea/tides', version, files: { 'data.json': JSON.stringify(contents) }, ...more });

beforeEach(async () => {
  registry = await startNpmRegistry();
  system = await registry.system();
  await publish('1.0.0', { ports: { Brest: 7, Dover: 6 } });
});
afterEach(() => registry[Symbol.asyncDispose]());

const asked = () => registry.requests.map((request) => request.asked);
const failing = (promise: Promise<unknown>) => expect(promise).rejects;

describe('a first run', () => {
  test('says everything, then marks what it read', async () => {
    const run = await extractAll(heights, { system });
    expect(run.records).toEqual([
      { port: 'Brest', height: 7 },
      { port: 'Dover', height: 6 },
    ]);
    expect(run.urls).toEqual(['pkg:npm/%40sea/tides@1.0.0']);
    expect(run.marks).toEqual([
      {
        package: '@sea/tides',
        version: '1.0.0',
        integrity: expect.stringMatching(/^sha512-/),
        options: { highest: 1e6 },
      },
    ]);
    expect(run.notices).toEqual(['@sea/tides 1.0.0']);
  });

  test('cuts large sets into pages', async () => {
    const ports = Object.fromEntries(Array.from({ length: 1234 }, (_, index) => [`port ${index}`, index]));
    await publish('1.0.1', { ports });
    const run = await extractAll(heights, { system });
    expect(run.pages).toEqual([500, 500, 234]);
    expect(new Set(run.records.map((record) => (record as { port: string }).port)).size).toBe(1234);
  });

  test('of a set that is empty still marks', async () => {
    await publish('1.0.1', { ports: {} });
    expect(await extractAll(heights, { system })).toMatchObject({ records: [], marks: [{ version: '1.0.1' }] });
  });
});

describe('a later run', () => {
  async function markOfFirst(): Promise<unknown> {
    const [mark] = (await extractAll(heights, { system })).marks;
    registry.forget();
    // As it comes back from the bucket.
    return JSON.parse(JSON.stringify(mark));
  }

  test('says nothing and fetches nothing while the version is the same', async () => {
    const run = await extractAll(heights, { system, cursor: await markOfFirst() });
    expect(run).toMatchObject({ isUnchanged: true, notices: [] });
    expect(asked()).toEqual(['packument']);
  });

  test('reads a new version', async () => {
    const cursor = await markOfFirst();
    await publish('1.1.0', { ports: { Brest: 8 } });
    expect((await extractAll(heights, { system, cursor })).records).toEqual([{ port: 'Brest', height: 8 }]);
  });

  test('reads the same version when its tarball was replaced', async () => {
    const cursor = await markOfFirst();
    await publish('1.0.0', { ports: { Brest: 9 } });
    expect((await extractAll(heights, { system, cursor })).records).toEqual([{ port: 'Brest', height: 9 }]);
  });

  test('reads the same version when an option changes what is in it', async () => {
    const cursor = await markOfFirst();
    const run = await extractAll(heights, { system, cursor, options: { highest: 6 } });
    expect(run).toMatchObject({ records: [{ port: 'Dover' }], marks: [{ options: { highest: 6 } }] });
  });

  test('does not read when only the way to the same version changed', async () => {
    const cursor = await markOfFirst();
    expect((await extractAll(heights, { system, cursor, options: { version: '1.0.0' } })).isUnchanged).toBe(true);
  });

  test('reads another version than the newest when it is asked to', async () => {
    const cursor = await markOfFirst();
    await publish('2.0.0-rc.1', { ports: { Brest: 10 } }, { tag: 'next' });
    expect((await extractAll(heights, { system, cursor })).isUnchanged).toBe(true);
    const run = await extractAll(heights, { system, cursor, options: { version: 'next' } });
    expect(run).toMatchObject({ records: [{ height: 10 }], marks: [{ version: '2.0.0-rc.1' }] });
  });

  test('fails when the registry does: what npm remembers is no answer', async () => {
    const cursor = await markOfFirst();
    registry.setFault('packument', 500);
    await failing(extractAll(heights, { system, cursor })).toMatchObject({ kind: 'transient' });
  });
});

describe('contents that are not what they were', () => {
  test.each([
    ['another shape', '{"harbours":{}}'],
    ['no JSON', '{"ports":{"Brest":SECRET}}'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('%s: a change of the source, without a word of the contents', async (_, contents) => {
    await registry.publish({ name: '@sea/tides', version: '1.0.1', files: { 'data.json': contents } });
    const failure = await extractAll(heights, { system }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'source-changed', code: 'package-contents' });
    expect(String(failure)).toContain('@sea/tides@1.0.1: data.json');
    expect(String(failure)).not.toContain('SECRET');
  });

  test('a package that no longer has the file', async () => {
    await registry.publish({ name: '@sea/tides', version: '1.0.1', files: {} });
    await failing(extractAll(heights, { system })).toMatchObject({ code: 'package-file-missing' });
  });
});

test('a range is refused where the configuration is checked, with what to write instead', () => {
  const checked = heights.options?.strict().safeParse({ version: '^1.0.0' });
  expect(checked?.error?.issues).toMatchObject([{ path: ['version'], message: expect.stringContaining('dist-tag') }]);
});

test('integers beyond 2^53 keep every digit', async () => {
  await registry.publish({
    name: '@sea/tides',
    version: '1.0.1',
    files: { 'data.json': '{"ports":{"Brest":-9007199254740993}}' },
  });
  expect((await extractAll(heights, { system })).records).toEqual([{ port: 'Brest', height: -9007199254740993n }]);
});
