/**
 * JSON that keeps integers beyond 2^53 exact: they are bigints in memory and plain digits on disk.
 * Everything else is the platform's own JSON.
 */
import { deepJson } from './deep-json.ts';

/**
 * A text where no 16 digits begin a value cannot hold an integer that a double would lose. Digits inside a string
 * mostly do not count: the careful way costs three times the time and the memory.
 */
const MAYBE_UNSAFE = /(?:^|[:,[])\s*-?\d{16}/;
const INTEGER = /^-?\d+$/;

interface ReviverContext {
  readonly source?: string;
}

/** Parses JSON; integers a double cannot hold become bigints. Throws a SyntaxError on anything that is not JSON. */
export function parseExact(text: string): unknown {
  if (!MAYBE_UNSAFE.test(text)) return JSON.parse(text);
  // The third argument is ES2025's source text access: https://github.com/tc39/proposal-json-parse-with-source
  const reviver = (_key: string, value: unknown, context: ReviverContext): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && INTEGER.test(context.source ?? '')
      ? BigInt(context.source as string)
      : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

const withBigints = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value)) : value;

function printExact(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // JSON refuses bigints with a TypeError; the replacer is only paid for where there are any.
    if (error instanceof TypeError) return JSON.stringify(value, withBigints);
    throw error;
  }
}

/** The JSON text of a value that may hold bigints, on one line, however deep it is nested. */
export function stringifyExact(value: unknown): string {
  try {
    return printExact(value);
  } catch (error) {
    // The stack is used up.
    if (error instanceof RangeError) return deepJson(value, printExact) as string;
    throw error;
  }
}
