/** Why a text is no JSON: where it stops being one, and what stands there if that is a well-known slip. Never what it says. */

const BLANKS = /[ \t\n\r]*/y;
const OPENED = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*`;
const OPEN_STRING = new RegExp(OPENED, 'y');
const STRING = new RegExp(`${OPENED}"`, 'y');
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

/** Words of other languages, and what editors and consoles leave behind. */
const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/-?(?:NaN|Infinity|nan|inf)\b/y, 'NaN and infinity are no numbers in JSON'],
  [/(?:None|True|False)\b/y, 'a word of Python'],
  [/undefined\b/y, 'a word of JavaScript'],
  [/'/y, 'a single quote'],
  [/\ufeff/y, 'a byte order mark'],
];

/** Nobody looks for a place in more than this, and a pattern uses the stack up on many times as much. */
const MOST_CHARACTERS = 1_000_000;

/**
 * `character 12: a single quote`, counted from 1; `its end, character 80: is it cut off?`. Of a text that is JSON, or that
 * nobody could say more of, the end.
 */
export function jsonFault(whole: string): string {
  const text = whole.slice(0, MOST_CHARACTERS);
  const at = faultAt(text);
  const place = `character ${at + 1}`;
  if (at >= text.length && text.length < whole.length) return `a place behind character ${text.length}`;
  if (at >= text.length) return `its end, ${place}: is it cut off?`;
  const slip = SLIPS.find(([pattern]) => matched(pattern, text, at) > 0);
  return slip === undefined ? place : `${place}: ${slip[1]}`;
}

/** Length of what matches right there. */
function matched(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

type Expected = 'value' | 'value or ]' | 'name or }' | 'name' | ':' | ', or end';

/** Where the first sign stands that JSON (RFC 8259) does not have there. */
function faultAt(text: string): number {
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'value';
  for (let at = matched(BLANKS, text, 0); at < text.length; at += matched(BLANKS, text, at)) {
    const sign = text[at] as string;
    const isClosing = sign === (open.at(-1) === '[' ? ']' : '}') && open.length > 0;
    if (isClosing && (expected === ', or end' || expected === 'value or ]' || expected === 'name or }')) {
      open.pop();
      expected = ', or end';
      at += 1;
    } else if (expected === ', or end') {
      if (sign !== ',' || open.length === 0) return at;
      expected = open.at(-1) === '[' ? 'value' : 'name';
      at += 1;
    } else if (expected === ':') {
      if (sign !== ':') return at;
      expected = 'value';
      at += 1;
    } else if (expected === 'name' || expected === 'name or }') {
      const length = matched(STRING, text, at);
      if (length === 0) return at + matched(OPEN_STRING, text, at);
      expected = ':';
      at += length;
    } else if (sign === '[' || sign === '{') {
      open.push(sign);
      expected = sign === '[' ? 'value or ]' : 'name or }';
      at += 1;
    } else {
      const length = matched(sign === '"' ? STRING : SCALAR, text, at);
      if (length === 0) return at + matched(OPEN_STRING, text, at);
      expected = ', or end';
      at += length;
    }
  }
  return text.length;
}
