import { connector, declaredIn } from '@tidemill/kit';
import manifest from './package.json' with { type: 'json' };
import { browserReleases, supportStatements } from './streams.ts';

export default connector({
  service: 'mdn_bcd',
  title: 'MDN browser-compat-data: which browser supports what, since which version',
  homepage: 'https://github.com/mdn/browser-compat-data',
  isPublic: true,
  credentials: declaredIn(manifest).credentials,
  streams: [browserReleases, supportStatements],
});
