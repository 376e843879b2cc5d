/** Garmin's ways to write times, and its many ways to say nothing. */
import { z } from 'zod';

/** A field that may be there, be null or be missing. */
export const count = () => z.int().nullish();
export const measure = () => z.number().nullish();
export const label = () => z.string().nullish();
/** Milliseconds since 1970. Those called `…Local` are shifted by the zone and therefore not used. */
export const epochMs = () => z.int().nullish();

/** `2026-01-07T06:00:00.0` or `2026-01-08 14:10:21`: UTC in fields called `…GMT`, although nothing in the text says so. */
export const gmtText = () => z.string().regex(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?$/);

export const instantOfGmt = (written: string | null | undefined): string | null =>
  typeof written === 'string' ? `${written.replace(' ', 'T')}Z` : null;

export const instantOfMs = (ms: number | null | undefined): string | null =>
  typeof ms === 'number' ? new Date(ms).toISOString() : null;

/** Nothing was measured: a day without data is a record of nulls. */
export const isEmpty = (...values: readonly unknown[]): boolean => values.every((value) => (value ?? null) === null);

/**
 * The day of something that was measured. It is null in records of nulls only; should it be null elsewhere, the row is
 * rejected for it, and not lost.
 */
export const dayOf = (day: string | null | undefined): string => day ?? '';
