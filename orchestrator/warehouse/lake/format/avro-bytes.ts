/** Bytes of Avro, read and written from the front (https://avro.apache.org/docs/1.12.0/specification/#primitive-types). */
import { type Long, long } from './long.ts';

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Throws a RangeError where there are not so many left. */
  take(count: number): Buffer {
    const end = this.#at + count;
    if (!(count >= 0 && end <= this.#bytes.length)) throw new RangeError('it ends too early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError('it ends too early');
    this.#at += 1;
    return byte;
  }

  long(): Long {
    let low = 0;
    let shift = 0;
    // Most are short, and then cost no bigint.
    for (; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1);
    }
    let wide = BigInt(low);
    for (; shift < 70; shift += 7) {
      const byte = this.#byte();
      wide |= BigInt(byte & 0x7f) << BigInt(shift);
      if (byte < 0x80) return long(BigInt.asIntN(64, (wide >> 1n) ^ -(wide & 1n)));
    }
    throw new RangeError('a number has more than 64 bits');
  }

  /** A count, an index or a length. */
  size(): number {
    return Number(this.long());
  }

  bytes(): Buffer {
    return this.take(this.size());
  }
}

export class Writer {
  readonly #chunks: Uint8Array[] = [];

  put(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  long(value: unknown): void {
    if (!Number.isSafeInteger(value) && typeof value !== 'bigint') throw new TypeError('not a whole number');
    const wide = BigInt(value as Long);
    if (BigInt.asIntN(64, wide) !== wide) throw new TypeError('more than 64 bits');
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    this.put(Uint8Array.from([...bytes, Number(rest)]));
  }

  bytes(value: Uint8Array): void {
    this.long(value.length);
    this.put(value);
  }

  get written(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
