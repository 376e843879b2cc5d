/**
 * Records cut out of a snapshot while it comes, in memory for one of them: an array of JSON, or JSON texts one after the other, as
 * Bright Data writes both.
 */
import { TidemillError } from '@tidemill/kit';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const isOpener = (byte: number): boolean => byte === 0x7b || byte === BRACKET;
const isCloser = (byte: number): boolean => byte === 0x7d || byte === 0x5d;
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** No post has as much. */
const MOST_BYTES = 64 * 2 ** 20;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Cuts only: whether a record is JSON shows when it is parsed. */
export class JsonPieces {
  /** How deep records lie: 1 in an array, 0 one after the other; undefined before the first byte. */
  #outer: 0 | 1 | undefined;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isOver = false;
  #bytes = 0;
  /** Of the record that is under way, what came in earlier pieces. */
  #begun: Uint8Array[] | undefined;
  #begunBytes = 0;

  /** The records that end in this piece. Throws kind `source-changed`, code `brightdata-snapshot`, for what cannot be one. */
  push(piece: Uint8Array): Uint8Array[] {
    const records: Uint8Array[] = [];
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      if (this.#isInString) {
        at = this.#passString(piece, at);
        continue;
      }
      const byte = piece[at] as number;
      const isOutside = this.#depth === this.#outer;
      const isBetween = isBlank(byte) || (isOutside && byte === COMMA) || this.#isMark(byte);
      // A number or a word ends where something else begins.
      if (isOutside && this.#begun !== undefined && (isBetween || isCloser(byte)))
        records.push(this.#end(piece.subarray(start, at)));
      if (isBetween) continue;
      if (this.#isOver) throw malformed('goes on behind its end');
      if (this.#opensAll(byte)) continue;
      if (isCloser(byte)) {
        if (this.#close(byte)) records.push(this.#end(piece.subarray(start, at + 1)));
        continue;
      }
      if (this.#begun === undefined) {
        this.#begun = [];
        start = at;
      }
      if (byte === QUOTE) this.#isInString = true;
      else if (isOpener(byte)) this.#depth += 1;
    }
    this.#bytes += piece.length;
    if (this.#begun !== undefined) this.#keep(piece.subarray(start));
    return records;
  }

  /** The record that only the end of the whole could end. Throws kind `transient`, code `brightdata-cut`, where there should be more. */
  end(): Uint8Array[] {
    const isWhole = this.#outer === 0 ? this.#depth === 0 && !this.#isInString : this.#isOver;
    if (!isWhole) {
      const what = this.#outer === undefined ? 'is empty' : 'ends too early';
      throw new TidemillError('transient', 'brightdata-cut', `A snapshot ${what}, after ${this.#bytes} bytes`, {
        hint: 'Nothing of it was kept. It is fetched again; if it stays so, the snapshot is damaged at Bright Data.',
      });
    }
    return this.#begun === undefined ? [] : [this.#end(new Uint8Array())];
  }

  /** Where the string ends, or the piece does. */
  #passString(piece: Uint8Array, start: number): number {
    let at = start;
    if (this.#isEscaped) at += 1;
    this.#isEscaped = false;
    for (; at < piece.length; at += 1) {
      const byte = piece[at];
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) {
        this.#isInString = false;
        return at;
      }
    }
    // A backslash was the last byte.
    this.#isEscaped = at > piece.length;
    return at;
  }

  #isMark(byte: number): boolean {
    return this.#outer === undefined && BYTE_ORDER_MARK.includes(byte);
  }

  /** Whether it is the bracket around all records. */
  #opensAll(byte: number): boolean {
    if (this.#outer !== undefined) return false;
    this.#outer = byte === BRACKET ? 1 : 0;
    this.#depth = this.#outer;
    return this.#outer === 1;
  }

  /** Whether a record ends with it. */
  #close(byte: number): boolean {
    this.#depth -= 1;
    if (this.#depth === this.#outer) return true;
    if (this.#depth >= (this.#outer ?? 0)) return false;
    if (this.#depth < 0 || byte !== BRACKET + 2) throw malformed('closes what it did not open');
    this.#isOver = true;
    return false;
  }

  #keep(piece: Uint8Array): void {
    // The piece is not ours: whoever sent it may use its memory again.
    this.#begun?.push(Uint8Array.from(piece));
    this.#begunBytes += piece.length;
    if (this.#begunBytes > MOST_BYTES) throw malformed(`has a record of more than ${MOST_BYTES} bytes`);
  }

  #end(rest: Uint8Array): Uint8Array {
    const begun = this.#begun ?? [];
    this.#begun = undefined;
    this.#begunBytes = 0;
    return begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
  }
}

const malformed = (what: string): TidemillError =>
  new TidemillError('source-changed', 'brightdata-snapshot', `A snapshot ${what}: it is no JSON`, {
    hint: 'Nothing of it was kept. If it stays so, Bright Data writes snapshots otherwise than the connector knows.',
  });
