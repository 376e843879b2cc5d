/** The body of a snapshot, once it is known to be one: Bright Data says in three ways that it is not ready. */
import { type Http, type Query, TidemillError, unpackedPieces } from '@tidemill/kit';
import { NotReady } from './answers.ts';

export interface SnapshotBody {
  /** Not packed. */
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly contentType: string;
  readonly url: string;
}

/** What a refusal has at most, and what a record may have more of. */
const REFUSAL_BYTES = 64 * 1024;
const MARK = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * Asks for a snapshot, or a part of one. Throws kind `transient`, code `brightdata-not-ready`, where it is not ready: with 202, with 409,
 * or with a 200 that is an object in place of the records.
 */
export async function bodyOf(http: Http, ticket: string, query: Query): Promise<SnapshotBody> {
  const answer = await http.bytes(`datasets/v3/snapshot/${ticket}`, { query, accept: [409] });
  if (answer.status === 202 || answer.status === 409) {
    for await (const _ of answer.body);
    throw notReady(answer.url, answer.status);
  }
  const bytes = unpackedPieces(answer.body, answer.url);
  const { head, rest } = await beginningOf(bytes);
  const text = head
    .subarray(head.indexOf(MARK) === 0 ? MARK.length : 0)
    .toString()
    .trimStart();
  if (text.startsWith('{') && isNotReady(text)) {
    await rest.return?.();
    throw notReady(answer.url, answer.status);
  }
  if (text !== '' && !/^[[{]/.test(text)) {
    await rest.return?.();
    throw noSnapshot(answer.url, answer.contentType);
  }
  const contentType = `application/${text.startsWith('{') ? 'x-ndjson' : 'json'}; charset=utf-8`;
  return { bytes: joined(head, rest), contentType, url: answer.url };
}

function isNotReady(text: string): boolean {
  try {
    return NotReady.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** Enough to see what it is: a bracket will do, but an object is looked at to its end. */
async function beginningOf(bytes: AsyncIterable<Uint8Array>) {
  const rest = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < REFUSAL_BYTES && !/^\uFEFF?\s*[^\s{]/.test(head.toString())) {
    const { done, value } = await rest.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  return { head, rest };
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** As Bright Data says it: https://docs.brightdata.com/datasets/scrapers/scrapers-library/error-list-by-endpoint */
const AGAIN_SECONDS = 10;

const notReady = (url: string, status: number): TidemillError =>
  new TidemillError('transient', 'brightdata-not-ready', `${url} answered ${status}: the snapshot is not ready yet`, {
    retryAfterSeconds: AGAIN_SECONDS,
  });

const noSnapshot = (url: string, type: string): TidemillError =>
  new TidemillError('source-changed', 'brightdata-snapshot', `${url} answered ${type}, which is no snapshot`, {
    hint: 'Nothing of it was kept. Open the address by hand: it may be a login page or a notice.',
  });
