/** GitHub's parser imports its JSON files without the attribute that Node asks for. */
import { registerHooks } from 'node:module';

registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
