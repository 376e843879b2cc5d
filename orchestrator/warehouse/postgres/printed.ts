/** What the server prints, as the contract of a warehouse has it. Pure; the session is set to UTC and ISO dates. */

/** https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const OIDS = { boolean: 16, timestamp: 1114, timestamptz: 1184 } as const;

/** A boolean `true` or `false`, an instant ISO 8601 in UTC, a time without a zone ISO 8601; everything else as it is printed. */
export function asText(printed: string, type: number): string {
  if (type === OIDS.boolean) return printed === 't' ? 'true' : 'false';
  if (type === OIDS.timestamptz) return instantOf(printed);
  return type === OIDS.timestamp ? printed.replace(/^(\d{4}-\d\d-\d\d) /, '$1T') : printed;
}

/** `2026-01-01 12:00:00.25+00` as `2026-01-01T12:00:00.25Z`; what has no year of four digits stays as it is. */
export const instantOf = (printed: string): string => printed.replace(/^(\d{4}-\d\d-\d\d) ([\d:.]+)\+00$/, '$1T$2Z');
