/** JSON as canonical text: the same document always gives the same one, in whatever order and spelling it came. */
import { Decimal, hasAtMost, JSON_DEPTH, JSON_DIGITS } from '@tidemill/kit';

export const TOO_DEEP = Symbol('too deep');

/** In a text that `JSON.stringify` wrote: a NUL, or half of a surrogate pair, for it prints whole ones as they are. */
const NO_CHARACTER = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Undefined for a value that a jsonb column does not hold. */
export function encodeJson(value: unknown): string | undefined | typeof TOO_DEEP {
  try {
    const text = JSON.stringify(canonical(value, 0));
    return text.includes('\\u') && NO_CHARACTER.test(text) ? undefined : text;
  } catch (error) {
    if (error === DEEPER) return TOO_DEEP;
    if (error === LONGER) return undefined;
    throw error;
  }
}

/** Thrown from however deep inside, so that nobody between need ask. */
const DEEPER = new Error('Nested deeper than a jsonb column holds');
const LONGER = new Error('A number of more digits than a jsonb column holds');

/** From here on a double is printed with an exponent: https://tc39.es/ecma262/#sec-numeric-types-number-tostring */
const EXPONENT = 1e21;

/** Names of members in order, and one spelling for each number, whether it came as a double, a bigint or a decimal. */
function canonical(value: unknown, depth: number): unknown {
  if (typeof value === 'number') return Math.abs(value) < EXPONENT ? value : decimalOf(value);
  if (typeof value === 'bigint' || value instanceof Decimal) return decimalOf(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth === JSON_DEPTH) throw DEEPER;
  if (Array.isArray(value)) return value.map((item) => canonical(item, depth + 1));
  return inOrder(value as Readonly<Record<string, unknown>>, depth + 1);
}

/** Told one after the other rather than as entries: of most records it is the longest part of the way. */
function inOrder(members: Readonly<Record<string, unknown>>, depth: number): Readonly<Record<string, unknown>> {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(members).sort()) {
    const value = canonical(members[name], depth);
    // To assign that would not make a member.
    if (name === '__proto__') Object.defineProperty(copy, name, { value, enumerable: true });
    else copy[name] = value;
  }
  return copy;
}

function decimalOf(number: number | bigint | Decimal): Decimal {
  if (!hasAtMost(JSON_DIGITS, number)) throw LONGER;
  return number instanceof Decimal ? number : new Decimal(String(number));
}
