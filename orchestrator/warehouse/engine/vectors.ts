/**
 * Values on their way into the vectors of DuckDB, many rows at once: a call for each value, and a text for each that DuckDB reads
 * again, took twice as long. Of the client's own vectors, those that write NULLs and whole numbers are as slow.
 */
import duckdb from '@duckdb/node-bindings';

type Vector = ReturnType<typeof duckdb.data_chunk_get_vector>;

/** As many as a vector holds. */
export const ROWS = duckdb.vector_size();

/** The values of one column that are written together, from the first row on. */
export abstract class Cells<T> {
  #vector: Vector | undefined;
  /** A bit for each row, 0 where it is NULL. */
  readonly #valid = new Uint8Array(ROWS / 8);
  #hasNull = false;

  /** From here on values go into that vector, which was reset. */
  begin(vector: Vector): void {
    this.#vector = vector;
    this.#valid.fill(0xff);
    this.#hasNull = false;
  }

  put(row: number, value: T | null): void {
    if (value !== null) {
      this.set(row, value);
      return;
    }
    const at = row >> 3;
    this.#valid[at] = (this.#valid[at] as number) & ~(1 << (row & 7));
    this.#hasNull = true;
  }

  /** Of so many rows each was put. */
  end(rows: number): void {
    this.copy(rows);
    if (!this.#hasNull) return;
    duckdb.vector_ensure_validity_writable(this.vector);
    duckdb.copy_data_to_vector_validity(this.vector, 0, this.#valid.buffer, 0, this.#valid.byteLength);
  }

  protected get vector(): Vector {
    if (this.#vector === undefined) throw new TypeError('no vector was begun');
    return this.#vector;
  }

  protected abstract set(row: number, value: T): void;
  protected abstract copy(rows: number): void;
}

/** Of a text a vector holds 16 bytes: its length, and all of it where it is no longer than 12 (`duckdb_string_t` in duckdb.h). */
const TEXT_BYTES = 16;
const SHORT = 12;
/** To read these bytes costs as much as some ten texts that are handed over. */
const REPEATED = 20;

/** Any text is handed over by a call; but short ones, and one that comes again and again, are set down side by side. */
export class TextCells extends Cells<string> {
  readonly #bytes = new Uint8Array(TEXT_BYTES * ROWS);
  /** From this row on they are to be copied. */
  #first = 0;
  #last: string | undefined;
  #times = 0;
  #held: Uint8Array | undefined;

  protected set(row: number, text: string): void {
    if (text.length <= SHORT && this.#isSetDown(row, text)) return;
    this.#times = text === this.#last ? this.#times + 1 : 0;
    if (this.#times >= REPEATED) this.#repeat(row);
    else this.#handOver(row, text);
  }

  /** Not where it is longer than it looks: bytes are counted, not characters. */
  #isSetDown(row: number, text: string): boolean {
    const at = TEXT_BYTES * row;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[at + 4 + index] = code;
    }
    this.#bytes[at] = text.length;
    return true;
  }

  #handOver(row: number, text: string): void {
    this.copy(row);
    this.#first = row + 1;
    this.#last = text;
    this.#held = undefined;
    duckdb.vector_assign_string_element(this.vector, row, text);
  }

  /** The bytes of the last one lead to where it lies. */
  #repeat(row: number): void {
    this.#held ??= duckdb.vector_get_data(this.vector, TEXT_BYTES * this.#first).subarray(-TEXT_BYTES);
    this.#bytes.set(this.#held, TEXT_BYTES * row);
  }

  protected copy(rows: number): void {
    const from = TEXT_BYTES * this.#first;
    const bytes = TEXT_BYTES * rows - from;
    if (bytes > 0) duckdb.copy_data_to_vector(this.vector, from, this.#bytes.buffer, from, bytes);
  }

  override begin(vector: Vector): void {
    super.begin(vector);
    // DuckDB wants zeros behind a short text; and what was repeated leads to what is gone.
    this.#bytes.fill(0);
    this.#first = 0;
    this.#last = undefined;
  }
}

type Numbers = (Float64Array | Int32Array | Uint8Array) & { readonly buffer: ArrayBuffer };

/** Values of a fixed width: set down side by side, and copied when there are no more. */
export class NumberCells<T> extends Cells<T> {
  readonly #numbers: Numbers;
  readonly #of: (value: T) => number;

  /** Room for as many numbers as a vector holds, of the width that it has; what of a value is the number. */
  constructor(numbers: Numbers, of: (value: T) => number) {
    super();
    this.#numbers = numbers;
    this.#of = of;
  }

  protected set(row: number, value: T): void {
    this.#numbers[row] = this.#of(value);
  }

  protected copy(rows: number): void {
    duckdb.copy_data_to_vector(this.vector, 0, this.#numbers.buffer, 0, rows * this.#numbers.BYTES_PER_ELEMENT);
  }
}

const HALF = 2 ** 32;

/** Whole numbers of 64 bits. One that is a number must be exact. */
export class Int64Cells<T> extends Cells<T> {
  /** The lower half first: DuckDB is built for no machine that has it otherwise. */
  readonly #halves = new Int32Array(2 * ROWS);
  readonly #of: (value: T) => number | bigint;

  constructor(of: (value: T) => number | bigint) {
    super();
    this.#of = of;
  }

  protected set(row: number, value: T): void {
    const whole = this.#of(value);
    const upper = typeof whole === 'bigint' ? Number(whole >> 32n) : Math.floor(whole / HALF);
    this.#halves[2 * row] = typeof whole === 'bigint' ? Number(BigInt.asIntN(32, whole)) : whole - upper * HALF;
    this.#halves[2 * row + 1] = upper;
  }

  protected copy(rows: number): void {
    duckdb.copy_data_to_vector(this.vector, 0, this.#halves.buffer, 0, rows * 8);
  }
}
