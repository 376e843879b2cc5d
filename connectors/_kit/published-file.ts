/**
 * Streams of one file that somebody publishes at an address. It lies in bronze as it came, and its records are read from there: one run
 * says everything that it holds. A file that is still the same costs one request, and nothing is loaded.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CursorSpec, ExtractContext } from './contract.ts';
import type { Emission, StoredArtifact } from './emission.ts';
import { TidemillError } from './errors.ts';
import { readJsonFile } from './json-file.ts';
import { wholeFile } from './whole-file.ts';

/** What was read last: as its server calls it, and its SHA-256. */
const Known = z.object({ etag: z.string().nullable(), sha256: z.string() });
type Known = z.infer<typeof Known>;

const cursor: CursorSpec<Known | null> = { version: 1, schema: Known.nullable(), start: null };

/** More is no file that is read whole. */
const MOST_BYTES = 64 * 2 ** 20;

export interface PublishedFile<Contents> {
  /** Below the base URL of the service, or an absolute URL. */
  readonly path: string;
  /** Its name in bronze. */
  readonly name: string;
  /** Media types it may have: a page that excuses itself is none. */
  readonly types: readonly string[];
  /**
   * What it holds. Throws where it is not what it was, a file that holds nothing included: it is asked before anything is kept, and
   * every time the package is loaded.
   */
  read(bytes: Buffer): Contents;
}

/**
 * What the streams of one file share, as a function that adds what one of them differs in: which records are its own. Spread the
 * answer into `stream({ … })`.
 */
export const publishedFile =
  <Contents>(file: PublishedFile<Contents>) =>
  (recordsOf: (contents: Contents) => Iterable<unknown>) => ({
    write: 'upsert' as const,
    scope: 'everything' as const,
    end: 'one-answer' as const,
    method: 'export_download' as const,
    cursor,
    async *extract({
      http,
      cursor: known,
    }: ExtractContext<Known | null, unknown>): AsyncGenerator<Emission<Known | null>> {
      const ifChanged = known?.etag ? { 'if-none-match': known.etag } : {};
      const answer = await http.bytes(file.path, { headers: ifChanged, types: file.types, accept: [304] });
      const bytes = await wholeFile(answer.body, MOST_BYTES);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      if (answer.status === 304 || sha256 === known?.sha256) {
        yield { unchanged: file.name };
        return;
      }
      file.read(bytes);
      const { contentType, url } = answer;
      yield { artifact: bytes, name: file.name, contentType, url };
      yield { mark: { etag: answer.headers['etag'] ?? null, sha256 } };
    },
    async *parse({ bytes }: StoredArtifact): AsyncGenerator<unknown> {
      yield* recordsOf(file.read(await wholeFile(bytes, MOST_BYTES)));
    },
  });

/** Reads a file of JSON. Throws kind `source-changed` for another one, and where the contents have another shape. */
export const jsonFile =
  <S extends z.ZodType>(shape: S) =>
  (bytes: Buffer): z.output<S> =>
    readJsonFile(bytes, shape, (says) => changed(`The file ${says}`));

const changed = (message: string): TidemillError =>
  new TidemillError('source-changed', 'file-contents', message, {
    hint: 'Nothing was kept or deleted. If it stays so, the connector must learn the new shape.',
  });
