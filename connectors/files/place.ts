/** Where files lie: behind addresses, or in a bucket. */
import { type ExtractContext, type ReadableBucket, TidemillError } from '@tidemill/kit';
import { z } from 'zod';
import { isPage, tooMany } from './faults.ts';
import { isPattern, isWeb, patternOf, type ServiceOptions } from './options.ts';

/** What is remembered of a file: whether it is another one now is asked of its place by this, and then of its bytes. */
export const Known = z.object({
  /** Its entity tag, or the version that its bucket says. */
  etag: z.string().optional(),
  modified: z.string().optional(),
  bytes: z.int(),
  sha256: z.string(),
  /** It is not there any more, and that was told. Only where the table has no key. */
  gone: z.literal(true).optional(),
});
export type Known = z.infer<typeof Known>;

export interface Fetched extends Pick<Known, 'etag' | 'modified'> {
  readonly body: AsyncIterable<Uint8Array>;
  readonly contentType: string;
  readonly url: string;
}

export interface Place {
  /** Their names, in the order of which they are read. */
  names(): Promise<readonly string[]>;
  /** The file, unless it is the one that is known. */
  get(name: string, known: Known | undefined): Promise<Fetched | 'unchanged' | 'gone'>;
}

/** The names stand in the state of the job: each costs some 200 bytes. */
export const MOST_FILES = 2000;

type Given = Pick<ExtractContext<unknown, { readonly files: readonly string[] }>, 'http' | 'openBucket' | 'options'>;

export async function placeOf(service: ServiceOptions, { http, openBucket, options }: Given): Promise<Place> {
  const files = [...new Set(options.files)];
  return isWeb(service) ? webPlace(http, files) : bucketPlace(await openBucket(service.url), service.url, files);
}

function webPlace(http: Given['http'], files: readonly string[]): Place {
  return {
    names: async () => files,
    async get(name, known) {
      const answer = await http.bytes(name, {
        headers: asked(known),
        accept: [404, 410, ...(known === undefined ? [] : [304])],
        elsewhere: true,
      });
      if (answer.status === 304) return 'unchanged';
      if (answer.status === 404 || answer.status === 410) return 'gone';
      const { body, contentType, url, headers } = answer;
      if (/^text\/html\b/i.test(contentType)) {
        await body[Symbol.asyncIterator]().return?.();
        throw isPage(name);
      }
      return { body, contentType, url, ...tags(headers['etag'], headers['last-modified']) };
    },
  };
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-13.1.3: where both are sent, the tag counts. */
const asked = (known: Known | undefined): Record<string, string> => ({
  ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
  ...(known?.modified === undefined ? {} : { 'if-modified-since': known.modified }),
});

const tags = (etag: string | undefined, modified: string | undefined): Pick<Known, 'etag' | 'modified'> => ({
  ...(etag === undefined ? {} : { etag }),
  ...(modified === undefined ? {} : { modified }),
});

function bucketPlace(bucket: ReadableBucket, at: string, files: readonly string[]): Place {
  const versions = new Map<string, string>();
  const patterns = files.map(patternOf);
  const isWanted = (key: string): boolean => patterns.some((pattern) => pattern.test(key));
  return {
    async names() {
      for (const prefix of prefixesOf(files)) {
        for await (const { key, version } of bucket.list(prefix)) {
          if (isWanted(key)) versions.set(key, version);
          if (versions.size > MOST_FILES) throw tooMany(MOST_FILES);
        }
      }
      // What is named and not there is one that is gone.
      for (const name of files) if (!isPattern(name) && !versions.has(name)) versions.set(name, '');
      return [...versions.keys()].sort();
    },
    async get(name, known) {
      if (known?.etag !== undefined && versions.get(name) === known.etag) return 'unchanged';
      const object = await bucket.read(name);
      if (object === undefined) return 'gone';
      // A listing may tell a shorter version than reading: it is the one to be compared with the next listing.
      const etag = versions.get(name) || object.version;
      const type = { contentType: 'application/octet-stream', url: `${at.replace(/\/+$/, '')}/${name}` };
      return { body: object.body, ...type, etag };
    },
  };
}

/** What stands before the first sign of a pattern, without those that begin with another one. */
function prefixesOf(files: readonly string[]): string[] {
  const all = [...new Set(files.map((name) => name.replace(/[*?].*$/s, '')))].sort();
  return all.filter((prefix) => !all.some((other) => other !== prefix && prefix.startsWith(other)));
}

/** Throws kind `config` where a pattern is to be found by HTTP, which lists nothing; a question mark begins the query of an address. */
export function checkNames(service: ServiceOptions, files: readonly string[]): void {
  const pattern = files.find((name) => /^[^?]*\*/.test(name));
  if (!isWeb(service) || pattern === undefined) return;
  throw new TidemillError(
    'config',
    'files-pattern',
    `${pattern.slice(0, 100)}: nobody lists the files at ${service.url}`,
    {
      hint: 'Name each file. Patterns are for buckets and folders; for a star in an address write %2A.',
    },
  );
}
