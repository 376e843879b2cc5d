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

/** So far from zero a number, doubled, has 32 bits. */
const SMALL = 2 ** 30;

export class Writer {
  #bytes = Buffer.allocUnsafe(4_096);
  #end = 0;

  put(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Throws a TypeError for what is no whole number of 64 bits, or a number that is not exact. */
  long(value: unknown): void {
    if (!Number.isSafeInteger(value) && typeof value !== 'bigint') throw new TypeError('not a whole number');
    if (typeof value === 'number' && value >= -SMALL && value < SMALL) this.#small((value << 1) ^ (value >> 31));
    else this.#wide(BigInt(value as Long));
  }

  bytes(value: Uint8Array): void {
    this.long(value.length);
    this.put(value);
  }

  get written(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  #small(zigzag: number): void {
    let rest = zigzag;
    for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  #wide(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw new TypeError('more than 64 bits');
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  #byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  /** Where the next bytes go. What is held may be another buffer after that. */
  #room(count: number): number {
    const at = this.#end;
    this.#end += count;
    if (this.#end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * this.#end);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}
