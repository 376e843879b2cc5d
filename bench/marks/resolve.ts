/** Loaded before the command line: the connector of the bench is found as an installed one would be. */
import { registerHooks } from 'node:module';

const url = new URL('connector.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@tidemill/marked' ? { url, shortCircuit: true } : next(specifier, context),
});
