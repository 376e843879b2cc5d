/** Bytes → text. */
import { notDecoded } from './faults.ts';

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
