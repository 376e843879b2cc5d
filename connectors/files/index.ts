import { connector, declaredIn, template } from '@tidemill/kit';
import { authorizeBy, isWeb, ServiceOptions } from './options.ts';
import manifest from './package.json' with { type: 'json' };
import { filesOf } from './reading.ts';

export default template({
  options: ServiceOptions,
  example: { url: 'https://example.org/exports/' },
  connectorOf: ({ name, options }) => ({
    ...connector({
      service: name,
      title: `Files at ${options.url}`,
      homepage: 'https://www.rfc-editor.org/rfc/rfc4180',
      ...(isWeb(options) ? { baseUrl: options.url } : {}),
      credentials: declaredIn(manifest, options).credentials,
      authorize: authorizeBy(options),
      streams: [],
    }),
    open: filesOf(options),
  }),
});
