/** Which bytes of an object a reader asks for, and which of them there are. */
import { TidemillError } from '@tidemill/kit/errors';
import type { ByteRange } from './contract.ts';

/** Bytes of an object that are there, `to` exclusive; none where both are the same. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Refuses what is no range. */
export function checkRange(range: ByteRange | undefined): void {
  if (range === undefined) return;
  const { from, to } = 'last' in range ? { from: 0, to: range.last } : range;
  if (isCount(from) && isCount(to) && from <= to) return;
  throw new TidemillError('bug', 'bucket-range', `${JSON.stringify(range)} is no range of bytes`);
}

/** What there is of a range in an object of so many bytes: all of it, where none is asked for. Pure. */
export function spanOf(range: ByteRange | undefined, bytes: number): Span {
  if (range === undefined) return { from: 0, to: bytes };
  if ('last' in range) return { from: Math.max(0, bytes - range.last), to: bytes };
  return { from: Math.min(range.from, bytes), to: Math.min(range.to, bytes) };
}
