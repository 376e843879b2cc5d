/** What a target of a crawl is called among those of its job. */
import { createHash } from 'node:crypto';
import type { CrawlTarget } from './crawl.ts';
import { stringifyExact } from './json.ts';

/** Of what people recognise: with a hash behind it a key has 80 characters at most. */
const READABLE = 60;

/**
 * A key for `CrawlTarget.key`: what people recognise of the words (an address without its scheme), and a hash of the whole input, which
 * is the same however its fields are ordered.
 */
export function crawlKey(words: string, input: CrawlTarget['input']): string {
  const hash = createHash('sha256')
    .update(stringifyExact(sorted(input)))
    .digest('hex')
    .slice(0, 12);
  const readable = words
    .replace(/^[a-z]+:\/\/(?:www\.)?/i, '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, READABLE)
    .replace(/^-+|-+$/g, '');
  return readable === '' ? hash : `${readable}-${hash}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
