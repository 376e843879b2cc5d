/** What the packages of a chain say of each row, on disk and parted by key: memory stays flat, however large the table is. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { WriteMode } from '@tidemill/kit';
import type { Texts } from '../silver/encode.ts';

/** What one package says of one key. */
export interface Version {
  /** Of its package: 0 is the newest, and the others are counted from there. */
  readonly age: number;
  /** Without one, the package says that the row is gone. */
  readonly row: Texts | undefined;
}

/** A part of 10^7 rows of 300 characters is some 25 MB. */
const PARTS = 128;

/** Characters that are collected of a part before they are written. */
const CHUNK = 32 * 1024;

interface Part {
  readonly file: string;
  chunk: string;
  written: boolean;
}

export class Versions {
  readonly #parts: readonly Part[];
  readonly #leftOut = new Set<number>();

  /** `folder` is room for its files; whoever made it removes it. */
  constructor(folder: string) {
    this.#parts = Array.from({ length: PARTS }, (_, part) => ({
      file: join(folder, `versions-${part}`),
      chunk: '',
      written: false,
    }));
  }

  /** Those of one package in the order of its records. */
  add(key: string, { age, row }: Version): void {
    const part = this.#parts[crc32(key) % PARTS] as Part;
    part.chunk += `${JSON.stringify([key, age, row])}\n`;
    if (part.chunk.length < CHUNK) return;
    appendFileSync(part.file, part.chunk);
    part.written = true;
    part.chunk = '';
  }

  /** Whatever the package of this age has said, or says, counts for nothing. */
  leaveOut(age: number): void {
    this.#leftOut.add(age);
  }

  /** Every key once, with all that is said of it. May be read again. */
  *keys(): Generator<readonly [key: string, versions: readonly Version[]]> {
    for (const { file, chunk, written } of this.#parts) {
      const keys = new Map<string, Version[]>();
      const text = written ? readFileSync(file, 'utf8') + chunk : chunk;
      for (const line of text.split('\n')) {
        if (line === '') continue;
        const [key, age, row] = JSON.parse(line) as [string, number, Texts | null];
        if (this.#leftOut.has(age)) continue;
        const versions = keys.get(key) ?? [];
        if (versions.length === 0) keys.set(key, versions);
        versions.push({ age, row: row ?? undefined });
      }
      yield* keys;
    }
  }
}

/** A moment: when the package of this age was the newest. */
export interface Moment {
  readonly age: number;
  readonly write: WriteMode;
  /** Ages of packages that say everything: what they do not name is gone. */
  readonly wholes: readonly number[];
}

/** The row as it stood then; undefined where there was none. Pure. */
export function rowAt(versions: readonly Version[], { age, write, wholes }: Moment): Texts | undefined {
  let last: Version | undefined;
  for (const version of versions) {
    if (version.age < age) continue;
    // A table that is only added to keeps what it had first; within one package the last word counts.
    const isLater = write === 'append' ? version.age >= (last?.age ?? 0) : version.age <= (last?.age ?? version.age);
    if (isLater) last = version;
  }
  if (last === undefined) return undefined;
  const named = last.age;
  return wholes.some((whole) => whole >= age && whole < named) ? undefined : last.row;
}
