import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpacked, wholeFile } from './whole-file.ts';

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

describe('a file', () => {
  it('is one piece, up to so many bytes', async () => {
    expect((await wholeFile(pieces('ab', 'c'), 3)).toString()).toBe('abc');
    await expect(wholeFile(pieces('ab', 'cd'), 3)).rejects.toMatchObject({
      kind: 'source-changed',
      code: 'file-large',
    });
  });

  it('is unpacked where it is packed', () => {
    const text = Buffer.from('{"a":1}');
    for (const bytes of [text, gzipSync(text)]) expect(unpacked(bytes, 100)).toEqual(text);
    expect(unpacked(Buffer.alloc(0), 100)).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['none at all behind its first bytes', Buffer.of(0x1f, 0x8b, 0, 1), 'file-packed'],
    ['far more than it looks', gzipSync('x'.repeat(10_000)), 'file-large'],
  ])('that is packed and %s is a source that changed', (_, bytes, code) => {
    expect(() => unpacked(bytes, 5000)).toThrow(expect.objectContaining({ kind: 'source-changed', code }));
  });

  it('that is packed and cut short may come whole another time', () => {
    const bytes = gzipSync('x'.repeat(1000)).subarray(0, 20);
    const error = { kind: 'transient', code: 'file-cut', message: 'a.gz is packed with gzip, and ends too early' };
    expect(() => unpacked(bytes, 5000, 'a.gz')).toThrow(expect.objectContaining(error));
  });
});
