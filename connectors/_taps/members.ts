/** The members of a JSON object as the bytes they came in: what is handed on is never parsed and printed again. */
import { afterBlanks, afterName, endOfString, endOfValue, malformed } from '@tidemill/kit/json-text';

/**
 * By their names, of which an object may have one twice: the last one counts, as for `JSON.parse`. Python writes NaN and Infinity as
 * words of its own, which are no JSON: they are taken for numbers, and whoever loads the value rejects it. Undefined for what is no object.
 */
export function membersOf(bytes: Buffer): ReadonlyMap<string, Buffer> | undefined {
  try {
    return membersIn(bytes, bytes);
  } catch {
    const numbers = withNumbers(bytes);
    try {
      return numbers && membersIn(numbers, bytes);
    } catch {
      return undefined;
    }
  }
}

/** `scanned` has the same places as `bytes`. */
function membersIn(scanned: Buffer, bytes: Buffer): ReadonlyMap<string, Buffer> {
  const members = new Map<string, Buffer>();
  let at = afterBlanks(scanned, 0);
  if (scanned[at] !== BRACE) throw malformed();
  at = afterBlanks(scanned, at + 1);
  if (scanned[at] === END) at += 1;
  else {
    for (;;) {
      const name = nameAt(scanned, at);
      const value = afterName(scanned, at);
      const end = endOfValue(scanned, value);
      members.set(name, bytes.subarray(value, end));
      at = afterBlanks(scanned, end);
      if (scanned[at] === END) break;
      if (scanned[at] !== COMMA) throw malformed();
      at = afterBlanks(scanned, at + 1);
    }
    at += 1;
  }
  if (afterBlanks(scanned, at) !== scanned.length) throw malformed();
  return members;
}

const BRACE = 0x7b;
const END = 0x7d;
const COMMA = 0x2c;

function nameAt(bytes: Buffer, at: number): string {
  const end = endOfString(bytes, at);
  const plain = bytes.toString('latin1', at + 1, end - 1);
  return /^[ -[\]-~]*$/.test(plain) ? plain : (JSON.parse(bytes.toString('utf8', at, end)) as string);
}

/** Strings, which are left alone, or a word of Python. */
const STRINGS_AND_WORDS = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** A copy in which such words are digits, as many as they have letters; undefined where there are none. */
function withNumbers(bytes: Buffer): Buffer | undefined {
  if (!bytes.includes('NaN') && !bytes.includes('Infinity')) return undefined;
  const text = bytes
    .toString('latin1')
    .replace(STRINGS_AND_WORDS, (found) => (found.startsWith('"') ? found : found.replace(/[A-Za-z]/g, '1')));
  return Buffer.from(text, 'latin1');
}

/** The text that a member holds; undefined for anything else. */
export function textIn(members: ReadonlyMap<string, Buffer>, name: string): string | undefined {
  const value = valueIn(members, name);
  return typeof value === 'string' ? value : undefined;
}

/** A member of messages, never of records. Undefined for one that is not there, or no JSON. */
export function valueIn(members: ReadonlyMap<string, Buffer>, name: string): unknown {
  try {
    const bytes = members.get(name);
    return bytes === undefined ? undefined : JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
