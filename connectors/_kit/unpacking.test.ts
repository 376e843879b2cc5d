import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackedPieces } from './unpacking.ts';

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const textOf = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
};

const text = 'what was packed '.repeat(10_000);

describe('bytes that come in pieces', () => {
  it.each([1, 3, 70_000])('are unpacked, %i at a time', async (size) => {
    expect(await textOf(unpackedPieces(piecesOf(gzipSync(text), size)))).toBe(text);
  });

  it.each(['', '\u001f', 'plain text'])('stay what they are where nobody has packed them: %j', async (plain) => {
    expect(await textOf(unpackedPieces(piecesOf(Buffer.from(plain), 2)))).toBe(plain);
  });

  it('that end too early may come whole another time', async () => {
    const cut = gzipSync(text).subarray(0, -9);
    const failure = { kind: 'transient', code: 'file-cut', message: 'It is packed with gzip, and ends too early' };
    await expect(textOf(unpackedPieces(piecesOf(cut, 64), 'It'))).rejects.toMatchObject(failure);
  });

  it('that only begin so are a source that has changed', async () => {
    const broken = Buffer.concat([Buffer.of(0x1f, 0x8b), Buffer.from('not at all packed')]);
    await expect(textOf(unpackedPieces(piecesOf(broken, 64)))).rejects.toMatchObject({ code: 'file-packed' });
  });

  it('keep the error of whoever sends them', async () => {
    const broken = (async function* () {
      yield gzipSync(text).subarray(0, 20);
      throw new Error('the line is down');
    })();
    await expect(textOf(unpackedPieces(broken))).rejects.toThrow('the line is down');
  });

  it('are left early by whoever has enough', async () => {
    let isClosed = false;
    const source = (async function* () {
      try {
        yield* piecesOf(gzipSync(text), 16);
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of unpackedPieces(source)) break;
    await new Promise(setImmediate);
    expect(isClosed).toBe(true);
  });
});
