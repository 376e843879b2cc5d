import { badRequest } from './google-errors.ts';
import type { Reply } from './http-server.ts';

/** The query parameters of a method, and what each must look like. */
export type Parameters = Readonly<Record<string, RegExp>>;

/** Every method has these: https://cloud.google.com/apis/docs/system-parameters */
const STANDARD: Parameters = { alt: /^json$/, fields: /./, prettyPrint: /^(true|false)$/, quotaUser: /./ };

/** What Google says to a parameter it does not know, or one that is not what it should be. */
export function wrongParameter(query: Readonly<Record<string, string>>, known: Parameters): Reply | undefined {
  const all = { ...STANDARD, ...known };
  for (const [name, value] of Object.entries(query)) {
    const pattern = Object.hasOwn(all, name) ? all[name] : undefined;
    if (pattern === undefined) {
      const message = `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`;
      return badRequest(message, name);
    }
    if (!pattern.test(value)) return badRequest(`Invalid value at '${name}'`, name);
  }
  return undefined;
}
