/** Files of JSON that are read whole. */
import type { z } from 'zod';
import type { TidemillError } from './errors.ts';
import { parseExact } from './json.ts';

/** Enough to see what kind of change it is. */
const MOST_PLACES = 5;

/**
 * What the file says, its integers exact. Throws what `fault` makes of the end of a sentence: `is not JSON in UTF-8`, `has another
 * shape at a.b`. Neither has a value of the file.
 */
export function readJsonFile<S extends z.ZodType>(
  bytes: Uint8Array | undefined,
  shape: S,
  fault: (says: string) => TidemillError,
): z.output<S> {
  const parsed = shape.safeParse(parsedOf(bytes, fault));
  if (parsed.success) return parsed.data;
  const places = new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the top'));
  throw fault(`has another shape at ${[...places].slice(0, MOST_PLACES).join(', ')}`);
}

function parsedOf(bytes: Uint8Array | undefined, fault: (says: string) => TidemillError): unknown {
  try {
    return parseExact(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Without the cause: a SyntaxError quotes the text it stumbled over.
    throw fault('is not JSON in UTF-8');
  }
}
