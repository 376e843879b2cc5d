/** Fingerprints on disk, parted by their keys: both sides of a comparison have the same key in the part of the same number. */
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A part of 10^7 rows of thirty columns is about 15 MB: what the join has of each side in memory. */
export const PARTS = 128;

/** What is collected of a part before it is written. */
const CHUNK_BYTES = 16 * 1024;

export class Spill {
  readonly #parts: readonly Part[];

  /** `name` begins the names of its files; every fingerprint has `width` bytes, of which the first says its part. */
  constructor(folder: string, name: string, width: number) {
    const chunk = Math.ceil(CHUNK_BYTES / width) * width;
    this.#parts = Array.from({ length: PARTS }, (_, part) => new Part(join(folder, `${name}-${part}`), chunk));
  }

  add(fingerprint: Buffer): void {
    this.#parts[(fingerprint[0] ?? 0) % PARTS]?.add(fingerprint);
  }

  /** All fingerprints of one part, one after the other. */
  read = (part: number): Buffer => this.#parts[part]?.read() ?? Buffer.alloc(0);

  remove(): void {
    for (const part of this.#parts) part.remove();
  }
}

class Part {
  readonly #file: string;
  readonly #size: number;
  /** Made with the first fingerprint: of a small table most parts are empty. */
  #chunk: Buffer | undefined;
  #filled = 0;
  #written = 0;

  constructor(file: string, size: number) {
    this.#file = file;
    this.#size = size;
  }

  add(fingerprint: Buffer): void {
    this.#chunk ??= Buffer.alloc(this.#size);
    this.#filled += fingerprint.copy(this.#chunk, this.#filled);
    if (this.#filled === this.#size) this.#flush();
  }

  read(): Buffer {
    if (this.#written === 0) return this.#collected();
    this.#flush();
    return readFileSync(this.#file);
  }

  remove(): void {
    if (this.#written > 0) rmSync(this.#file);
  }

  #collected = (): Buffer => this.#chunk?.subarray(0, this.#filled) ?? Buffer.alloc(0);

  #flush(): void {
    appendFileSync(this.#file, this.#collected());
    this.#written += this.#filled;
    this.#filled = 0;
  }
}
