/** Bytes → text. */
import { notDecoded } from './faults.ts';

/** The first bytes, and all of them after each other. */
export interface Begun {
  readonly head: Buffer;
  readonly all: AsyncIterable<Uint8Array>;
}

/** Reads until `least` bytes are there, or the end. */
export async function begun(pieces: AsyncIterable<Uint8Array>, least: number): Promise<Begun> {
  const rest = pieces[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  for (let length = 0; length < least; ) {
    const { done, value } = await rest.next();
    if (done) break;
    read.push(value);
    length += value.length;
  }
  const head = Buffer.concat(read);
  return { head, all: joined(head, rest) };
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** https://encoding.spec.whatwg.org/#bom-sniff */
const MARKS: readonly (readonly [encoding: string, mark: Buffer])[] = [
  ['utf-8', Buffer.of(0xef, 0xbb, 0xbf)],
  ['utf-16be', Buffer.of(0xfe, 0xff)],
  ['utf-16le', Buffer.of(0xff, 0xfe)],
];

/** What the mark at its beginning says; undefined without one. */
export const encodingOf = (head: Buffer): string | undefined =>
  MARKS.find(([, mark]) => head.subarray(0, mark.length).equals(mark))?.[0];

/** The text, without a mark. Throws `file-encoding` where the bytes are none of the encoding. */
export async function* decoded(
  pieces: AsyncIterable<Uint8Array>,
  encoding: string,
  what: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let before = 0;
  const next = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw notDecoded(what, encoding, before);
    }
  };
  for await (const piece of pieces) {
    const text = next(piece);
    before += piece.length;
    if (text !== '') yield text;
  }
  const last = next();
  if (last !== '') yield last;
}
