import { connector, declaredIn } from '@tidemill/kit';
import manifest from './package.json' with { type: 'json' };
import { mdnDocs, useCounters, vendorPositions, wptLinks } from './streams.ts';

export default connector({
  service: 'web_features_mappings',
  title: 'web-features-mappings: what vendors, MDN, web-platform-tests and Chrome say of web features',
  homepage: 'https://github.com/web-platform-dx/web-features-mappings',
  isPublic: true,
  baseUrl: 'https://raw.githubusercontent.com/web-platform-dx/web-features-mappings/refs/heads/main/mappings',
  credentials: declaredIn(manifest).credentials,
  streams: [vendorPositions, mdnDocs, wptLinks, useCounters],
});
