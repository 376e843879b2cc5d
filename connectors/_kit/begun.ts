/** Bytes that come in pieces, of which one looks at the first before anybody reads them all. */

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
