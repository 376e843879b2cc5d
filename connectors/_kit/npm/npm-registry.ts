/**
 * What npm's own libraries are asked here: which version there is, and its tarball. `pacote` does the same and more: it brings what runs
 * git, scripts and signatures along, and that is most of what it costs to load.
 */
import type { Readable } from 'node:stream';
import type { RegistryOptions } from 'npm-registry-fetch';
import { z } from 'zod';

/** One version of a package, as a registry describes it. */
const Release = z.object({
  version: z.string(),
  dist: z
    .object({
      tarball: z.string().optional(),
      /** Some have none, some an empty one: https://github.com/nodejs/corepack/issues/537 */
      integrity: z.string().optional().catch(undefined),
      /** SHA-1 in hexadecimal digits, of before there was `integrity`. */
      shasum: z
        .string()
        .regex(/^[0-9a-f]{40}$/i)
        .optional()
        .catch(undefined),
    })
    .catch({}),
});
type Release = z.output<typeof Release>;

export interface Tarball {
  /** Name of the package: some registries have tarballs elsewhere on their host, and want the credentials of the package's scope. */
  readonly of: string;
  readonly url: string;
  /** Subresource integrity. */
  readonly integrity: string;
}

export interface FoundVersion {
  readonly version: string;
  /** Undefined where the registry gives no integrity for it. */
  readonly tarball: Tarball | undefined;
}

/** The short form of a packument, which has no dates: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
const SHORT = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';
const FULL = 'application/json';

/** The version that an exact version or a dist-tag stands for. Throws what npm's libraries throw. */
export async function findVersion(name: string, wanted: string, options: RegistryOptions): Promise<FoundVersion> {
  const [{ default: pickManifest }, { default: ssri }] = await Promise.all([
    import('npm-pick-manifest'),
    import('ssri'),
  ]);
  // Who wants nothing younger than a day asks for dates.
  const packument = await packumentOf(name, options.before ? FULL : SHORT, options);
  const { version, dist } = Release.parse(pickManifest(packument, wanted, options));
  const tarball = tarballOf(name, dist);
  return { version, tarball: tarball && ssri.parse(tarball.integrity) !== null ? tarball : undefined };
}

async function packumentOf(name: string, accept: string, options: RegistryOptions): Promise<unknown> {
  const { default: ask } = await import('npm-registry-fetch');
  try {
    const answer = await ask(`/${name.replace('/', '%2f')}`, { ...options, spec: name, headers: { accept } });
    return await answer.json();
  } catch (error) {
    // A registry may not know the short form.
    if ((error as { code?: unknown }).code !== 'E404' || accept === FULL) throw error;
    return packumentOf(name, FULL, options);
  }
}

/** What a hash must be for npm's libraries to compare with it, and for somebody to rely on that. */
const HASH = /(?:^|\s)sha(?:1|256|384|512)-[\w+/=]/;

function tarballOf(of: string, { tarball: url, integrity, shasum }: Release['dist']): Tarball | undefined {
  const known = integrity || (shasum === undefined ? '' : `sha1-${Buffer.from(shasum, 'hex').toString('base64')}`);
  return url === undefined || !HASH.test(known) ? undefined : { of, url, integrity: known };
}

/**
 * What `read` makes of the tarball's bytes. They come from npm's cache if that has them, and are compared with the integrity either
 * way: where they are others, the stream ends with an error. A copy that is damaged is fetched once more, and `read` called again; so
 * is one that the cache cannot hold.
 */
export async function readTarball<T>(
  { of: spec, url, integrity }: Tarball,
  options: RegistryOptions,
  read: (bytes: Readable) => Promise<T>,
): Promise<T> {
  const [{ default: cacache }, { default: ask }, { default: ssri }] = await Promise.all([
    import('cacache'),
    import('npm-registry-fetch'),
    import('ssri'),
  ]);
  const { cache } = options;
  const fetchInto = async (kept: string | undefined): Promise<T> => {
    const algorithms = [ssri.parse(integrity)?.pickAlgorithm()];
    const answer = await ask(addressOf(url, options), { ...options, spec, cache: kept, integrity, algorithms });
    return read(answer.body);
  };
  const fetched = (): Promise<T> => fetchInto(cache);
  const again = async (error: unknown): Promise<T> => {
    if (!isDamaged(error)) throw error;
    if (cache !== undefined) await cacache.rm.content(cache, integrity);
    return fetched();
  };
  if (cache === undefined) return fetched().catch(again);
  const throughCache = async (): Promise<T> => {
    if (options.preferOnline) return fetched().catch(again);
    return read(cacache.get.stream.byDigest(cache, integrity)).catch((error) => {
      return isAbsent(error) ? fetched().catch(again) : again(error);
    });
  };
  return throughCache().catch((error) => {
    if (!isOfFiles(error)) throw error;
    return fetchInto(undefined);
  });
}

const isDamaged = (error: unknown): boolean => /^(EINTEGRITY|Z_DATA_ERROR)$/.test(String(codeOf(error)));
const isAbsent = (error: unknown): boolean => /^(ENOENT|EISDIR)$/.test(String(codeOf(error)));

/** The cache cannot be used: another user's, on a full disk, or cleared meanwhile. https://github.com/npm/cli/issues/6245 */
const isOfFiles = (error: unknown): boolean =>
  /^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT|ENOTDIR|EISDIR|ENOENT|EEXIST|EBUSY|EIO|EMFILE|ENFILE|ENAMETOOLONG)$/.test(
    String(codeOf(error)),
  );

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;

const NPMJS = 'registry.npmjs.org';

/**
 * A mirror may hand on what the first registry wrote, and so its address. The mirror's own path comes before that of the tarball, or
 * takes the place of the path that the setting names, as where npm installs: https://github.com/npm/cli/pull/9672,
 * https://docs.npmjs.com/cli/v11/using-npm/config#replace-registry-host
 */
function addressOf(url: string, { registry, replaceRegistryHost = 'npmjs' }: RegistryOptions): string {
  const written = new URL(url);
  if (registry === undefined || replaceRegistryHost === 'never') return url;
  const replaced = replaceRegistryHost === 'always' ? written.origin : replaceRegistryHost;
  const { host, path } = /^https?:\/\//i.test(replaced) ? placeOf(replaced) : { host: replaced, path: '' };
  const isReplaced = [written.host, written.hostname].includes(host === 'npmjs' ? NPMJS : host);
  if (!isReplaced || !isBelow(path, written)) return url;
  const address = new URL(registry);
  const own = placeOf(registry).path;
  const rest = written.pathname.slice(path.length);
  address.pathname = path === '' && isBelow(own, written) ? rest : own + rest;
  address.search = written.search;
  return address.href;
}

/** A host, and a path without the slash at its end. */
function placeOf(url: string): { readonly host: string; readonly path: string } {
  const { host, pathname } = new URL(url);
  return { host, path: pathname.replace(/\/$/, '') };
}

const isBelow = (path: string, { pathname }: URL): boolean => pathname.startsWith(`${path}/`);
