/**
 * JSON as the bytes it came in: where its values end, found without making them. That is as strict as `JSON.parse` about
 * everything but the bytes beyond ASCII inside strings, several times as fast, and no nesting is too deep for it.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACE = 0x7d;
const BRACKET = 0x5d;

/** By the byte that opens an object or an array: the one that closes it; 0 for any other byte. */
const CLOSER = new Uint8Array(256);
CLOSER[0x7b] = BRACE;
CLOSER[0x5b] = BRACKET;

/** 1 for what may stand in a string as it is: all but control characters, the quote and the backslash. */
const PLAIN = new Uint8Array(256).fill(1, 0x20);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

/** After a backslash: how many bytes belong to the escape with it, 0 where there is none such. */
const ESCAPE = new Uint8Array(256);
for (const letter of '"\\/bfnrt') ESCAPE[letter.charCodeAt(0)] = 2;
ESCAPE[0x75] = 6;

const WORDS: Readonly<Record<number, Uint8Array>> = Object.fromEntries(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);

/** Deep enough for nearly all; what is deeper gets more room. */
const ROOM = new Uint8Array(256);

/** Where the value that begins at `start` ends. Throws a SyntaxError, which never quotes the text, when it is no JSON. */
export function endOfValue(bytes: Uint8Array, start: number): number {
  let closers = ROOM;
  let depth = 0;
  let at = start;
  for (;;) {
    const closer = CLOSER[bytes[at] as number];
    if (!closer) at = endOfScalar(bytes, at);
    else {
      at = afterBlanks(bytes, at + 1);
      if (bytes[at] !== closer) {
        if (depth === closers.length) closers = moreRoom(closers);
        closers[depth] = closer;
        depth += 1;
        if (closer === BRACE) at = afterName(bytes, at);
        continue;
      }
      at += 1;
    }
    for (;;) {
      if (depth === 0) return at;
      at = afterBlanks(bytes, at);
      if (bytes[at] === COMMA) break;
      if (bytes[at] !== closers[depth - 1]) throw malformed();
      depth -= 1;
      at += 1;
    }
    at = afterBlanks(bytes, at + 1);
    if (closers[depth - 1] === BRACE) at = afterName(bytes, at);
  }
}

/** Whether the bytes are one JSON value and nothing else. */
export function isJson(bytes: Uint8Array): boolean {
  try {
    return afterBlanks(bytes, endOfValue(bytes, afterBlanks(bytes, 0))) === bytes.length;
  } catch {
    return false;
  }
}

/** Where the blanks that stand here end. */
export function afterBlanks(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isBlank(bytes[at])) at += 1;
  return at;
}

/** Where the string that begins here ends. */
export function endOfString(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) throw malformed();
  let at = start + 1;
  for (;;) {
    while (PLAIN[bytes[at] as number] === 1) at += 1;
    if (bytes[at] === QUOTE) return at + 1;
    const length = bytes[at] === BACKSLASH ? ESCAPE[bytes[at + 1] as number] : 0;
    if (!length || (length === 6 && !isHex(bytes, at + 2))) throw malformed();
    at += length;
  }
}

/** Where the value of a member begins, whose name begins here. */
export function afterName(bytes: Uint8Array, start: number): number {
  const at = afterBlanks(bytes, endOfString(bytes, start));
  if (bytes[at] !== COLON) throw malformed();
  return afterBlanks(bytes, at + 1);
}

export const malformed = (): SyntaxError => new SyntaxError('no JSON');

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function isHex(bytes: Uint8Array, start: number): boolean {
  for (let at = start; at < start + 4; at += 1) {
    const byte = bytes[at] ?? 0;
    const letter = byte | 0x20;
    if (!isDigit(byte) && !(letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}

function endOfScalar(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return endOfString(bytes, start);
  const word = WORDS[first as number];
  if (word === undefined) return endOfNumber(bytes, start);
  for (let index = 1; index < word.length; index += 1) if (bytes[start + index] !== word[index]) throw malformed();
  return start + word.length;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  // No digit follows a leading zero.
  at = bytes[at] === 0x30 ? at + 1 : afterDigits(bytes, at);
  if (bytes[at] === 0x2e) at = afterDigits(bytes, at + 1);
  if (bytes[at] !== 0x65 && bytes[at] !== 0x45) return at;
  const isSigned = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
  return afterDigits(bytes, at + (isSigned ? 2 : 1));
}

function afterDigits(bytes: Uint8Array, start: number): number {
  if (!isDigit(bytes[start])) throw malformed();
  let at = start + 1;
  while (isDigit(bytes[at])) at += 1;
  return at;
}

function moreRoom(closers: Uint8Array): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(closers.length * 2);
  more.set(closers);
  return more;
}
