/**
 * Records cut out of an answer, each as the source wrote it: one scan over the bytes, and nothing is parsed but what holds
 * the records together.
 */
import { isUtf8 } from 'node:buffer';
import { afterBlanks, afterName, endOfString, endOfValue, malformed } from './json-text.ts';

/** By the path they were asked for. */
export type RecordLines<Path extends string = string> = Readonly<Record<Path, readonly Uint8Array[]>>;

export interface Cut<Path extends string = string> {
  /** The answer with nothing in the arrays that were asked for, as JSON. */
  readonly envelope: string;
  /** What those arrays hold. */
  readonly lines: RecordLines<Path>;
}

/** Where records lie, as far as the way to them leads through the value that is looked at. */
interface Way {
  readonly names: readonly string[];
  readonly lines: Uint8Array[];
}

/**
 * Cuts the elements of the arrays at the paths out of a JSON text. A path is names with dots between them, '' for the
 * answer itself; an array on the way stands for each object in it. Where there is no array, there are no records, and what
 * is there stays in the envelope. Of a name that an object has twice the last one counts, as for `JSON.parse`.
 * Throws a SyntaxError when the text is no JSON, or when its envelope is not UTF-8.
 */
export function cutRecords<Path extends string>(bytes: Uint8Array, paths: readonly Path[]): Cut<Path> {
  const lines = Object.fromEntries(paths.map((path) => [path, []])) as unknown as Record<Path, Uint8Array[]>;
  const ways = paths.map((path) => ({ names: path === '' ? [] : path.split('.'), lines: lines[path] }));
  const cutter = new Cutter(bytes);
  const end = cutter.value(afterBlanks(bytes, 0), ways);
  if (afterBlanks(bytes, end) !== bytes.length) throw malformed();
  return { envelope: cutter.envelope(), lines };
}

class Cutter {
  readonly #bytes: Uint8Array;
  /** Of the envelope, up to where it was followed. */
  readonly #pieces: Uint8Array[] = [];
  #kept = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  envelope(): string {
    const all = Buffer.concat([...this.#pieces, this.#bytes.subarray(this.#kept)]);
    if (!isUtf8(all)) throw malformed();
    return all.toString();
  }

  /** Follows the ways into the value that begins here; answers where it ends. */
  value(at: number, ways: readonly Way[]): number {
    const opener = ways.length === 0 ? 0 : this.#bytes[at];
    if (opener === 0x7b) return this.#object(at, ways);
    if (opener !== 0x5b) return endOfValue(this.#bytes, at);
    const here = ways.find(({ names }) => names.length === 0);
    return here === undefined ? this.#array(at, ways) : this.#records(at, here.lines);
  }

  #object(start: number, ways: readonly Way[]): number {
    const before = ways.map(({ lines }) => lines.length);
    return this.#each(start, 0x7d, (at) => {
      const value = afterName(this.#bytes, at);
      const name = this.#name(at);
      const onward = ways.flatMap(({ names: [first, ...names], lines }, index) => {
        if (first !== name) return [];
        // The name was there before: what it led to does not count.
        lines.length = before[index] ?? 0;
        return [{ names, lines }];
      });
      return this.value(value, onward);
    });
  }

  #array(start: number, ways: readonly Way[]): number {
    const isObject = (at: number): boolean => this.#bytes[at] === 0x7b;
    return this.#each(start, 0x5d, (at) => this.value(at, isObject(at) ? ways : []));
  }

  #records(start: number, lines: Uint8Array[]): number {
    this.#pieces.push(this.#bytes.subarray(this.#kept, start + 1));
    const end = this.#each(start, 0x5d, (at) => {
      const after = endOfValue(this.#bytes, at);
      lines.push(this.#bytes.subarray(at, after));
      return after;
    });
    this.#kept = end - 1;
    return end;
  }

  /** Calls `follow` where each member or element begins; it answers where that ends. */
  #each(start: number, closer: number, follow: (at: number) => number): number {
    const bytes = this.#bytes;
    let at = afterBlanks(bytes, start + 1);
    if (bytes[at] === closer) return at + 1;
    for (;;) {
      at = afterBlanks(bytes, follow(at));
      if (bytes[at] === closer) return at + 1;
      if (bytes[at] !== 0x2c) throw malformed();
      at = afterBlanks(bytes, at + 1);
    }
  }

  #name(at: number): unknown {
    return JSON.parse(Buffer.from(this.#bytes.subarray(at, endOfString(this.#bytes, at))).toString());
  }
}
