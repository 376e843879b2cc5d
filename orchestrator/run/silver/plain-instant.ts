/** Instants as programs write them: to the second or a fraction of it, in UTC or with an offset. */

/** Of the years 1 to 9999, and of no day that only some years have. */
const PLAIN =
  /^(?!0000)\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const SECONDS = 'YYYY-MM-DDThh:mm:ss'.length;
const MICROSECONDS = SECONDS + '.123456'.length;
const OFFSET = '+hh:mm'.length;
const ZERO = '0'.charCodeAt(0);
const POINT = '.'.charCodeAt(0);

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59Z');

/** Its canonical text; undefined for any other, and for one that is not of the years 1 to 9999 in UTC. */
export function plainInstant(text: string): string | undefined {
  if (!PLAIN.test(text)) return undefined;
  const isUtc = text.endsWith('Z');
  const written = text.length - (isUtc ? 1 : OFFSET);
  const end = fractionEnd(text, Math.min(written, MICROSECONDS));
  if (isUtc) return end === written ? text : `${text.slice(0, end)}Z`;
  const seconds = Date.parse(text.slice(0, SECONDS) + text.slice(written));
  if (seconds < FIRST || seconds > LAST) return undefined;
  return `${new Date(seconds).toISOString().slice(0, SECONDS)}${text.slice(SECONDS, end)}Z`;
}

/** Without zeros, and the point before nothing else. */
function fractionEnd(text: string, written: number): number {
  if (written === SECONDS) return written;
  let end = written;
  while (text.charCodeAt(end - 1) === ZERO) end -= 1;
  return text.charCodeAt(end - 1) === POINT ? end - 1 : end;
}
