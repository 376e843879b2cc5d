import { connector, declaredIn } from '@tidemill/kit';
import manifest from './package.json' with { type: 'json' };
import { votes } from './streams.ts';

export default connector({
  service: 'developer_signals',
  title: 'developer-signals: votes of developers for features of the web platform',
  homepage: 'https://github.com/web-platform-dx/developer-signals',
  isPublic: true,
  baseUrl: 'https://web-platform-dx.github.io/developer-signals',
  credentials: declaredIn(manifest).credentials,
  streams: [votes],
});
