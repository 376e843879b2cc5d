/** GitHub's expressions, evaluated by GitHub's own library. */
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What `success()`, `failure()` and their like answer. */
export type Status = 'success' | 'failure' | 'skipped' | 'cancelled';

/** What an expression can see. A context that is not there makes it invalid, as on GitHub. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Json>>;
  readonly status: Status;
}

/** Throws for a syntax error, an unknown context and an unknown function. */
export function evaluate(expression: string, { contexts, status }: Scope): Json {
  const functions = statusFunctions(status);
  const { tokens } = new Lexer(expression).lex();
  const tree = new Parser(tokens, Object.keys(contexts), [...functions.values()]).parse();
  return fromData(new Evaluator(tree, toData(contexts) as data.Dictionary, functions).evaluate());
}

/** Truth as the expressions of GitHub know it. */
export const isTruthy = (value: Json): boolean => value !== null && value !== false && value !== 0 && value !== '';

/** A value where GitHub wants a text: an environment variable, an input, an output. */
export const asText = (value: Json): string =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

const toData = (value: Json): data.ExpressionData => JSON.parse(JSON.stringify(value), data.reviver);
const fromData = (value: data.ExpressionData): Json => JSON.parse(JSON.stringify(value, data.replacer));

function statusFunctions(status: Status) {
  const answers = {
    always: true,
    success: status === 'success',
    failure: status === 'failure',
    cancelled: status === 'cancelled',
  };
  return new Map(
    Object.entries(answers).map(([name, answer]) => {
      return [name, { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) }];
    }),
  );
}
