/** When a post was posted: every scraper has a field of its own for it. */

/** As scrapers call it; the first that is an instant counts. */
const POSTED = [
  'date_posted',
  'create_time',
  'created_at',
  'date_created',
  'comment_date',
  'datetime',
  'date',
] as const;

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** An instant in UTC, a day being its beginning; null for what is none, such as a time without a zone. */
export function instantIn(value: unknown): string | null {
  if (typeof value !== 'string' || !(INSTANT.test(value) || DAY.test(value))) return null;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

export function postedAt(post: Readonly<Record<string, unknown>>): string | null {
  for (const name of POSTED) {
    const at = instantIn(post[name]);
    if (at !== null) return at;
  }
  return null;
}
