/** Values as the API writes them, and as texts for others. */

/** As the API has an instant: microseconds since 1970. */
function instantOf(micros: unknown): string {
  const all = BigInt(String(micros));
  const fraction = ((all % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((all - fraction) / 1_000n)).toISOString().slice(0, 19);
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${seconds}${digits}Z`;
}

/** The text of a value, NULL as null. What has parts is JSON of their texts. */
export function textOf(value: unknown, type: string, mode?: string): string | null {
  if (value === null || value === undefined) return null;
  if (mode === 'REPEATED' || typeof value === 'object') return JSON.stringify(partsOf(value));
  return type === 'TIMESTAMP' ? instantOf(value) : String(value);
}

/** Without the envelopes `v` and `f`: https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list */
function partsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(partsOf);
  if (value === null || typeof value !== 'object') return value;
  if ('v' in value) return partsOf(value.v);
  return 'f' in value ? partsOf(value.f) : value;
}
