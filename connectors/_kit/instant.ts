/** Instants as people and programs write them. */

const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/i;

/**
 * The instant that an RFC 3339 text says, finer than a millisecond rounded down; undefined for a text without a zone, and for any other.
 * JavaScript takes the 30th of February for the 2nd of March: here it is none.
 */
export function instantIn(text: string): Date | undefined {
  const [found, day = ''] = INSTANT.exec(text) ?? [];
  if (found === undefined || startOfDay(day) === undefined) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** The start in UTC of a day of the calendar, `YYYY-MM-DD`; undefined for what is none. */
export function startOfDay(text: string): Date | undefined {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(`${text}T`) ? day : undefined;
}
