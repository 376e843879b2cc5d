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

/** What any record has about its reading, and nothing of a post. */
const READING = ['timestamp', 'input', 'discovery_input', 'error', 'error_code', 'warning', 'warning_code'];

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '' || value === false;

/**
 * Why there is no post in this place; undefined for a post. Bright Data's code where it has one, and never its text, which may be about a
 * person. A post may come with a warning; a warning without a post is how some scrapers say that they have found none.
 */
export function errorCodeOf(record: Fields): string | undefined {
  const { error, error_code, warning, warning_code } = record;
  if (!isNothing(error_code) || !isNothing(error)) return codeIn(error_code, 'error');
  if (isNothing(warning_code) && isNothing(warning)) return undefined;
  const hasPost = Object.entries(record).some(([name, value]) => !READING.includes(name) && !isNothing(value));
  return hasPost ? undefined : codeIn(warning_code, 'warning');
}

const codeIn = (code: unknown, otherwise: string): string =>
  typeof code === 'string' && /^[\w.-]{1,60}$/.test(code) ? code : otherwise;

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
