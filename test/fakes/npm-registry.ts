/**
 * An npm registry on the loopback interface: packuments, tarballs, dist-tags, ETags, and the faults real ones have.
 * `system()` is what a process needs to see it as its own registry, and nothing of the user's npm.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from './tar.ts';

interface Publication {
  readonly name: string;
  readonly version: string;
  /** Contents by path relative to the package's root, a folder on disk, or the tarball itself. */
  readonly files: Readonly<Record<string, string | Uint8Array>> | string | Uint8Array;
  /** Dist-tag that moves to this version; `latest` unless given. */
  readonly tag?: string;
  /** What the registry says of the tarball; `missing` is what very old or broken mirrors do. Some say nothing in so many words. */
  readonly integrity?:
    | ('sha512' | 'sha1' | 'sha1-and-null' | 'sha1-and-empty' | 'missing' | 'wrong')
    | ('no hash' | 'empty hash' | 'md5');
  /** The registry that the tarball's address names, if not this one: a mirror may hand on what another wrote. */
  readonly origin?: string;
  /** What the address of the tarball ends with. */
  readonly query?: string;
}

type Asked = 'packument' | 'tarball';
/** A status the registry answers with, a connection it resets, a page that is no JSON, or no answer at all. */
export type Fault =
  | 401
  | 402
  | 403
  | 404
  | 405
  | 407
  | 410
  | 425
  | 429
  | 451
  | 500
  | 503
  | 'reset'
  | 'html'
  | 'silence';

interface Request {
  readonly asked: Asked;
  readonly package: string;
  readonly path: string;
  readonly status: number | 'none';
  readonly isAbbreviated: boolean;
  readonly authorization: string | undefined;
}

interface Dist {
  readonly tarball: string;
  readonly integrity?: string | null;
  readonly shasum?: string;
}

interface Version {
  readonly dist: Dist;
  readonly archive: Uint8Array;
}

interface Package {
  readonly versions: Map<string, Version>;
  readonly tags: Map<string, string>;
}

export interface System {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface NpmRegistry extends AsyncDisposable {
  /** With a final slash. */
  readonly url: string;
  readonly requests: readonly Request[];
  publish(publication: Publication): Promise<void>;
  /** Every request of this kind is answered with the fault, until another or undefined is set. */
  setFault(asked: Asked, fault: Fault | undefined): void;
  /** From now on requests without this bearer token are refused. */
  requireToken(token: string): void;
  /** Forgets the requests so far. */
  forget(): void;
  /** A new home with its own `.npmrc` and cache. `npmrc` is added to it; `{url}` stands for the registry there. */
  system(options?: { readonly npmrc?: string; readonly env?: Readonly<Record<string, string>> }): Promise<System>;
}

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const packages = new Map<string, Package>();
  const faults = new Map<Asked, Fault | undefined>();
  const homes: string[] = [];
  const requests: Request[] = [];
  let token: string | undefined;

  const server = createServer((request, response) => {
    const { asked, name, tarball } = routeOf(request.url ?? '/');
    const { accept, authorization } = request.headers;
    const isAbbreviated = accept?.includes('application/vnd.npm.install-v1+json') ?? false;
    const refused = token !== undefined && authorization !== `Bearer ${token}` ? 401 : undefined;
    const fault = faults.get(asked) ?? refused;
    const found = packages.get(name);
    if (fault !== undefined) fail(response, fault);
    else if (found === undefined) fail(response, 404);
    else if (asked === 'packument') sendPackument(request, response, packumentOf(name, found, isAbbreviated));
    else sendTarball(response, found.versions.get(tarball));
    const status = fault === 'reset' || fault === 'silence' ? 'none' : response.statusCode;
    requests.push({ asked, package: name, path: request.url ?? '', status, isAbbreviated, authorization });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  return {
    url,
    requests,
    setFault: (asked, fault) => void faults.set(asked, fault),
    requireToken: (required) => {
      token = required;
    },
    forget: () => void requests.splice(0),
    async publish(publication) {
      const { name, version, tag = 'latest' } = publication;
      const entry = packages.get(name) ?? { versions: new Map(), tags: new Map() };
      entry.versions.set(version, await versionOf(publication, url));
      entry.tags.set(tag, version);
      packages.set(name, entry);
    },
    async system({ npmrc = 'registry={url}', env = {} } = {}) {
      const home = await mkdtemp(join(tmpdir(), 'npm-registry-fake-'));
      homes.push(home);
      await writeFile(join(home, '.npmrc'), `noproxy=127.0.0.1\n${npmrc.replaceAll('{url}', url)}\n`);
      return { cwd: home, env: { ...environmentOf(home), ...env } };
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await Promise.all(homes.map((home) => rm(home, { recursive: true, force: true })));
    },
  };
}

/** Each setting that could lead npm's configuration out of the home is named. */
const environmentOf = (home: string): Record<string, string> => ({
  HOME: home,
  npm_config_userconfig: join(home, '.npmrc'),
  npm_config_globalconfig: join(home, 'global.npmrc'),
  npm_config_cache: join(home, 'cache'),
});

/** Where the same packages are as at the root: where registries of companies lie. */
const BELOW = '/repository/npm/';

/** Of the whole address, as a proxy is asked, or of its path. */
function routeOf(address: string): { readonly asked: Asked; readonly name: string; readonly tarball: string } {
  const { pathname } = new URL(address, 'http://registry/');
  const path = pathname.startsWith(BELOW) ? pathname.slice(BELOW.length) : pathname.slice(1);
  const [name = '', tarball] = decodeURIComponent(path).split('/-/');
  return {
    asked: tarball === undefined ? 'packument' : 'tarball',
    name,
    tarball: tarball?.replace(/\.tgz$/, '') ?? '',
  };
}

async function versionOf(publication: Publication, url: string): Promise<Version> {
  const { name, version, files, integrity = 'sha512', origin = url, query = '' } = publication;
  const archive = files instanceof Uint8Array ? files : await archiveOf({ name, version }, files);
  const hash = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes);
  const sri = (bytes: Uint8Array) => `sha512-${hash('sha512', bytes).digest('base64')}`;
  const tarball = `${origin}${name}/-/${version}.tgz${query}`;
  const sha1 = { shasum: hash('sha1', archive).digest('hex') };
  const said = {
    sha512: { integrity: sri(archive) },
    sha1,
    'sha1-and-null': { ...sha1, integrity: null },
    'sha1-and-empty': { ...sha1, integrity: '' },
    missing: {},
    wrong: { integrity: sri(Buffer.from('another tarball')) },
    'no hash': { integrity: 'verified' },
    'empty hash': { integrity: 'sha512-' },
    md5: { integrity: `md5-${hash('md5', archive).digest('base64')}` },
  };
  return { dist: { tarball, ...said[integrity] }, archive };
}

async function archiveOf(manifest: object, files: Record<string, string | Uint8Array> | string): Promise<Uint8Array> {
  const contents = typeof files === 'string' ? await filesIn(files) : files;
  return gzipSync(packTar({ 'package.json': JSON.stringify(manifest), ...contents }, 'package/'), { level: 1 });
}

async function filesIn(folder: string): Promise<Record<string, Uint8Array>> {
  const names = await readdir(folder);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))])));
}

function packumentOf(name: string, { versions, tags }: Package, isAbbreviated: boolean): object {
  const manifests = [...versions].map(([version, { dist }]) => [version, { name, version, dist }] as const);
  const times = [...versions.keys()].map((version) => [version, '2026-01-01T00:00:00.000Z'] as const);
  return {
    name,
    'dist-tags': Object.fromEntries(tags),
    versions: Object.fromEntries(manifests),
    ...(isAbbreviated ? {} : { time: Object.fromEntries(times), readme: `# ${name}` }),
  };
}

function sendPackument(request: IncomingMessage, response: ServerResponse, packument: object): void {
  const body = JSON.stringify(packument);
  const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
  response.statusCode = request.headers['if-none-match'] === etag ? 304 : 200;
  response.setHeader('etag', etag);
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'public, max-age=300');
  response.setHeader('vary', 'accept');
  response.end(response.statusCode === 304 ? undefined : body);
}

function sendTarball(response: ServerResponse, version: Version | undefined): void {
  if (version === undefined) fail(response, 404);
  else response.setHeader('content-type', 'application/octet-stream').end(version.archive);
}

function fail(response: ServerResponse, fault: Fault): void {
  if (fault === 'silence') return;
  if (fault === 'reset') response.socket?.resetAndDestroy();
  else if (fault === 'html') response.setHeader('content-type', 'text/html').end('<p>Please log in</p>');
  else response.writeHead(fault, fault === 429 ? { 'retry-after': '17' } : {}).end('{}');
}
