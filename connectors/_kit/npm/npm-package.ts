/**
 * Data sets that are published as npm packages, read through the user's own npm configuration: registry, scopes,
 * proxy, credentials and cache are npm's affair. npm's libraries are loaded when they are first needed.
 */
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ExtractContext } from '@tidemill/kit';
import { TidemillError } from '@tidemill/kit';
import type { RegistryOptions } from 'npm-registry-fetch';
import type { Parser } from 'tar';
import { z } from 'zod';
import { npmError } from './npm-errors.ts';
import { findVersion, readTarball, type Tarball } from './npm-registry.ts';

/** `3.40.0`, or a tag. What npm reads as a range (`v3`, `3.x`, `x`) is neither: two runs could mean two versions. */
const EXACT_OR_TAG = /^(?:\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?|(?!v?(?:\d+|[xX])(?:\.|$))[A-Za-z][\w.-]*)$/;

/** The option by which a job chooses a version. */
export const PackageVersion = z
  .string()
  .regex(EXACT_OR_TAG, 'must be an exact version such as 3.40.0 or a dist-tag such as latest; ranges are not accepted')
  .default('latest')
  .describe('Version of the npm package: an exact version, or a dist-tag, which is looked up at every run.');

export interface PackageSpec {
  readonly name: string;
  /** An exact version or a dist-tag. */
  readonly version: string;
}

/** One version of a package, as the registry named it. */
export interface ResolvedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the tarball, `sha512-…`; `sha1-…` where an old registry knows no other. */
  readonly integrity: string;
  /** For provenance: https://github.com/package-url/purl-spec, without a host. */
  readonly purl: string;
  /**
   * The bytes of the named files, paths relative to the package's root. They are kept in memory and only handed out
   * when the whole tarball matched its integrity. Comes from npm's cache where that has the tarball.
   */
  files(paths: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

type World = Pick<ExtractContext<unknown, unknown>, 'system' | 'signal'>;

/**
 * Asks the registry which version is meant; no tarball is fetched. Throws TidemillErrors: `config` for a package or
 * version that is not there, a range or a registry without integrity, `auth`, `quota` and `transient` as
 * `npm-errors.ts` lists them.
 */
export async function resolvePackage({ name, version }: PackageSpec, world: World): Promise<ResolvedPackage> {
  const spec = `${name}@${version}`;
  if (!EXACT_OR_TAG.test(version)) {
    throw new TidemillError('config', 'package-version-invalid', `${spec} is neither an exact version nor a dist-tag`, {
      hint: 'Give an exact version such as 3.40.0, or a dist-tag such as latest.',
    });
  }
  return asking(spec, world.signal, async () => {
    const options = await npmOptions(world);
    const asked = isOffline(options) ? options : { ...options, cache: undefined };
    const { version: exact, tarball } = await findVersion(name, version, asked);
    if (tarball === undefined) throw unverifiable(`${name}@${exact}`);
    const files = (paths: readonly string[]) => readFiles({ spec: `${name}@${exact}`, paths, world, options, tarball });
    return { name, version: exact, integrity: tarball.integrity, purl: purlOf(name, exact), files };
  });
}

/**
 * Only who asked npm for it gets a version from npm's cache. Otherwise a registry that fails would go unseen: npm
 * then answers with what it knew last, which looks like a version that did not change.
 */
const isOffline = ({ offline, preferOffline }: RegistryOptions): boolean => Boolean(offline || preferOffline);

const unverifiable = (spec: string): TidemillError =>
  new TidemillError('config', 'package-unverifiable', `${spec}: the registry gives no integrity for it`, {
    hint: 'Use a registry that does: without it nobody can tell whether the tarball is the published one.',
  });

const purlOf = (name: string, version: string): string =>
  `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;

/** The user's npm settings, read from the same places as npm does. */
async function npmOptions({ system, signal }: World): Promise<RegistryOptions> {
  const { default: Config } = await import('@npmcli/config');
  const { default: rules } = await import('@npmcli/config/lib/definitions/index.js');
  // Inside npm's scripts these say which npm runs; elsewhere it is taken to be the one that came with this Node.
  const { npm_node_execpath: execPath = process.execPath, npm_execpath } = system.env;
  const npmPath =
    npm_execpath === undefined ? join(dirname(execPath), '../lib/node_modules/npm') : join(npm_execpath, '../..');
  const config = new Config({ ...rules, npmPath, execPath, argv: [], env: { ...system.env }, cwd: system.cwd });
  await config.load();
  // The run itself tries again, and says so; npm's own waits of 10 and 60 seconds would come on top of that.
  return { ...config.flat, retry: { retries: 0 }, signal };
}

interface Reading {
  readonly spec: string;
  readonly paths: readonly string[];
  readonly world: World;
  readonly options: RegistryOptions;
  readonly tarball: Tarball;
}

async function readFiles({ spec, paths, world, options, tarball }: Reading): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = await asking(spec, world.signal, async () => {
    const { Parser: TarParser } = await import('tar');
    return readTarball(tarball, options, (bytes) => unpack(bytes, paths, TarParser));
  });
  const missing = paths.filter((path) => !files.has(path));
  if (missing.length === 0) return files;
  throw new TidemillError('source-changed', 'package-file-missing', `${spec} has no ${missing.join(', ')}`, {
    hint: 'The package changed its layout; an earlier version still has the file.',
  });
}

/** Collects files while the tarball streams by; npm may call it again when the first try was damaged. */
function unpack(bytes: Readable, paths: readonly string[], TarParser: typeof Parser): Promise<Map<string, Uint8Array>> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, Uint8Array>();
    const parser = new TarParser({
      filter: (path) => paths.includes(withoutRoot(path)),
      onReadEntry(entry) {
        // Into one piece of memory at once: data sets are large, and gathered chunks would be there twice.
        const file = Buffer.alloc(entry.size);
        let filled = 0;
        entry.on('data', (chunk: Buffer) => {
          filled += chunk.copy(file, filled);
          // An archive may end before the file does.
          if (filled === entry.size) files.set(withoutRoot(entry.path), file);
        });
        if (entry.size === 0) files.set(withoutRoot(entry.path), file);
      },
    });
    parser.on('error', reject);
    parser.on('end', () => resolve(files));
    bytes.on('error', reject);
    bytes.on('data', (chunk: Uint8Array) => parser.write(chunk));
    // Not reached when the integrity does not match: that is an error of the stream.
    bytes.on('end', () => parser.end());
  });
}

/** Everything in a package lies in one folder, mostly but not always called `package`. */
const withoutRoot = (path: string): string => path.slice(path.indexOf('/') + 1);

/** Runs what asks the registry; its errors become ours, and an aborted run ends with its own reason. */
async function asking<T>(spec: string, signal: AbortSignal, action: () => Promise<T>): Promise<T> {
  try {
    signal.throwIfAborted();
    return await action();
  } catch (thrown) {
    signal.throwIfAborted();
    throw npmError(thrown, spec);
  }
}
