/** Values as the API writes them: https://cloud.google.com/spanner/docs/reference/rest/v1/ResultSet */
import type { TidemillError } from '@tidemill/kit/errors';

/** A type as an answer tells it. */
export interface CellType {
  readonly code: string;
}

/** The text of a value, NULL as null; of what has parts, JSON. */
export function textOf(value: unknown, { code }: CellType): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return JSON.stringify(value);
  // Spanner gives the digits of a fraction by threes.
  return code === 'TIMESTAMP'
    ? String(value)
        .replace(/(\.\d*?)0+Z$/, '$1Z')
        .replace('.Z', 'Z')
    : String(value);
}

/**
 * What two parts of a value are together: texts one behind the other, lists likewise, where the last of the one and the first of the
 * other are parts themselves, unless they are whole. https://cloud.google.com/spanner/docs/reference/rest/v1/PartialResultSet
 */
export function merged(one: unknown, other: unknown, fault: () => TidemillError): unknown {
  if (typeof one === 'string' && typeof other === 'string') return one + other;
  if (!Array.isArray(one) || !Array.isArray(other)) throw fault();
  if (one.length === 0 || other.length === 0) return [...one, ...other];
  const [last, first] = [one.at(-1), other[0]];
  const isPart =
    (typeof last === 'string' && typeof first === 'string') || (Array.isArray(last) && Array.isArray(first));
  return isPart ? [...one.slice(0, -1), merged(last, first, fault), ...other.slice(1)] : [...one, ...other];
}
