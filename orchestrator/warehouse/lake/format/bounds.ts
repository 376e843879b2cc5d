/**
 * The least and the greatest value of a column in a file, as manifests keep them: single values in binary
 * (https://iceberg.apache.org/spec/#binary-single-value-serialization). A bound that is left out is always right: the file is
 * looked at then.
 */
import type { DataFile } from './data-file.ts';
import { days, double, integer, micros, unscaled } from './texts.ts';
import { scaleOf } from './types.ts';

export type Side = 'lower' | 'upper';

/** As Iceberg's own writers cut texts. */
const CODE_POINTS = 16;

/** The bound of a canonical text, or of a minimum or maximum that DuckDB printed. Undefined where none can be told. */
export function bound(type: string, text: string, side: Side): Buffer | undefined {
  const scale = scaleOf(type);
  if (scale !== undefined) return whole(unscaled(text, scale), bigEndian);
  switch (type) {
    case 'string':
      return side === 'lower' ? Buffer.from(cut(text)) : upperText(text);
    case 'boolean':
      return /^(true|false|0|1)$/.test(text) ? Buffer.of(text === 'true' || text === '1' ? 1 : 0) : undefined;
    case 'int':
      return whole(integer(text), int32);
    case 'long':
      return whole(integer(text), int64);
    case 'date':
      return whole(days(text), int32);
    case 'timestamptz':
      return whole(micros(text), int64);
    case 'double':
      return doubleBound(double(text), side);
    default:
      return undefined;
  }
}

const whole = <T>(value: T | undefined, serialise: (value: T) => Buffer): Buffer | undefined =>
  value === undefined ? undefined : serialise(value);

function int32(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(Number(value));
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** Two's complement, in as few bytes as hold it. */
function bigEndian(value: bigint): Buffer {
  let bits = 8;
  while (BigInt.asIntN(bits, value) !== value) bits += 8;
  return Buffer.from(
    BigInt.asUintN(bits, value)
      .toString(16)
      .padStart(bits / 4, '0'),
    'hex',
  );
}

/** Both zeros are within the bounds of either: statistics do not tell them apart. */
function doubleBound(value: number | undefined, side: Side): Buffer | undefined {
  if (value === undefined) return undefined;
  const zero = side === 'lower' ? -0 : 0;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value === 0 ? zero : value);
  return bytes;
}

const cut = (text: string): string => [...text.slice(0, 2 * CODE_POINTS)].slice(0, CODE_POINTS).join('');

/** Cut, and the last code point that can be is one higher, so that it is above all that begins so. */
function upperText(text: string): Buffer | undefined {
  const start = cut(text);
  if (start === text) return Buffer.from(text);
  const points = [...start];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = (last.codePointAt(0) ?? 0) + 1;
    // Surrogates are no characters.
    if (next <= 0x10ffff) return Buffer.from(points.join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next));
  }
  return undefined;
}

/**
 * Where a bound lies to the value of a canonical text: below it (-1), at it (0) or above (1). Undefined where that cannot be
 * told. The bound may be of the type that the column had before it was widened.
 */
export function compareBound(type: string, bytes: Buffer, text: string): -1 | 0 | 1 | undefined {
  const scale = scaleOf(type);
  if (scale !== undefined) return order(ofBigEndian(bytes), unscaled(text, scale));
  switch (type) {
    case 'string':
      return Buffer.compare(bytes, Buffer.from(text));
    case 'boolean':
      return order(bytes[0] === 0 ? 'false' : 'true', text);
    case 'int':
    case 'long':
      return order(ofLittleEndian(bytes), integer(text));
    case 'date':
      return order(Number(ofLittleEndian(bytes)), days(text));
    case 'timestamptz':
      return order(ofLittleEndian(bytes), micros(text));
    case 'double':
      return order(bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE(), double(text));
    default:
      return undefined;
  }
}

/** Whether the file may have a row whose value of the field lies between two canonical texts, both included. */
export function mayHold(
  file: Pick<DataFile, 'lowerBounds' | 'upperBounds'>,
  { id, type }: { readonly id: number; readonly type: unknown },
  { least, greatest }: { readonly least: string; readonly greatest: string },
): boolean {
  const [lower, upper] = [file.lowerBounds.get(id), file.upperBounds.get(id)];
  const isAbove = lower !== undefined && compareBound(String(type), lower, greatest) === 1;
  const isBelow = upper !== undefined && compareBound(String(type), upper, least) === -1;
  return !isAbove && !isBelow;
}

const ofLittleEndian = (bytes: Buffer): bigint =>
  bytes.length === 4 ? BigInt(bytes.readInt32LE()) : bytes.readBigInt64LE();

const ofBigEndian = (bytes: Buffer): bigint => BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));

/** Undefined where one is no value, or NaN. */
function order<T extends string | number | bigint>(one: T, other: T | undefined): -1 | 0 | 1 | undefined {
  if (other === undefined) return undefined;
  if (one < other) return -1;
  if (one > other) return 1;
  return one === other ? 0 : undefined;
}
