/**
 * Finds the error codes in a source text. They are written in three ways: in a `TidemillError`, in a local function
 * that makes one of its arguments, and as an object with `kind` and `code` (a verdict). Any other way is an error here,
 * so that no code stays undocumented.
 */
import { type ErrorKind, errorKinds } from '@tidemill/kit';
import { literal, literalAt, partsAt, withoutComments } from '../source/scan.ts';

export interface CodeUse {
  readonly code: string;
  readonly kind: ErrorKind;
  /** Without the values that are put into it; undefined when it is made of nothing else. */
  readonly message: string | undefined;
  readonly hint: string | undefined;
}

const MADE = /(?:new TidemillError|(?<=extends TidemillError\b[\s\S]*)\bsuper)\(/g;
const VERDICT = /\{\s*kind: '/g;
/** Handed on from an error or a verdict that was counted where it was made. */
const HANDED_ON = /^(?:\w+\.)?code$/;

export function codesIn(path: string, source: string): CodeUse[] {
  const text = withoutComments(source);
  const made = [...text.matchAll(MADE)].flatMap(({ 0: call, index }) => {
    const uses = madeAt(text, index, index + call.length - 1);
    if (uses !== undefined) return uses;
    throw new Error(`${path}: an error whose code cannot be read: ${text.slice(index, index + 80)}`);
  });
  const verdicts = [...text.matchAll(VERDICT)].flatMap(({ index }) => verdictAt(text, index));
  return [...made, ...verdicts];
}

/** The codes of one construction; undefined when they cannot be read. */
function madeAt(text: string, start: number, open: number): CodeUse[] | undefined {
  const [kindText, codeText, messageText, details = ''] = partsAt(text, open);
  const kind = asKind(literal(kindText));
  const hint = said(text, start, details.startsWith('{') ? fieldsAt(details, 0).get('hint') : undefined);
  if (kind !== undefined) {
    const code = fixed(codeText);
    const message = said(text, start, messageText);
    if (code !== undefined && message !== undefined) return [{ code, kind, message, hint }];
    const uses = callsAround(text, start).flatMap((argument) => {
      const named = code ?? fixed(argument(codeText));
      return named === undefined ? [] : [{ code: named, kind, message: words(literal(argument(messageText))), hint }];
    });
    if (uses.length > 0) return uses;
    if (code !== undefined) return [{ code, kind, message, hint }];
  }
  return HANDED_ON.test(codeText ?? '') ? [] : undefined;
}

type Argument = (parameter: string | undefined) => string | undefined;

/** The calls of the function that stands around `start`, each as a way to look up an argument by its parameter. */
function callsAround(text: string, start: number): Argument[] {
  const functions = [...text.slice(0, start).matchAll(/\b(?:function (\w+)|const (\w+) = (?:async )?)\(/g)];
  const around = functions.at(-1);
  const name = around?.[1] ?? around?.[2];
  if (around === undefined || name === undefined) return [];
  const parametersOf = around.index + around[0].length - 1;
  const parameters = partsAt(text, parametersOf).map((parameter) => /^\w+/.exec(parameter)?.[0]);
  const calls = [...text.matchAll(new RegExp(`(?<!function )\\b${name}\\(`, 'g'))];
  return calls.map(({ 0: call, index }) => {
    const given = partsAt(text, index + call.length - 1);
    return (parameter) => given[parameters.indexOf(parameter)];
  });
}

function verdictAt(text: string, open: number): CodeUse[] {
  const fields = fieldsAt(text, open);
  const [kind, code] = [asKind(literal(fields.get('kind'))), fixed(fields.get('code'))];
  if (kind === undefined || code === undefined) return [];
  return [{ code, kind, message: words(literal(fields.get('message'))), hint: words(literal(fields.get('hint'))) }];
}

/** What an expression says: a literal, or the name of one. */
function said(text: string, start: number, expression: string | undefined): string | undefined {
  const own = literal(expression);
  if (own !== undefined || expression === undefined || !/^\w+$/.test(expression)) return words(own);
  const declared = [...text.slice(0, start).matchAll(new RegExp(`\\bconst ${expression} =\\s*`, 'g'))].at(-1);
  return declared === undefined ? undefined : words(literalAt(text, declared.index + declared[0].length));
}

/** A literal without holes. */
const fixed = (expression: string | undefined): string | undefined =>
  /^['"][\w-]+['"]$/.test(expression ?? '') ? literal(expression) : undefined;

/** Undefined for a text that is all holes. */
const words = (text: string | undefined): string | undefined => (/[a-z]/i.test(text ?? '') ? text : undefined);

/** Names and values of an object literal. */
function fieldsAt(text: string, open: number): Map<string, string> {
  const fields = partsAt(text, open).map((field) => {
    const [, name = field, value = field] = /^(\w+):\s*([\s\S]*)$/.exec(field) ?? [];
    return [name, value] as const;
  });
  return new Map(fields);
}

const asKind = (word: string | undefined): ErrorKind | undefined =>
  word !== undefined && word in errorKinds ? (word as ErrorKind) : undefined;
