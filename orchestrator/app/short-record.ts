/** A rejected record for the terminal of the person it belongs to: what it looks like, its values cut short. Pure. */
import { parseDecimals, stringifyExact } from '@tidemill/kit';
import { shortened } from '../text/table.ts';

const MOST_TEXT = 40;
const MOST_ITEMS = 3;
const MOST_FIELDS = 20;
const DEEPEST = 4;
/** Of a record as a whole. */
const MOST_CHARACTERS = 400;

export interface ShortRecord {
  readonly record: string;
  /** What stands where another thing was expected; undefined where nothing does, or nobody can say where that is. */
  readonly found?: string;
}

/** `path` as an issue has it: names and positions with dots between them. */
export function shortRecord(text: string | Uint8Array, path: string): ShortRecord {
  if (typeof text !== 'string') return { record: `${text.length} bytes that are not UTF-8` };
  const parsed = parse(text);
  if (parsed === undefined) return { record: shortened(text, MOST_CHARACTERS) };
  const found = path === '' ? undefined : at(parsed.record, path);
  const record = shortened(stringifyExact(short(parsed.record, 0)), MOST_CHARACTERS);
  return {
    record,
    ...(found === undefined ? {} : { found: shortened(stringifyExact(short(found, 1)), MOST_CHARACTERS) }),
  };
}

/** Also undefined for one that is nested too deep. */
function parse(text: string): { readonly record: unknown } | undefined {
  try {
    return { record: parseDecimals(text) };
  } catch {
    return undefined;
  }
}

/** A name may have dots in it: the longest that is there counts. */
function at(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const name = path.slice(0, end);
    if (!Object.hasOwn(value, name)) continue;
    const inner = (value as Record<string, unknown>)[name];
    return end === path.length ? inner : at(inner, path.slice(end + 1));
  }
  return undefined;
}

function short(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortened(value, MOST_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (depth >= DEEPEST) return '[…]';
    const items = value.slice(0, MOST_ITEMS).map((item) => short(item, depth + 1));
    return value.length > MOST_ITEMS ? [...items, '…'] : items;
  }
  // A number that a double would change is an object of its own.
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value;
  if (depth >= DEEPEST) return '{…}';
  const fields = Object.entries(value);
  const shown = fields.slice(0, MOST_FIELDS).map(([name, inner]) => [name, short(inner, depth + 1)] as const);
  return Object.fromEntries(fields.length > MOST_FIELDS ? [...shown, ['…', '']] : shown);
}
