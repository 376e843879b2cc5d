import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type ErrorKind, TidemillError } from '@tidemill/kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fault, type NpmRegistry, type System, startNpmRegistry } from '../../../test/fakes/npm-registry.ts';
import { packTar } from '../../../test/fakes/tar.ts';
import { npmError } from './npm-errors.ts';
import { PackageVersion, type ResolvedPackage, resolvePackage } from './npm-package.ts';

let registry: NpmRegistry;
let system: System;

beforeEach(async () => {
  registry = await startNpmRegistry();
  system = await registry.system();
  await registry.publish({ name: 'tides', version: '1.0.0', files: { 'data.json': '{"height":1}' } });
  await registry.publish({
    name: 'tides',
    version: '1.1.0',
    files: { 'data.json': '{"height":2}', 'a/b.txt': 'deep' },
  });
});
afterEach(() => registry[Symbol.asyncDispose]());

const never = new AbortController().signal;
const resolve = (name: string, version: string, signal = never): Promise<ResolvedPackage> =>
  resolvePackage({ name, version }, { system, signal });

async function read(release: ResolvedPackage, path: string): Promise<string> {
  return Buffer.from((await release.files([path])).get(path) ?? []).toString();
}

async function failureOf(action: Promise<unknown>): Promise<TidemillError> {
  const thrown = await action.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof TidemillError) return thrown;
  throw new Error(`expected a TidemillError, got ${String(thrown)}`);
}

/** Files of a cache that hold what it keeps, and not what it knows of that. */
async function contentsBelow(cache: string): Promise<string[]> {
  const entries = await readdir(cache, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes('content-v2'));
}

/** Bytes that hardly compress. */
const NOISE = Uint8Array.from({ length: 4096 }, (_, index) => (index * index * 31) >> 3);

/** The header of the file, and the first of its bytes. */
const CUT = packTar({ 'data.json': NOISE }, 'package/').subarray(0, 512 + 1000);

const asked = () => registry.requests.map((request) => request.asked);

describe('the version', () => {
  test('is the one a dist-tag points to now', async () => {
    await registry.publish({ name: 'tides', version: '2.0.0-beta.1', tag: 'next', files: {} });
    expect((await resolve('tides', 'latest')).version).toBe('1.1.0');
    expect((await resolve('tides', 'next')).version).toBe('2.0.0-beta.1');
    await registry.publish({ name: 'tides', version: '1.2.0', files: {} });
    expect((await resolve('tides', 'latest')).version).toBe('1.2.0');
  });

  test('can be an exact one', async () => {
    const release = await resolve('tides', '1.0.0');
    expect(release).toMatchObject({ name: 'tides', version: '1.0.0', purl: 'pkg:npm/tides@1.0.0' });
    expect(await read(release, 'data.json')).toBe('{"height":1}');
  });

  test('of a scoped package has a purl with an encoded scope', async () => {
    await registry.publish({ name: '@sea/tides', version: '3.0.0', files: { 'x.txt': 'scoped' } });
    const release = await resolve('@sea/tides', 'latest');
    expect(release.purl).toBe('pkg:npm/%40sea/tides@3.0.0');
    expect(await read(release, 'x.txt')).toBe('scoped');
  });

  const ranges = [
    '',
    '*',
    'x',
    'X',
    '1',
    'v1',
    '1.1',
    '1.x',
    'v1.x',
    'x.1',
    '^1.0.0',
    '~1.1',
    '>=1.0.0',
    '1.0.0 - 2',
    '1||2',
  ];
  const places = [
    'file:..',
    'https://localhost/x.tgz',
    'git+ssh://x/y',
    'user/repository',
    'npm:other@1.0.0',
    'v1.0.0',
  ];
  test.each([...ranges, ...places])('cannot be %j', async (version) => {
    expect(PackageVersion.safeParse(version).success).toBe(false);
    expect(await failureOf(resolve('tides', version))).toMatchObject({
      kind: 'config',
      code: 'package-version-invalid',
    });
    expect(registry.requests).toEqual([]);
  });

  test.each(['1.0.0', '2.0.0-beta.1', '1.0.0+build.7', 'latest', 'next-13', 'v1-lts', 'xmas'])(
    'can be %j',
    (version) => {
      expect(PackageVersion.parse(version)).toBe(version);
    },
  );
});

describe('the files', () => {
  test('are those asked for, wherever they lie, from one request of each kind', async () => {
    const release = await resolve('tides', 'latest');
    expect(asked()).toEqual(['packument']);
    const files = await release.files(['data.json', 'a/b.txt']);
    expect([...files.keys()].sort()).toEqual(['a/b.txt', 'data.json']);
    expect(Buffer.from(files.get('a/b.txt') ?? []).toString()).toBe('deep');
    expect(asked()).toEqual(['packument', 'tarball']);
  });

  test('come from the cache the second time, the version does not', async () => {
    await read(await resolve('tides', 'latest'), 'data.json');
    registry.forget();
    expect(await read(await resolve('tides', 'latest'), 'data.json')).toBe('{"height":2}');
    expect(registry.requests).toMatchObject([{ asked: 'packument', status: 200 }]);
  });

  test('of a copy in the cache that was damaged are fetched again, and the copy is mended', async () => {
    await read(await resolve('tides', 'latest'), 'data.json');
    const contents = await contentsBelow(join(system.cwd, 'cache'));
    expect(contents).toHaveLength(1);
    for (const file of contents) await writeFile(file, 'damaged');
    registry.forget();
    expect(await read(await resolve('tides', 'latest'), 'data.json')).toBe('{"height":2}');
    expect(asked()).toEqual(['packument', 'tarball']);
    registry.forget();
    expect(await read(await resolve('tides', 'latest'), 'data.json')).toBe('{"height":2}');
    expect(asked()).toEqual(['packument']);
  });

  // A file where its folder should be: what belongs to root, or lies on a disk that is full, nobody can make here.
  test.each(['cache', 'cache/_cacache', 'cache/_cacache/tmp', 'cache/_cacache/content-v2'])(
    'need no cache that can be used (%s)',
    async (place) => {
      await mkdir(join(system.cwd, place, '..'), { recursive: true });
      await writeFile(join(system.cwd, place), '');
      expect(await read(await resolve('tides', 'latest'), 'data.json')).toBe('{"height":2}');
    },
  );

  test('lie in the cache of the configuration and nowhere else', async () => {
    await read(await resolve('tides', 'latest'), 'data.json');
    expect((await readdir(system.cwd)).sort()).toEqual(['.npmrc', 'cache']);
  });

  test('that a package does not have are a change of the source', async () => {
    const failure = await failureOf((await resolve('tides', 'latest')).files(['data.json', 'dada.json']));
    expect(failure).toMatchObject({ kind: 'source-changed', code: 'package-file-missing' });
    expect(failure.message).toContain('dada.json');
  });

  test.each([
    ['no archive', Buffer.from('<p>hello</p>'), 'package-file-missing'],
    ['an archive that ends in the middle of the file', gzipSync(CUT), 'package-file-missing'],
    ['half an archive', gzipSync(NOISE).subarray(0, 1000), 'package-damaged'],
  ])('of a tarball that was published as %s fail the run', async (_, archive, code) => {
    await registry.publish({ name: 'odd', version: '1.0.0', files: archive });
    expect(await failureOf((await resolve('odd', 'latest')).files(['data.json']))).toMatchObject({ code });
  });
});

describe('integrity', () => {
  test('that does not match stops everything', async () => {
    await registry.publish({ name: 'tides', version: '6.6.6', files: { 'data.json': '{}' }, integrity: 'wrong' });
    const failure = await failureOf((await resolve('tides', 'latest')).files(['data.json']));
    expect(failure).toMatchObject({ kind: 'transient', code: 'package-damaged' });
    // Once more, in case the transfer was at fault.
    expect(asked()).toEqual(['packument', 'tarball', 'tarball']);
  });

  test.each(['sha1', 'sha1-and-null', 'sha1-and-empty'] as const)(
    'can be the %s of an old registry',
    async (integrity) => {
      await registry.publish({ name: 'old', version: '1.0.0', files: { 'data.json': '[]' }, integrity });
      const release = await resolve('old', 'latest');
      expect(release.integrity).toMatch(/^sha1-/);
      expect(await read(release, 'data.json')).toBe('[]');
    },
  );

  test.each(['missing', 'no hash', 'empty hash', 'md5'] as const)('must be there: %s', async (integrity) => {
    await registry.publish({ name: 'bare', version: '1.0.0', files: { 'data.json': '[]' }, integrity });
    expect(await failureOf(resolve('bare', 'latest'))).toMatchObject({ kind: 'config', code: 'package-unverifiable' });
  });
});

describe('a failure says who must act', () => {
  const faults: [Fault, ErrorKind, string][] = [
    [401, 'auth', 'registry-refused'],
    [402, 'auth', 'registry-refused'],
    [403, 'auth', 'registry-refused'],
    [404, 'config', 'package-not-found'],
    [410, 'config', 'package-not-found'],
    [451, 'config', 'package-not-found'],
    [405, 'config', 'registry-misconfigured'],
    [407, 'config', 'registry-misconfigured'],
    [425, 'transient', 'registry-unreachable'],
    [429, 'quota', 'registry-busy'],
    [500, 'transient', 'registry-unreachable'],
    [503, 'transient', 'registry-unreachable'],
    ['reset', 'transient', 'registry-unreachable'],
  ];
  test.each(faults)('%s is %s', async (fault, kind, code) => {
    const release = await resolve('tides', 'latest');
    registry.forget();
    registry.setFault('packument', fault);
    registry.setFault('tarball', fault);
    expect(await failureOf(resolve('tides', 'latest'))).toMatchObject({ kind, code });
    expect(await failureOf(release.files(['data.json']))).toMatchObject({ kind, code });
    // npm itself must not try again: the run does, and reports it. (A 404 is asked for in npm's two dialects.)
    expect(asked()).toEqual([...Array(fault === 404 ? 2 : 1).fill('packument'), 'tarball']);
  });

  test.each(['packument', 'tarball'] as const)(
    'a registry that does not answer in time with the %s',
    async (silent) => {
      system = await registry.system({ npmrc: 'registry={url}\nfetch-timeout=100' });
      const release = await resolve('tides', 'latest');
      registry.setFault(silent, 'silence');
      const asking = silent === 'tarball' ? release.files(['data.json']) : resolve('tides', 'latest');
      expect(await failureOf(asking)).toMatchObject({ kind: 'transient', code: 'registry-unreachable' });
    },
  );

  test('a certificate that cannot be read', async () => {
    system = await registry.system({ npmrc: 'registry={url}\ncafile=/' });
    expect(await failureOf(resolve('tides', 'latest'))).toMatchObject({
      kind: 'config',
      code: 'registry-misconfigured',
    });
  });

  test.each([
    ['HPE_INVALID_CONSTANT', 'transient'],
    ['EAI_FAIL', 'transient'],
    ['EPROTO', 'config'],
    ['EACCES', 'config'],
  ])('%s is %s', (code, kind) => expect(npmError({ code, message: 'why' }, 'tides@1.0.0')).toMatchObject({ kind }));

  test.each(['max-redirect', 'invalid-redirect'])('%s is a matter of the configuration', (type) => {
    expect(npmError({ code: 'FETCH_ERROR', type, message: 'why' }, 'tides@1.0.0')).toMatchObject({ kind: 'config' });
  });

  test('a name nobody has', async () => {
    expect(await failureOf(resolve('no-such-thing', 'latest'))).toMatchObject({
      kind: 'config',
      code: 'package-not-found',
    });
  });

  test('a version nobody has, with those there are', async () => {
    const failure = await failureOf(resolve('tides', '9.9.9'));
    expect(failure).toMatchObject({ kind: 'config', code: 'package-version-unknown' });
    expect(failure.message).toContain('tides@9.9.9');
    expect(failure.hint).toContain('latest is 1.1.0');
    expect(await failureOf(resolve('tides', 'beta'))).toMatchObject({ code: 'package-version-unknown' });
  });

  test('a registry that asks to wait says how long', async () => {
    registry.setFault('packument', 429);
    expect((await failureOf(resolve('tides', 'latest'))).retryAfterSeconds).toBe(17);
  });

  test('a login page instead of a registry', async () => {
    registry.setFault('packument', 'html');
    const failure = await failureOf(resolve('tides', 'latest'));
    expect(failure).toMatchObject({ kind: 'config', code: 'registry-misconfigured' });
  });

  test('a host that does not exist', async () => {
    system = await registry.system({ npmrc: 'registry=http://registry.invalid/' });
    expect(await failureOf(resolve('tides', 'latest'))).toMatchObject({ kind: 'transient' });
  });

  test('a password in the address of the registry stays out of the error and its cause', async () => {
    system = await registry.system({ npmrc: 'registry=http://user:hunter2@127.0.0.1:9/' });
    const failure = await failureOf(resolve('tides', 'latest'));
    expect((failure.cause as Error).stack).toContain('127.0.0.1:9');
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('hunter2');
  });

  describe('a stopped run ends with its own reason', () => {
    const stop = new TidemillError('transient', 'stopped', 'stopped by a person');

    test('before anything is asked', async () => {
      expect(await failureOf(resolve('tides', 'latest', AbortSignal.abort(stop)))).toBe(stop);
      expect(registry.requests).toEqual([]);
    });

    test.each(['packument', 'tarball'] as const)('while the registry does not answer with the %s', async (silent) => {
      registry.setFault(silent, 'silence');
      const stopping = new AbortController();
      const reading = failureOf(resolve('tides', 'latest', stopping.signal).then((it) => it.files(['data.json'])));
      await expect.poll(asked).toContain(silent);
      stopping.abort(stop);
      expect(await reading).toBe(stop);
    });
  });
});
