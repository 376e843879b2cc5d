/**
 * Looks at TypeScript as text. It knows comments, strings, templates and regular expressions apart from code, which is
 * enough for rules about imports and names; nothing that runs depends on it.
 */

const COMMENT = String.raw`\/\*[\s\S]*?\*\/|\/\/[^\n]*`;
const STRING = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`;
/** Holes may hold one level of templates and braces. */
const TEMPLATE = '`(?:\\\\[\\s\\S]|\\$\\{(?:[^{}`]|`[^`]*`|\\{[^{}]*\\})*\\}|[^`\\\\])*`';
/** A slash begins a regular expression where no value can end. */
const REGEX = String.raw`(?<=(?:[(,=:[!&|?{};+]|=>|return|^)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*`;

const TOKENS = new RegExp([COMMENT, STRING, TEMPLATE, REGEX].join('|'), 'g');
const TOKEN_HERE = new RegExp([COMMENT, STRING, TEMPLATE, REGEX].join('|'), 'y');
const HOLE = /\$\{((?:[^{}`]|`[^`]*`|\{[^{}]*\})*)\}/g;

/** The text without its comments; every line stays on its line. */
export const withoutComments = (text: string): string =>
  text.replace(TOKENS, (token) => (/^\/[/*]/.test(token) ? linesOf(token) : token));

/** Only what runs: strings and regular expressions are empty, of templates the code in their holes is left. */
export const codeOf = (text: string): string =>
  text.replace(TOKENS, (token) => {
    if (token.startsWith('`')) return `\`${[...token.matchAll(HOLE)].map(([, hole = '']) => codeOf(hole)).join(';')}\``;
    return /^['"]/.test(token) ? token.charAt(0).repeat(2) : linesOf(token);
  });

const linesOf = (token: string): string => token.replace(/[^\n]/g, '');

/** What stands between the bracket at `open` and its partner, split at the commas. */
export function partsAt(text: string, open: number): string[] {
  const parts = [''];
  let depth = 0;
  for (let at = open + 1; at < text.length; at += 1) {
    const piece = tokenAt(text, at) ?? text.charAt(at);
    if (/^[([{]$/.test(piece)) depth += 1;
    if (/^[)\]}]$/.test(piece)) depth -= 1;
    if (depth < 0) break;
    if (depth === 0 && piece === ',') parts.push('');
    else parts.push((parts.pop() ?? '') + piece);
    at += piece.length - 1;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function tokenAt(text: string, at: number): string | undefined {
  TOKEN_HERE.lastIndex = at;
  return TOKEN_HERE.exec(text)?.[0];
}

/** What a literal says, `…` in the place of each hole; undefined for anything that is not one literal. */
export function literal(expression: string | undefined): string | undefined {
  if (expression === undefined || tokenAt(expression, 0) !== expression) return undefined;
  return literalAt(expression, 0);
}

/** What the literal at this place says; undefined when there is none. */
export function literalAt(text: string, at: number): string | undefined {
  const token = tokenAt(text, at);
  if (token === undefined || !/^['"`]/.test(token)) return undefined;
  const inside = token.slice(1, -1);
  const said = token.startsWith('`') ? inside.replace(HOLE, '…').replace(/…+/g, '…') : inside;
  return said.replace(/\\(.)/g, '$1');
}
