/**
 * Streams of one file that somebody publishes, at an address or in the releases of a repository at GitHub. It lies in bronze as it came, and its records are read from there: one run
 * says everything that it holds. A file that is still the same costs one request, and nothing is loaded.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CursorSpec } from './contract.ts';
import type { Emission, StoredArtifact } from './emission.ts';
import { TidemillError } from './errors.ts';
import type { ExtractContext } from './extract-context.ts';
import { latestAsset, type ReleaseFile } from './github-release.ts';
import type { Download, Http } from './http.ts';
import { readJsonFile } from './json-file.ts';
import { wholeFile } from './whole-file.ts';

/** What was read last: as its server calls it, and its SHA-256. */
const Known = z.object({ etag: z.string().nullable(), sha256: z.string() });
type Known = z.infer<typeof Known>;

const cursor: CursorSpec<Known | null> = { version: 1, schema: Known.nullable(), start: null };

/** More is no file that is read whole. */
const MOST_BYTES = 64 * 2 ** 20;

interface File<Contents> {
  /** Its name in bronze. */
  readonly name: string;
  /**
   * What it holds. Throws where it is not what it was, a file that holds nothing included: it is asked before anything is kept, and
   * every time the package is loaded.
   */
  read(bytes: Buffer, name: string): Contents;
}

export interface PublishedFile<Contents> extends File<Contents> {
  /** Below the base URL of the service, or an absolute URL. */
  readonly path: string;
  /** Media types it may have: a page that excuses itself is none. */
  readonly types: readonly string[];
}

/** An asset of the newest release of a repository at GitHub. */
export interface ReleasedFile<Contents, Options> extends File<Contents> {
  in(given: Pick<ExtractContext<unknown, Options>, 'credentials' | 'options'>): Omit<ReleaseFile, 'etag'>;
}

/** What has come. */
type Fetched = Known & { readonly bytes: Buffer; readonly contentType: string; readonly url: string };

/**
 * What the streams of one file share, as a function that adds what one of them differs in: which records are its own. Spread the
 * answer into `stream({ … })`.
 */
export const publishedFile =
  <Contents, Options = unknown>(file: PublishedFile<Contents> | ReleasedFile<Contents, Options>) =>
  (recordsOf: (contents: Contents) => Iterable<unknown>) => ({
    write: 'upsert' as const,
    scope: 'everything' as const,
    end: 'one-answer' as const,
    method: 'export_download' as const,
    preview: true as const,
    cursor,
    async *extract(context: ExtractContext<Known | null, Options>): AsyncGenerator<Emission<Known | null>> {
      const { http, cursor: known } = context;
      const found = await ('path' in file ? fetched(http, file, known) : released(http, file.in(context), known));
      if (found === undefined || found.sha256 === known?.sha256) {
        yield { unchanged: file.name };
        return;
      }
      const { bytes, contentType, url, etag, sha256 } = found;
      file.read(bytes, file.name);
      yield { artifact: bytes, name: file.name, contentType, url };
      yield { mark: { etag, sha256 } };
    },
    async *parse({ bytes }: StoredArtifact): AsyncGenerator<unknown> {
      yield* recordsOf(file.read(await wholeFile(bytes, MOST_BYTES), file.name));
    },
  });

/** Undefined where the server says that it is the one of the tag. */
async function fetched(
  http: Http,
  { path, types }: Pick<PublishedFile<unknown>, 'path' | 'types'>,
  known: Known | null,
): Promise<Fetched | undefined> {
  const asked = known?.etag ? { headers: { 'if-none-match': known.etag }, accept: [304] } : {};
  const answer = await http.bytes(path, { ...asked, types });
  return answer.status === 304 ? undefined : whole(answer, answer.headers['etag'] ?? null);
}

/** Undefined where the release is the one of the tag; or the file in it, as a release changes with each download of its files. */
async function released(http: Http, file: ReleaseFile, known: Known | null): Promise<Fetched | undefined> {
  const asset = await latestAsset(http, { ...file, etag: known?.etag });
  if (asset === undefined || (known !== null && asset.sha256 === known.sha256)) return undefined;
  // GitHub sends whoever asks for an asset to where it is stored.
  return whole(await http.bytes(asset.url, { elsewhere: true }), asset.etag);
}

async function whole({ body, contentType, url }: Download, etag: string | null): Promise<Fetched> {
  const bytes = await wholeFile(body, MOST_BYTES, url);
  return { bytes, contentType, url, etag, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Reads a file of JSON. Throws kind `source-changed` for another one, and where the contents have another shape. */
export const jsonFile =
  <S extends z.ZodType>(shape: S) =>
  (bytes: Buffer, name: string): z.output<S> =>
    readJsonFile(bytes, shape, (says) => changed(`${name} ${says}`));

const changed = (message: string): TidemillError =>
  new TidemillError('source-changed', 'file-contents', message, {
    hint: 'Nothing was kept or deleted. If it stays so, the connector must learn the new shape.',
  });
