import { connector, declaredIn } from '@tidemill/kit';
import { featureTests } from './feature-tests.ts';
import { classify } from './listing.ts';
import manifest from './package.json' with { type: 'json' };
import { featureResults, runs } from './streams.ts';

export default connector({
  service: 'wpt',
  title: 'web-platform-tests: runs of browsers, and how they do by web feature',
  homepage: 'https://wpt.fyi',
  isPublic: true,
  baseUrl: 'https://wpt.fyi',
  credentials: declaredIn(manifest).credentials,
  // What is asked of wpt.fyi and of its results is public, and the token is GitHub's.
  authorize: () => ({}),
  classify,
  streams: [runs, featureResults, featureTests],
});
