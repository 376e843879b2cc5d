/** A row of silver as a few bytes that say nothing of its values, and still tell which of them differ. Pure. */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { SilverRow, Table } from '../../warehouse/contract.ts';
import { canonicalRow, rowChecksum } from '../silver/checksum.ts';

/** Bytes of a hash that are kept: two rows of one table with the same 128 bits there never were. */
const HASH_BYTES = 16;

/** The place of the first column's hash: after key, values, stored checksum, object and line. */
const COLUMNS_AT = 3 * HASH_BYTES + 8;

/** What a place in bronze is called: each object once, for its name is longer than everything else. */
export class ObjectNames {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#names.length);
    this.#names.push(name);
    return this.#names.length - 1;
  }

  nameOf = (number: number): string => this.#names[number] ?? '';
}

/** A line of a part, or the record of this number that was made of an artifact. */
export interface Place {
  readonly object: string;
  readonly line: number;
}

/** Where in its bytes a fingerprint has what. */
export class Layout {
  readonly bytes: number;
  readonly #names: ObjectNames;

  constructor(columns: number, names: ObjectNames) {
    this.bytes = COLUMNS_AT + 4 * columns;
    this.#names = names;
  }

  /** Equal where two rows have the same key, or come from the same place where the table has none. Binary text. */
  key = (from: Buffer, at: number): string => from.toString('latin1', at, at + HASH_BYTES);

  /** Hash of all values: the first half of the checksum that the row should have. Binary text. */
  values = (from: Buffer, at: number): string => from.toString('latin1', at + HASH_BYTES, at + 2 * HASH_BYTES);

  /** The first half of the checksum that the row has. Binary text. */
  stored = (from: Buffer, at: number): string => from.toString('latin1', at + 2 * HASH_BYTES, at + 3 * HASH_BYTES);

  /** The hash of all values as a number, to be summed up. */
  number = (from: Buffer, at: number): bigint =>
    (from.readBigUInt64BE(at + HASH_BYTES) << 64n) | from.readBigUInt64BE(at + HASH_BYTES + 8);

  place(from: Buffer, at: number): Place {
    const object = this.#names.nameOf(from.readUInt32LE(at + 3 * HASH_BYTES));
    return { object, line: from.readUInt32LE(at + 3 * HASH_BYTES + 4) };
  }

  /** Positions of the columns that differ. */
  differing(one: Buffer, at: number, other: Buffer, otherAt: number): number[] {
    const columns: number[] = [];
    for (let offset = COLUMNS_AT; offset < this.bytes; offset += 4) {
      if (one.readUInt32LE(at + offset) !== other.readUInt32LE(otherAt + offset))
        columns.push((offset - COLUMNS_AT) / 4);
    }
    return columns;
  }
}

/** A function that makes the fingerprint of a row; its bytes are used anew by the next one. */
export function fingerprinter(table: Table, names: ObjectNames): (row: SilverRow) => Buffer {
  const { columns, key } = table;
  const canonical = canonicalRow(columns);
  const checksum = rowChecksum(columns);
  const keyAt = key.map((name) => columns.findIndex((column) => column.name === name));
  const bytes = Buffer.alloc(COLUMNS_AT + 4 * columns.length);
  return (row) => {
    const { texts, isOfOtherType } = canonical(row.values);
    const identity = key.length === 0 ? [row.bronzeObjectPath, row.bronzeLine] : keyAt.map((at) => texts[at]);
    hash('sha256', JSON.stringify(identity), 'buffer').copy(bytes, 0, 0, HASH_BYTES);
    checksum(texts).copy(bytes, HASH_BYTES, 0, HASH_BYTES);
    // What is no digit ends it. Of values that cannot be read nobody can say that it is not theirs.
    bytes.fill(0, 2 * HASH_BYTES, 3 * HASH_BYTES);
    if (isOfOtherType) bytes.copy(bytes, 2 * HASH_BYTES, HASH_BYTES, 2 * HASH_BYTES);
    else bytes.write(row.checksum.slice(0, 2 * HASH_BYTES), 2 * HASH_BYTES, 'hex');
    bytes.writeUInt32LE(names.numberOf(row.bronzeObjectPath), 3 * HASH_BYTES);
    bytes.writeUInt32LE(row.bronzeLine, 3 * HASH_BYTES + 4);
    // NULL is told from the empty text.
    for (const [index, text] of texts.entries())
      bytes.writeUInt32LE(text === null ? 0 : crc32(`=${text}`), COLUMNS_AT + 4 * index);
    return bytes;
  };
}

/** The hash of a row's values as `Layout.values` has it. */
export function valuesHasher({ columns }: Pick<Table, 'columns'>): (texts: SilverRow['values']) => string {
  const canonical = canonicalRow(columns);
  const checksum = rowChecksum(columns);
  return (texts) => checksum(canonical(texts).texts).toString('latin1', 0, HASH_BYTES);
}
