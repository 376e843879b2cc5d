/** Records of a snapshot: posts, and with `include_errors` what failed in place of them. */
import { parseLine, type StoredArtifact } from '@tidemill/kit';
import { type CrawlFacts, factsIn } from './facts.ts';
import { JsonPieces } from './json-pieces.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Throws a SyntaxError for what is no JSON. What is no object has no fields. */
export function recordIn(line: Uint8Array): Fields {
  const value = parseLine(line);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Why there is no post in this place; undefined for a post. Bright Data's code where it has one, and never its text, which may be about a person. */
export function errorCodeOf({ error, error_code: code }: Fields): string | undefined {
  if (typeof code === 'string' && code !== '') return /^[\w.-]{1,60}$/.test(code) ? code : 'error';
  return error === undefined || error === null || error === '' || error === false ? undefined : 'error';
}

/** Fields with pictures and films, of which scrapers have one or the other. */
const MEDIA = ['attachments', 'post_content'] as const;

/** How many pictures and films a post has, as its scraper lists them. */
export function mediaIn(record: Fields): number {
  const listed = MEDIA.map((name) => record[name]).find(Array.isArray);
  if (listed !== undefined) return listed.length;
  const [photos, images, videos] = ['photos', 'images', 'videos'].map((name) => lengthOf(record[name]));
  return (photos || images || 0) + (videos ?? 0);
}

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

/** Beside the fields of a post. */
export const CRAWL = '_crawl';

/** The posts, each with what its crawl was about. */
export async function* postsIn({ bytes, url }: StoredArtifact): AsyncGenerator<Fields & { [CRAWL]: CrawlFacts }> {
  const facts = factsIn(url);
  const pieces = new JsonPieces();
  const posts = function* (lines: readonly Uint8Array[]) {
    for (const line of lines) {
      const record = recordIn(line);
      if (errorCodeOf(record) === undefined) yield { ...record, [CRAWL]: facts };
    }
  };
  for await (const piece of bytes) yield* posts(pieces.push(piece));
  yield* posts(pieces.end());
}
