/** The header `Range` as the fake stores read it: https://www.rfc-editor.org/rfc/rfc9110#name-byte-ranges */

export interface Part {
  /** Of the object, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  /** `bytes 0-9/100` */
  readonly contentRange: string;
}

/**
 * What there is of the range in an object of so many bytes; for `nothing` the answer is 416. A store overlooks a header
 * that is no range, or several, and sends everything. Nobody means that: the fakes refuse it.
 */
export function partIn(range: string, bytes: number): Part | 'nothing' | 'no range' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first + last === '' || (first !== '' && last !== '' && Number(first) > Number(last))) {
    return 'no range';
  }
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? bytes : Math.min(Number(last) + 1, bytes);
  return from < to ? { from, to, contentRange: `bytes ${from}-${to - 1}/${bytes}` } : 'nothing';
}

/** The bytes of the part, of an object in pieces. */
export function* cut(chunks: readonly Uint8Array[], { from, to }: Part): Generator<Uint8Array> {
  let at = 0;
  for (const chunk of chunks) {
    const piece = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
    at += chunk.length;
    if (piece.length > 0) yield piece;
  }
}
