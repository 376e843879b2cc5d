/** What an `.npmrc` and the environment may say, as npm itself would understand it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type NpmRegistry, type System, startNpmRegistry } from '../../../test/fakes/npm-registry.ts';
import { type ResolvedPackage, resolvePackage } from './npm-package.ts';

let registry: NpmRegistry;
let system: System;

beforeEach(async () => {
  registry = await startNpmRegistry();
  system = await registry.system();
  await registry.publish({ name: 'tides', version: '1.0.0', files: { 'data.json': '{"height":1}' } });
});
afterEach(() => registry[Symbol.asyncDispose]());

const resolve = (name: string, version: string): Promise<ResolvedPackage> =>
  resolvePackage({ name, version }, { system, signal: new AbortController().signal });

async function read(release: ResolvedPackage, path: string): Promise<string> {
  return Buffer.from((await release.files([path])).get(path) ?? []).toString();
}

const failureOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => expect.fail('expected a failure'),
    (error: unknown) => error,
  );

describe("the user's npm configuration", () => {
  test('can name another registry for a scope', async () => {
    system = await registry.system({ npmrc: 'registry=http://127.0.0.1:9/\n@sea:registry={url}' });
    await registry.publish({ name: '@sea/tides', version: '3.0.0', files: { 'x.txt': 'scoped' } });
    expect(await read(await resolve('@sea/tides', 'latest'), 'x.txt')).toBe('scoped');
    expect(await failureOf(resolve('tides', 'latest'))).toMatchObject({ kind: 'transient' });
  });

  test('can take a token from the environment', async () => {
    registry.requireToken('token-of-a-user');
    const address = registry.url.replace('http:', '');
    const env = { A_TOKEN: 'token-of-a-user' };
    system = await registry.system({ npmrc: `registry={url}\n${address}:_authToken=\${A_TOKEN}`, env });
    expect(await read(await resolve('tides', '1.0.0'), 'data.json')).toBe('{"height":1}');
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual(
      Array(2).fill('Bearer token-of-a-user'),
    );
  });

  // GitLab and GitHub do so: https://github.com/npm/cli/issues/3134, https://github.com/oven-sh/bun/issues/39767
  test.each([
    ['on its host', '{url}', ['Bearer of-the-scope', 'Bearer of-the-scope']],
    ['on another host', 'http://127.0.0.1:9/', ['Bearer of-the-scope']],
  ])('has a token for a scope, whose tarballs lie elsewhere %s', async (_, origin, sent) => {
    const address = registry.url.replace('http:', '');
    const npmrc = `registry=http://127.0.0.1:9/\n@sea:registry={url}repository/npm/\n${address}repository/npm/:_authToken=of-the-scope`;
    system = await registry.system({ npmrc });
    const elsewhere = origin.replace('{url}', registry.url);
    await registry.publish({ name: '@sea/tides', version: '3.0.0', files: { 'x.txt': 'x' }, origin: elsewhere });
    const reading = read(await resolve('@sea/tides', 'latest'), 'x.txt');
    if (sent.length === 2) expect(await reading).toBe('x');
    else expect(await failureOf(reading)).toMatchObject({ code: 'registry-unreachable' });
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual(sent);
  });

  test('can send everything through a proxy', async () => {
    system = await registry.system({ npmrc: 'registry=http://registry.invalid/\nproxy={url}\nnoproxy=' });
    const release = await resolve('tides', '1.0.0');
    expect(registry.requests.map(({ asked }) => asked)).toEqual(['packument']);
    expect(release.version).toBe('1.0.0');
  });

  test('can name a mirror that hands on what npm’s own registry wrote', async () => {
    const origin = 'https://registry.npmjs.org/';
    await registry.publish({ name: 'swell', version: '1.0.0', files: { 'x.txt': 'mirrored' }, origin });
    expect(await read(await resolve('swell', 'latest'), 'x.txt')).toBe('mirrored');
  });

  test.each([
    ['origin.invalid', undefined],
    ['always', undefined],
    ['npmjs', 'transient'],
    ['never', 'transient'],
  ])('can say with replace-registry-host=%s whose addresses a mirror stands for', async (host, kind) => {
    system = await registry.system({ npmrc: `registry={url}\nreplace-registry-host=${host}` });
    const origin = 'http://origin.invalid/';
    await registry.publish({ name: 'swell', version: '1.0.0', files: { 'x.txt': 'mirrored' }, origin });
    const reading = read(await resolve('swell', 'latest'), 'x.txt');
    if (kind === undefined) expect(await reading).toBe('mirrored');
    else expect(await failureOf(reading)).toMatchObject({ kind, code: 'registry-unreachable' });
  });

  test.each([
    ['npmjs', 'https://registry.npmjs.org/'],
    ['origin.invalid', 'http://origin.invalid/'],
    ['origin.invalid', 'http://origin.invalid:8080/'],
    ['origin.invalid', 'http://origin.invalid/repository/npm/'],
    ['always', 'http://origin.invalid/'],
    ['http://origin.invalid/a/b', 'http://origin.invalid/a/b/'],
    ['http://origin.invalid/a/b/', 'http://origin.invalid/a/b/'],
    ['https://origin.invalid', 'http://origin.invalid/'],
  ])('can name a mirror that lies below a path, with replace-registry-host=%s for %s', async (replaced, origin) => {
    system = await registry.system({ npmrc: `registry={url}repository/npm/\nreplace-registry-host=${replaced}` });
    await registry.publish({ name: 'swell', version: '1.0.0', files: { 'x.txt': 'mirrored' }, origin, query: '?a=b' });
    expect(await read(await resolve('swell', 'latest'), 'x.txt')).toBe('mirrored');
    expect(registry.requests.map(({ path }) => path)).toEqual([
      '/repository/npm/swell',
      '/repository/npm/swell/-/1.0.0.tgz?a=b',
    ]);
  });

  test('can name a path beside which nothing is replaced', async () => {
    system = await registry.system({ npmrc: 'registry={url}\nreplace-registry-host=http://origin.invalid/a/b' });
    const origin = 'http://origin.invalid/a/bc/';
    await registry.publish({ name: 'swell', version: '1.0.0', files: { 'x.txt': 'mirrored' }, origin });
    const failure = await failureOf(read(await resolve('swell', 'latest'), 'x.txt'));
    expect(failure).toMatchObject({ kind: 'transient', code: 'registry-unreachable' });
  });

  test('can refuse what is younger than a day', async () => {
    system = await registry.system({ npmrc: 'registry={url}\nbefore=2025-06-01' });
    expect(await failureOf(resolve('tides', 'latest'))).toMatchObject({ code: 'package-version-unknown' });
    expect(registry.requests).toMatchObject([{ isAbbreviated: false }]);
  });

  test('can forbid the network', async () => {
    system = await registry.system({ npmrc: 'registry={url}\noffline=true' });
    expect(await failureOf(resolve('tides', 'latest'))).toMatchObject({
      kind: 'config',
      code: 'registry-misconfigured',
    });
    expect(registry.requests).toEqual([]);
  });

  test('is only read', async () => {
    const before = { ...system.env };
    await resolve('tides', 'latest');
    expect(system.env).toEqual(before);
  });
});
